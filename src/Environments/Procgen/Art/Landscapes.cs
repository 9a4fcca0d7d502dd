namespace RL.Environments;

/// <summary>
/// The 62 backgrounds of CoinRun: hills under the sky, and space at the end of the list. Each is made from its number, but for
/// the first, which is all that easy levels show: a dark blue night.
/// </summary>
static class Landscapes
{
    /// <summary>Number of the first one in space.</summary>
    const int FirstInSpace = 49;

    const float Aspect = 1.3f;

    /// <summary>The landscapes from number 0 on, all of them <paramref name="height"/> dots high.</summary>
    public static IReadOnlyList<BackdropImage> Make(int count, int height) =>
        [.. Enumerable.Range(0, count).Select(i => Paint(i, height))];

    static BackdropImage Paint(int number, int height)
    {
        var seed = (uint)number + 100;
        var isDark = number == 0 || number >= FirstInSpace || Chance(0) < 0.2f;
        var hue = number == 0 ? 0.56f : Chance(1);
        var (top, horizon) = isDark
            ? (Hsv(hue, 1, 0.14f), Hsv(hue, 1, 0.27f))
            : (Hsv(hue, 0.35f + (0.4f * Chance(2)), 0.75f), Hsv(hue + 0.08f, 0.2f + (0.3f * Chance(3)), 0.95f));
        var hills = Enumerable.Range(0, number >= FirstInSpace ? 0 : 3).Select(layer => isDark
            ? Hsv(hue + (0.02f * layer), 1, 0.2f - (0.05f * layer))
            : Hsv(hue + 0.2f + (0.3f * Chance(4)), 0.45f + (0.1f * layer), 0.75f - (0.17f * layer))).ToArray();
        var sky = Enumerable.Range(0, height).Select(y => Mix(top, horizon, (float)y / height)).ToArray();
        var width = (int)(height * Aspect);
        var image = BackdropImage.Make(width, height, (_, y) => sky[y]);
        AddLights();
        AddHills();
        return image;

        // Stars by night, clouds by day; planets in space.
        void AddLights()
        {
            for (var i = 0; i < (isDark ? 220 : 26); i++)
            {
                var (x, y) = (Noise.Point(i, 10, seed) * width, Noise.Point(i, 11, seed) * height);
                var size = Noise.Point(i, 12, seed);
                if (!isDark)
                {
                    var cloud = Mix(sky[(int)y], 0xffffffff, 0.55f);
                    Blot(x, y, height * (0.03f + (0.05f * size)), height * (0.008f + (0.012f * size)), cloud);
                }
                else if (number >= FirstInSpace && i < 4)
                {
                    var radius = height * (0.03f + (0.06f * size));
                    Blot(x, y, radius, radius, Hsv(Noise.Point(i, 13, seed), 0.5f, 0.55f));
                }
                else
                {
                    Blot(x, y, height * 0.004f, height * 0.004f, Mix(sky[(int)y], 0xffffffff, 0.25f + (0.4f * size)));
                }
            }
        }

        void AddHills()
        {
            for (var layer = 0; layer < hills.Length; layer++)
            {
                for (var x = 0; x < width; x++)
                {
                    var share = ((0.42f - (0.13f * layer)) * Noise.At(x * (5f + (3 * layer)) / height, layer, seed)) + 0.04f;
                    for (var y = height - 1; y > height * (1 - share); y--)
                    {
                        image.Dots[(y * width) + x] = hills[layer];
                    }
                }
            }
        }

        void Blot(float x, float y, float rx, float ry, uint colour)
        {
            for (var v = Math.Max((int)(y - ry), 0); v <= Math.Min((int)(y + ry), height - 1); v++)
            {
                for (var u = Math.Max((int)(x - rx), 0); u <= Math.Min((int)(x + rx), width - 1); u++)
                {
                    if ((((u - x) * (u - x)) / (rx * rx)) + (((v - y) * (v - y)) / (ry * ry)) <= 1)
                    {
                        image.Dots[(v * width) + u] = colour;
                    }
                }
            }
        }

        float Chance(int which) => Noise.Point(which, 0, seed);
    }

    static uint Hsv(float hue, float saturation, float value)
    {
        return Canvas.Rgb(Channel(5), Channel(3), Channel(1));

        int Channel(int offset)
        {
            var k = (offset + (6 * hue)) % 6;
            return (int)(255 * value * (1 - (saturation * Math.Clamp(Math.Min(k, 4 - k), 0, 1))));
        }
    }

    static uint Mix(uint a, uint b, float share)
    {
        return Canvas.Rgb(Channel(0), Channel(8), Channel(16));

        int Channel(int shift) => (int)((((a >> shift) & 255) * (1 - share)) + (((b >> shift) & 255) * share));
    }
}
