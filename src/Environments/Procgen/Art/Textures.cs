namespace RL.Environments;

/// <summary>Backgrounds seen from above (floors, grass, water), as tiles that fit to themselves.</summary>
static class Textures
{
    const int Size = Canvas.Size;

    /// <summary>Paving, grass, gravel, sand, water, soil, planks, bricks and dunes.</summary>
    public static IReadOnlyList<BackdropImage> Grounds() =>
    [
        Make(0x5a5d5c, (x, y) => Joint(x, y, 16, 16, 0) * Grain(x, y, 32, 32, 0.12f, 1)),
        Make(0x76945b, (x, y) => Grain(x, y, 32, 32, 0.25f, 2) * Grain(x, y, 16, 4, 0.15f, 3)),
        Make(0x69685f, (x, y) => Grain(x, y, 16, 16, 0.35f, 4) * Grain(x, y, 32, 32, 0.2f, 5)),
        Make(0xb7b082, (x, y) => Grain(x, y, 32, 32, 0.1f, 6) * Grain(x, y, 8, 8, 0.1f, 7)),
        Make(0x226198, (x, y) => Grain(x, y, 8, 16, 0.2f, 8) * Wave(x, y, 0.08f)),
        Make(0x4e3b1f, (x, y) => Grain(x, y, 32, 32, 0.3f, 9) * Grain(x, y, 8, 8, 0.2f, 10)),
        Make(0x723a0a, (x, y) => Joint(x, y, 8, 64, 0) * Grain(x, y, 32, 4, 0.2f, 11)),
        Make(0x653309, (x, y) => Joint(x, y, 16, 8, 8) * Grain(x, y, 16, 16, 0.15f, 12)),
        Make(0xceaf59, (x, y) => Wave(x, y, 0.1f) * Grain(x, y, 16, 16, 0.1f, 13)),
    ];

    /// <summary>The sea: seven depths and moods.</summary>
    public static IReadOnlyList<BackdropImage> Seas()
    {
        int[] colours = [0x418fd9, 0x4668b0, 0x52b0c8, 0x6680a8, 0x5aa0d0, 0x413e85, 0x86d0d9];
        return
        [
            .. colours.Select((colour, i) => Make(
                colour,
                (x, y) => (1.15f - (0.3f * y / Size)) * Grain(x, y, 8, 16, 0.12f, (uint)(20 + i)) * Wave(x, y * 2, 0.05f))),
        ];
    }

    static BackdropImage Make(int colour, Func<int, int, float> brightness)
    {
        var dot = Painting.Colour(colour);
        return BackdropImage.Make(Size, Size, (x, y) => Painting.Scale(dot, brightness(x, y)));
    }

    // Brightness 1 ± amount, with so many grains per tile across and down.
    static float Grain(int x, int y, int across, int down, float amount, uint seed) =>
        1 + (amount * ((2 * Noise.Periodic((float)x * across / Size, (float)y * down / Size, across, down, seed)) - 1));

    // Dark lines between stones of this size, every second row of them shifted.
    static float Joint(int x, int y, int width, int height, int shift)
    {
        var row = y / height;
        var isJoint = (x + (row % 2 * shift)) % width == 0 || y % height == 0;
        return isJoint ? 0.75f : 1;
    }

    // Bright and dark bands that run across.
    static float Wave(int x, int y, float amount) =>
        1 + (amount * MathF.Sin((2 * MathF.PI * y / 16) + (1.5f * MathF.Sin(2 * MathF.PI * x / Size))));
}
