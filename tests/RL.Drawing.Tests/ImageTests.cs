using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace RL.Drawing.Tests;

public sealed class ImageTests
{
    static ByteImage Image(int channels, int width = 5, int height = 3) =>
        new(width, height, channels, [.. Enumerable.Range(0, width * height * channels).Select(i => (byte)(i * 37))]);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Png_WriteAndRead_GivesTheSamePixels(int channels)
    {
        using var folder = new TemporaryFolder();
        var image = Image(channels);

        Png.Write(folder.File("a.png"), image);
        var read = Png.Read(folder.File("a.png"));

        Assert.Equal((5, 3, channels), (read.Width, read.Height, read.Channels));
        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Theory]
    [InlineData(0, "not a readable PNG file")]
    [InlineData(20, "not a readable PNG file")]
    [InlineData(60, "damaged PNG file")]
    public void PngRead_TruncatedFile_SaysSo(int length, string expected)
    {
        using var folder = new TemporaryFolder();
        Png.Write(folder.File("a.png"), Image(3));
        File.WriteAllBytes(folder.File("cut.png"), File.ReadAllBytes(folder.File("a.png"))[..length]);

        var error = Assert.Throws<InvalidDataException>(() => Png.Read(folder.File("cut.png")));

        Assert.Contains("cut.png", error.Message);
        Assert.Contains(expected, error.Message);
    }

    /// <summary>A grey or RGB file of 2×1 pixels, 10 and 20 in every channel, in which the shade or colour <paramref name="transparent"/> is transparent.</summary>
    static byte[] WithTransparentShade(int channels, int transparent, int width = 2, int height = 1)
    {
        using var file = new MemoryStream();
        void Chunk(string name, params byte[] data)
        {
            byte[] body = [.. Encoding.ASCII.GetBytes(name), .. data];
            var ends = (new byte[4], new byte[4]);
            BinaryPrimitives.WriteInt32BigEndian(ends.Item1, data.Length);
            BinaryPrimitives.WriteUInt32BigEndian(ends.Item2, Crc(body));
            file.Write([.. ends.Item1, .. body, .. ends.Item2]);
        }

        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionMode.Compress, leaveOpen: true))
        {
            zlib.Write([0, .. Enumerable.Repeat((byte)10, channels), .. Enumerable.Repeat((byte)20, channels)]);
        }

        var size = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(size, width);
        BinaryPrimitives.WriteInt32BigEndian(size.AsSpan(4), height);
        file.Write([0x89, .. "PNG\r\n"u8, 0x1a, (byte)'\n']);
        Chunk("IHDR", [.. size, 8, (byte)(channels == 1 ? 0 : 2), 0, 0, 0]);
        Chunk("tRNS", [.. Enumerable.Range(0, channels).SelectMany(_ => new byte[] { 0, (byte)transparent })]);
        Chunk("IDAT", packed.ToArray());
        Chunk("IEND");
        return file.ToArray();
    }

    static uint Crc(byte[] bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) == 1 ? 0xEDB88320 : 0);
            }
        }

        return ~crc;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void PngRead_TransparentShadeThatNoPixelHas_KeepsTheChannels(int channels)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), WithTransparentShade(channels, 99));

        var image = Png.Read(folder.File("a.png"));

        Assert.Equal((2, 1, channels), (image.Width, image.Height, image.Channels));
        Assert.Equal([.. Enumerable.Repeat((byte)10, channels), .. Enumerable.Repeat((byte)20, channels)], image.Pixels);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void PngRead_TransparentPixels_AreRefusedByName(int channels)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), WithTransparentShade(channels, 20));

        Assert.Contains("a.png has transparent pixels", Assert.Throws<InvalidDataException>(() => Png.Read(folder.File("a.png"))).Message);
    }

    [Fact]
    public void PngRead_EnormousSize_IsRefusedBeforeMemoryIsTaken()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("a.png"), WithTransparentShade(1, 20, 60_000, 60_000));

        Assert.Contains("a.png is not a readable PNG file", Assert.Throws<InvalidDataException>(() => Png.Read(folder.File("a.png"))).Message);
    }

    [Fact]
    public void Zoom_ByTwo_RepeatsEveryPixel()
    {
        var zoomed = new ByteImage(2, 1, 1, [7, 9]).Zoom(2);

        Assert.Equal([7, 7, 9, 9, 7, 7, 9, 9], zoomed.Pixels);
    }

    [Theory]
    [InlineData(2, 2, 1, 5)]
    [InlineData(2, 2, 2, 8)]
    [InlineData(0, 2, 1, 0)]
    public void ByteImage_PixelsThatDoNotFit_IsAnError(int width, int height, int channels, int length) =>
        Assert.Throws<ArgumentException>(() => new ByteImage(width, height, channels, new byte[length]));

    [Fact]
    public void ContactSheet_RowsOfDifferentLength_IsDrawnInOneFile()
    {
        using var folder = new TemporaryFolder();
        var sheet = new ContactSheet("Title", ["clean", "attacked"], [
            new("pgd", [new(Image(1), "7"), new(Image(1), "7 → 3", true)]),
            new("sharp", [new(Image(3), "7")]),
        ]);

        sheet.Save(folder.File("sheet.png"));

        var drawn = Png.Read(folder.File("sheet.png"));
        Assert.Equal(3, drawn.Channels);
        Assert.True(drawn.Width > 100 && drawn.Height > 60);
    }
}
