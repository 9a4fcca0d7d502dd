namespace RL.Environments;

/// <summary>
/// A painting ready to be shown: averaged in advance to the sizes in which it is usually needed, and sampled for any other. Dots
/// are 0xAABBGGRR with colours premultiplied by the opacity. Immutable, so copies share it.
/// </summary>
sealed class Sprite
{
    const int MaxSize = 32;

    readonly uint[] _dots;
    readonly uint[]?[] _sizes = new uint[]?[(MaxSize + 1) * (MaxSize + 1)];

    /// <summary>A sprite that is usually shown in one of these sizes (width, height) in pixels.</summary>
    public Sprite(Painting painting, IEnumerable<(int Width, int Height)> sizes)
    {
        _dots = painting.Dots.ToArray();
        foreach (var (width, height) in sizes)
        {
            if (width is > 0 and <= MaxSize && height is > 0 and <= MaxSize)
            {
                _sizes[(height * (MaxSize + 1)) + width] ??= Average(painting.Dots, width, height);
            }
        }
    }

    /// <summary>Shows it in a box of the canvas, wholly or translucently (0 to 1).</summary>
    public void Show(Canvas canvas, PixelBox box, float opacity = 1)
    {
        var (width, height) = (box.Right - box.Left, box.Bottom - box.Top);
        if (width <= 0 || height <= 0)
        {
            return;
        }

        var prepared = width <= MaxSize && height <= MaxSize ? _sizes[(height * (MaxSize + 1)) + width] : null;
        var (left, right) = (Math.Max(box.Left, 0), Math.Min(box.Right, Canvas.Size));
        var (top, bottom) = (Math.Max(box.Top, 0), Math.Min(box.Bottom, Canvas.Size));
        if (left >= right)
        {
            return;
        }

        for (var y = top; y < bottom; y++)
        {
            var row = canvas.Pixels.Slice((y * Canvas.Size) + left, right - left);
            if (prepared is null)
            {
                var dotRow = ((2 * (y - box.Top)) + 1) * Painting.Size / (2 * height);
                var dots = _dots.AsSpan(dotRow * Painting.Size, Painting.Size);
                for (var x = left; x < right; x++)
                {
                    Blend(ref row[x - left], dots[((2 * (x - box.Left)) + 1) * Painting.Size / (2 * width)], opacity);
                }
            }
            else
            {
                var dots = prepared.AsSpan(((y - box.Top) * width) + left - box.Left, row.Length);
                for (var i = 0; i < row.Length; i++)
                {
                    Blend(ref row[i], dots[i], opacity);
                }
            }
        }
    }

    static void Blend(ref uint pixel, uint dot, float opacity)
    {
        if (opacity == 1 && dot >= 0xff000000)
        {
            pixel = dot;
        }
        else if (dot != 0)
        {
            var shown = opacity == 1 ? dot : Multiply(dot, (uint)(opacity * 256));
            pixel = shown + Multiply(pixel, 256 - (shown >> 24) - (shown >> 31));
        }
    }

    // Every channel times factor / 256, two at a time.
    static uint Multiply(uint dot, uint factor) =>
        ((((dot & 0x00ff00ff) * factor) >> 8) & 0x00ff00ff) | ((((dot >> 8) & 0x00ff00ff) * factor) & 0xff00ff00);

    // The average of the dots that each pixel covers.
    static uint[] Average(ReadOnlySpan<uint> dots, int width, int height)
    {
        var result = new uint[width * height];
        for (var i = 0; i < result.Length; i++)
        {
            var (left, right) = (i % width * (float)Painting.Size / width, ((i % width) + 1) * (float)Painting.Size / width);
            var (top, bottom) = (i / width * (float)Painting.Size / height, ((i / width) + 1) * (float)Painting.Size / height);
            var (red, green, blue, alpha) = (0f, 0f, 0f, 0f);
            for (var y = (int)top; y < bottom; y++)
            {
                for (var x = (int)left; x < right; x++)
                {
                    var weight = (Math.Min(x + 1, right) - Math.Max(x, left)) * (Math.Min(y + 1, bottom) - Math.Max(y, top));
                    var dot = dots[(y * Painting.Size) + x];
                    red += weight * (dot & 255);
                    green += weight * ((dot >> 8) & 255);
                    blue += weight * ((dot >> 16) & 255);
                    alpha += weight * (dot >> 24);
                }
            }

            var area = (right - left) * (bottom - top);
            result[i] = Round(red) | (Round(green) << 8) | (Round(blue) << 16) | (Round(alpha) << 24);

            uint Round(float sum) => (uint)((sum / area) + 0.5f);
        }

        return result;
    }
}
