using SkiaSharp;

namespace RL.Drawing;

/// <summary>PNG files of 8-bit grey and RGB images.</summary>
public static class Png
{
    const int ColorType = 25;         // behind the signature, the length and name of IHDR, width, height and bit depth
    const int GreyWithAlpha = 4;
    const int MostPixels = 1 << 26;

    /// <summary>Reads a file as grey, if it is stored so, or RGB; 16-bit channels lose their lower half.</summary>
    /// <exception cref="InvalidDataException">Not a PNG file, damaged, or with transparent pixels: says which.</exception>
    public static ByteImage Read(string path)
    {
        if (RegularFile.Problem(path) is { } problem && Path.Exists(path))
        {
            throw new InvalidDataException($"{path} is not a readable PNG file: {problem}.");
        }
        var content = File.ReadAllBytes(path);
        using var data = SKData.CreateCopy(content);
        using var codec = SKCodec.Create(data);
        if (codec is not { EncodedFormat: SKEncodedImageFormat.Png })
        {
            throw new InvalidDataException($"{path} is not a readable PNG file.");
        }
        if ((long)codec.Info.Width * codec.Info.Height > MostPixels)
        {
            throw new InvalidDataException(
                $"{path} is not a readable PNG file: it is {codec.Info.Width}×{codec.Info.Height}; allowed: {MostPixels} pixels.");
        }
        // Grey with alpha or a transparent shade is decoded to colours, which are all the same.
        var isStoredGrey = content[ColorType] is 0 or GreyWithAlpha;
        var isGrey = codec.Info.ColorType == SKColorType.Gray8;
        // Without a colour space the values come as they are stored.
        var info = codec.Info
            .WithColorType(isGrey ? SKColorType.Gray8 : SKColorType.Rgba8888)
            .WithAlphaType(isGrey ? SKAlphaType.Opaque : SKAlphaType.Unpremul)
            .WithColorSpace(null);
        using var bitmap = new SKBitmap(info);
        if (codec.GetPixels(info, bitmap.GetPixels()) is var result && result != SKCodecResult.Success)
        {
            throw new InvalidDataException($"{path} is a damaged PNG file ({result}).");
        }
        var channels = isStoredGrey ? 1 : 3;
        var stored = bitmap.Bytes;
        var pixels = new byte[info.Width * info.Height * channels];
        for (var i = 0; i < info.Width * info.Height; i++)
        {
            if (isGrey)
            {
                pixels[i] = stored[(i / info.Width * bitmap.RowBytes) + (i % info.Width)];
                continue;
            }
            var pixel = stored.AsSpan(4 * i, 4);
            if (pixel[3] != byte.MaxValue)
            {
                throw new InvalidDataException($"{path} has transparent pixels; allowed: opaque grey or RGB images.");
            }
            pixel[..channels].CopyTo(pixels.AsSpan(channels * i));
        }
        return new(info.Width, info.Height, channels, pixels);
    }

    /// <summary>Writes an image as a grey or RGB file.</summary>
    public static void Write(string path, ByteImage image)
    {
        using var bitmap = ToBitmap(image);
        WriteBitmap(path, bitmap);
    }

    internal static void WriteBitmap(string path, SKBitmap bitmap)
    {
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        File.WriteAllBytes(path, data.AsSpan());
    }

    internal static SKBitmap ToBitmap(ByteImage image)
    {
        var isGrey = image.Channels == 1;
        var bitmap = new SKBitmap(
            image.Width, image.Height, isGrey ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque);
        var target = bitmap.GetPixelSpan();
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            if (isGrey)
            {
                target[(i / image.Width * bitmap.RowBytes) + (i % image.Width)] = image.Pixels[i];
                continue;
            }
            image.Pixels.AsSpan(3 * i, 3).CopyTo(target[(4 * i)..]);
            target[(4 * i) + 3] = byte.MaxValue;
        }
        return bitmap;
    }
}
