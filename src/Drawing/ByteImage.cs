namespace RL.Drawing;

/// <summary>An image of 8 bits per channel, grey (1 channel) or RGB (3).</summary>
public sealed class ByteImage
{
    /// <summary>An image of the given pixels, which are not copied.</summary>
    /// <param name="width">Columns, 1 or more.</param>
    /// <param name="height">Rows, 1 or more.</param>
    /// <param name="channels">1 or 3.</param>
    /// <param name="pixels">Row by row from the top, the channels of a pixel together: height·width·channels bytes.</param>
    /// <exception cref="ArgumentException">Sizes that are not allowed or do not fit the pixels.</exception>
    public ByteImage(int width, int height, int channels, byte[] pixels)
    {
        if (width < 1 || height < 1 || channels is not (1 or 3) || pixels.Length != (long)width * height * channels)
        {
            throw new ArgumentException(
                $"{pixels.Length} bytes are no image of {width}×{height} pixels with {channels} channels; allowed: 1 or 3 channels, " +
                "width·height·channels bytes.", nameof(pixels));
        }
        (Width, Height, Channels, Pixels) = (width, height, channels, pixels);
    }

    public int Width { get; }

    public int Height { get; }

    /// <summary>1 (grey) or 3 (red, green, blue).</summary>
    public int Channels { get; }

    /// <summary>Row by row from the top, the channels of a pixel together.</summary>
    public byte[] Pixels { get; }

    /// <summary>The image with every pixel as a square of <paramref name="factor"/> × <paramref name="factor"/> pixels.</summary>
    public ByteImage Zoom(int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        var (width, height) = (Width * factor, Height * factor);
        var zoomed = new byte[width * height * Channels];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                Pixels.AsSpan(((y / factor * Width) + (x / factor)) * Channels, Channels)
                    .CopyTo(zoomed.AsSpan(((y * width) + x) * Channels));
            }
        }
        return new(width, height, Channels, zoomed);
    }
}
