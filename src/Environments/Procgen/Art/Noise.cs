namespace RL.Environments;

/// <summary>Smooth random numbers over the plane, the same for the same place: what textures are made from.</summary>
static class Noise
{
    /// <summary>0 to 1; the grains are about 1 wide.</summary>
    public static float At(float x, float y, uint seed)
    {
        var (i, j) = ((int)MathF.Floor(x), (int)MathF.Floor(y));
        var (u, v) = (Smooth(x - i), Smooth(y - j));
        return Mix(Mix(Point(i, j, seed), Point(i + 1, j, seed), u), Mix(Point(i, j + 1, seed), Point(i + 1, j + 1, seed), u), v);
    }

    /// <summary>The same with a period in x and in y, so that tiles fit together.</summary>
    public static float Periodic(float x, float y, int periodX, int periodY, uint seed)
    {
        var (i, j) = ((int)MathF.Floor(x), (int)MathF.Floor(y));
        var (u, v) = (Smooth(x - i), Smooth(y - j));
        var (i0, j0, i1, j1) = (Wrap(i, periodX), Wrap(j, periodY), Wrap(i + 1, periodX), Wrap(j + 1, periodY));
        return Mix(Mix(Point(i0, j0, seed), Point(i1, j0, seed), u), Mix(Point(i0, j1, seed), Point(i1, j1, seed), u), v);

        static int Wrap(int index, int period) => ((index % period) + period) % period;
    }

    /// <summary>0 to 1, unrelated to the neighbours.</summary>
    public static float Point(int i, int j, uint seed)
    {
        unchecked
        {
            var hash = (uint)i * 0x8da6b343u ^ (uint)j * 0xd8163841u ^ seed * 0xcb1ab31fu;
            hash = (hash ^ (hash >> 15)) * 0x2c1b3c6du;
            hash = (hash ^ (hash >> 12)) * 0x297a2d39u;
            return (hash ^ (hash >> 15)) / 4294967296f;
        }
    }

    static float Smooth(float t) => t * t * (3 - (2 * t));

    static float Mix(float a, float b, float t) => a + ((b - a) * t);
}
