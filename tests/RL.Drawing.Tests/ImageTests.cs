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
