using System.Runtime.Intrinsics;

namespace RL.Environments;

/// <summary>
/// A rectangle of whole pixels: columns [Left, Right), rows [Top, Bottom), y downwards; it may reach beyond the canvas.
/// </summary>
readonly record struct PixelBox(int Left, int Top, int Right, int Bottom);

/// <summary>A rectangle in pixels before rounding, y downwards.</summary>
readonly record struct PixelArea(float X, float Y, float Width, float Height)
{
    /// <summary>The pixels it covers: each edge rounded, halves upwards.</summary>
    public PixelBox Round() => new(Round(X), Round(Y), Round((double)X + Width), Round((double)Y + Height));

    static int Round(double value) => (int)Math.Floor(value + 0.5);
}

/// <summary>
/// The 64×64 picture that a game is drawn on. A pixel is 0xAABBGGRR, so that its bytes lie in the order R, G, B, A.
/// </summary>
sealed class Canvas
{
    /// <summary>Width and height in pixels.</summary>
    public const int Size = 64;

    readonly uint[] _pixels = new uint[Size * Size];

    /// <summary>Row after row.</summary>
    public Span<uint> Pixels => _pixels;

    /// <summary>An opaque colour.</summary>
    public static uint Rgb(int red, int green, int blue) => 0xff000000u | (uint)(blue << 16) | (uint)(green << 8) | (uint)red;

    /// <summary>Paints everything in one colour.</summary>
    public void Clear(uint colour) => _pixels.AsSpan().Fill(colour);

    /// <summary>Paints the part of a box that lies on the canvas.</summary>
    public void Fill(PixelBox box, uint colour)
    {
        var (left, right) = (Math.Max(box.Left, 0), Math.Min(box.Right, Size));
        if (left >= right)
        {
            return;
        }

        for (var y = Math.Max(box.Top, 0); y < Math.Min(box.Bottom, Size); y++)
        {
            _pixels.AsSpan((y * Size) + left, right - left).Fill(colour);
        }
    }

    /// <summary>Writes the picture as bytes R, G, B, row after row. [64 × 64 × 3]</summary>
    public void CopyTo(Span<byte> rgb)
    {
        // Sixteen bytes hold four pixels, of which twelve are wanted; the four beyond are overwritten by the next store.
        var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 128, 128, 128, 128);
        var pixels = _pixels.AsSpan();
        for (var i = 0; i < pixels.Length - 4; i += 4)
        {
            Vector128.Shuffle(Vector128.Create<uint>(pixels[i..]).AsByte(), order).CopyTo(rgb[(3 * i)..]);
        }

        for (var i = pixels.Length - 4; i < pixels.Length; i++)
        {
            (rgb[3 * i], rgb[(3 * i) + 1], rgb[(3 * i) + 2]) = ((byte)pixels[i], (byte)(pixels[i] >> 8), (byte)(pixels[i] >> 16));
        }
    }
}
