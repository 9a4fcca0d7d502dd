namespace RL.Environments;

/// <summary>
/// A picture made of shapes, one over the other, in a square whose sides are 1: x to the right, y downwards. Colours are
/// 0xRRGGBB. It is painted much larger than it is shown and averaged when it becomes a <see cref="Sprite"/>.
/// </summary>
sealed class Painting
{
    /// <summary>Width and height in dots.</summary>
    public const int Size = 96;

    readonly uint[] _dots = new uint[Size * Size];

    /// <summary>Row after row; 0xAABBGGRR, wholly opaque or 0.</summary>
    public ReadOnlySpan<uint> Dots => _dots;

    public static Painting Of(int colour) => new Painting().Box(0, 0, 1, 1, colour);

    public Painting Box(float left, float top, float right, float bottom, int colour) =>
        Paint((x, y) => x >= left && x < right && y >= top && y < bottom, colour);

    public Painting Ellipse(float x, float y, float rx, float ry, int colour) =>
        Paint((px, py) => Square((px - x) / rx) + Square((py - y) / ry) <= 1, colour);

    public Painting Disc(float x, float y, float radius, int colour) => Ellipse(x, y, radius, radius, colour);

    /// <summary>The part of a disc above a height.</summary>
    public Painting Dome(float x, float y, float rx, float ry, int colour) =>
        Paint((px, py) => py <= y && Square((px - x) / rx) + Square((py - y) / ry) <= 1, colour);

    public Painting Line(float x0, float y0, float x1, float y1, float thickness, int colour)
    {
        var (dx, dy) = (x1 - x0, y1 - y0);
        var length = Math.Max((dx * dx) + (dy * dy), 1e-9f);
        return Paint(
            (x, y) =>
            {
                var t = Math.Clamp((((x - x0) * dx) + ((y - y0) * dy)) / length, 0, 1);
                return Square(x - x0 - (t * dx)) + Square(y - y0 - (t * dy)) <= Square(thickness / 2);
            },
            colour);
    }

    /// <summary>A polygon, by the even-odd rule.</summary>
    public Painting Polygon(int colour, params (float X, float Y)[] corners) => Paint(
        (x, y) =>
        {
            var isInside = false;
            for (var i = 0; i < corners.Length; i++)
            {
                var (a, b) = (corners[i], corners[(i + 1) % corners.Length]);
                isInside ^= a.Y > y != b.Y > y && x < a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X));
            }

            return isInside;
        },
        colour);

    /// <summary>Everything where <paramref name="isInside"/> holds.</summary>
    public Painting Paint(Func<float, float, bool> isInside, int colour)
    {
        var dot = Colour(colour);
        for (var i = 0; i < _dots.Length; i++)
        {
            if (isInside((i % Size + 0.5f) / Size, (i / Size + 0.5f) / Size))
            {
                _dots[i] = dot;
            }
        }

        return this;
    }

    /// <summary>Makes what is painted so far lighter or darker by up to <paramref name="amount"/> (0 to 1), in grains.</summary>
    public Painting Grain(float amount, float grains, uint seed)
    {
        for (var i = 0; i < _dots.Length; i++)
        {
            var noise = Noise.At(i % Size * grains / Size, i / Size * grains / Size, seed);
            _dots[i] = Scale(_dots[i], 1 + (amount * ((2 * noise) - 1)));
        }

        return this;
    }

    /// <summary>A rim around everything that is painted so far.</summary>
    public Painting Rim(float width, int colour)
    {
        var dot = Colour(colour);
        var reach = (int)(width * Size);
        var before = (uint[])_dots.Clone();
        for (var i = 0; i < before.Length; i++)
        {
            if (before[i] == 0 && IsNear(i % Size, i / Size))
            {
                _dots[i] = dot;
            }
        }

        return this;

        bool IsNear(int x, int y)
        {
            for (var v = Math.Max(y - reach, 0); v <= Math.Min(y + reach, Size - 1); v++)
            {
                for (var u = Math.Max(x - reach, 0); u <= Math.Min(x + reach, Size - 1); u++)
                {
                    if (before[(v * Size) + u] != 0 && Square(u - x) + Square(v - y) <= reach * reach)
                    {
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>The same picture as seen in a mirror.</summary>
    public Painting Mirrored() => Map((x, y) => (Size - 1 - x, y));

    /// <summary>The same picture, turned clockwise by quarters.</summary>
    public Painting Turned(int quarters) => quarters switch
    {
        1 => Map((x, y) => (y, Size - 1 - x)),
        2 => Map((x, y) => (Size - 1 - x, Size - 1 - y)),
        3 => Map((x, y) => (Size - 1 - y, x)),
        _ => Map((x, y) => (x, y)),
    };

    /// <summary>0xRRGGBB as an opaque dot.</summary>
    public static uint Colour(int colour) => Canvas.Rgb((colour >> 16) & 255, (colour >> 8) & 255, colour & 255);

    /// <summary>A dot lighter or darker.</summary>
    public static uint Scale(uint dot, float factor)
    {
        return (dot & 0xff000000) | Channel(0) | Channel(8) | Channel(16);

        uint Channel(int shift) => (uint)Math.Clamp((int)((((dot >> shift) & 255) * factor) + 0.5f), 0, 255) << shift;
    }

    Painting Map(Func<int, int, (int X, int Y)> source)
    {
        var result = new Painting();
        for (var i = 0; i < _dots.Length; i++)
        {
            var (x, y) = source(i % Size, i / Size);
            result._dots[i] = _dots[(y * Size) + x];
        }

        return result;
    }

    static float Square(float value) => value * value;
}
