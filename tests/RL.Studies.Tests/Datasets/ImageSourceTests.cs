using System.Diagnostics;
using RL.Drawing;

namespace RL.Studies.Tests;

public sealed class ImageSourceTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Idx_GivesImagesInTheUnitRange()
    {
        var (images, labels) = Generated.WriteMnist(_folder, 12, side: 10);

        using var set = new ImageSource(images, labels, []).Read(training: true);

        Assert.Equal([12, 1, 10, 10], set.Images.shape);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1], set.Labels.data<long>().ToArray());
        Assert.Equal(10, set.Classes.Count);
        var expected = Generated.Pixels(12, 1, 10, 10).Select(pixel => pixel / 255f);
        Assert.Equal(expected, set.Images.data<float>().ToArray());
    }

    [Theory]
    [InlineData(new byte[] { 1, 0, 8, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "does not begin with an IDX header")]
    [InlineData(new byte[] { 0, 0 }, "does not begin with an IDX header")]
    [InlineData(new byte[] { 0, 0, 13, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }, "element type 13 and 3 dimensions; allowed: 8 and 3")]
    [InlineData(new byte[] { 0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 9 }, "[2×1×1] takes 2 bytes of data; it has 1 (truncated?)")]
    [InlineData(new byte[] { 0, 0, 8, 3, 255, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1 }, "dimension 1 is -")]
    [InlineData(new byte[] { 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xff, 0xff }, "damaged gzip file")]
    [InlineData(new byte[] { 0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3 }, "has 3 images, but")]
    public void Read_DamagedIdx_SaysWhat(byte[] file, string expected)
    {
        File.WriteAllBytes(_folder.File("images"), file);
        Generated.WriteIdx(_folder.File("labels"), [0, 1], 2);

        var error = Assert.Throws<InvalidDataException>(() =>
            new ImageSource(_folder.File("images"), _folder.File("labels"), []).Read(training: true));

        Assert.Contains(_folder.File("images"), error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Read_PipesAndFoldersInPlaceOfFiles_AreRefusedByName()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made by mkfifo");
        var (pipe, labels) = (_folder.File("pipe"), _folder.File("labels"));
        Process.Start("mkfifo", [pipe]).WaitForExit();
        Generated.WriteIdx(labels, [0, 1], 2);
        Directory.CreateDirectory(_folder.File("folder"));
        var (images, _) = Generated.WriteMnist(_folder, 2, side: 4);

        Assert.Contains($"--images is {pipe}; it is a named pipe", new ImageSource(pipe, labels, []).Problem());
        Assert.Contains($"--labels is {pipe}; it is a named pipe", new ImageSource(images, pipe, []).Problem());
        Assert.Contains($"--labels is {_folder.File("folder")}; it is a folder", new ImageSource(images, _folder.File("folder"), []).Problem());
        Assert.Contains($"--cifar is {pipe}; it is a named pipe", new ImageSource(null, null, [pipe]).Problem());
        foreach (var source in new ImageSource[] { new(pipe, labels, []), new(images, pipe, []), new(null, null, [pipe]), new(_folder.File("folder"), pipe, []) })
        {
            Assert.Contains($"{pipe} cannot be read: it is a named pipe", Assert.Throws<InvalidDataException>(() => source.Read(training: true)).Message);
        }
    }

    [Fact]
    public void Read_CifarFolder_TakesTheBatchesForTrainingOrTheOneForTesting()
    {
        Generated.WriteCifar(_folder, 10);
        Generated.WriteCifar(_folder, 3, "data_batch_2.bin");
        Generated.WriteCifar(_folder, 4, "test_batch.bin");
        var source = new ImageSource(null, null, [_folder.Path]);

        using var train = source.Read(training: true);
        using var test = source.Read(training: false);

        Assert.Equal([13, 3, 32, 32], train.Images.shape);
        Assert.Equal(4, test.Count);
        Assert.Equal("automobile", train.Classes[1]);
    }

    [Theory]
    [InlineData(3072, 0, "has 3072 bytes; allowed: a multiple of 3073")]
    [InlineData(3073, 10, "record 0 has label 10; allowed: 0 to 9")]
    public void Read_DamagedCifar_SaysWhat(int length, byte label, string expected)
    {
        var file = new byte[length];
        file[0] = label;
        File.WriteAllBytes(_folder.File("batch.bin"), file);

        var error = Assert.Throws<InvalidDataException>(() => Cifar10.Read([_folder.File("batch.bin")]));

        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Read_FolderPerClass_NamesClassesAfterFolders()
    {
        foreach (var (name, value) in new[] { ("dog/1.png", 30), ("cat/2.png", 10), ("cat/1.png", 20) })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
            Png.Write(_folder.File(name), new(2, 1, 3, [(byte)value, 1, 2, 3, 4, 5]));
        }

        using var set = new ImageSource(_folder.Path, null, []).Read(training: true);

        Assert.Equal(["cat", "dog"], set.Classes);
        Assert.Equal([0, 0, 1], set.Labels.data<long>().ToArray());
        Assert.Equal([20, 3, 1, 4, 2, 5], set.Images[0].data<float>().ToArray().Select(value => (int)Math.Round(value * 255)));
    }

    [Fact]
    public void Read_FlatFolder_TakesLabelsFromTheFile()
    {
        Png.Write(_folder.File("a.png"), new(1, 1, 1, [1]));
        Png.Write(_folder.File("b.png"), new(1, 1, 1, [2]));
        File.WriteAllText(_folder.File("labels.csv"), "b.png,0\na.png 3\n");

        using var set = new ImageSource(_folder.Path, _folder.File("labels.csv"), []).Read(training: true);

        Assert.Equal([3, 0], set.Labels.data<long>().ToArray());
        Assert.Equal(4, set.Classes.Count);
    }

    [Theory]
    [InlineData("a.png 0\n", "no label for b.png")]
    [InlineData("a.png 0\nb.png 65536\n", "line 2 is \"b.png 65536\"; allowed: a file name and a label from 0 to 65535")]
    [InlineData("a.png 0\nb.png 2147483648\n", "allowed: a file name and a label from 0 to 65535")]
    [InlineData("a.png 0\nb.png\n", "line 2 is \"b.png\"")]
    [InlineData("a.png 0\nb.png x\n", "line 2 is \"b.png x\"")]
    [InlineData("a.png 0\nb.png 1\n", "b.png is 2×1 with 1 channels, but")]
    public void Read_BadFlatFolder_SaysWhat(string labels, string expected)
    {
        Png.Write(_folder.File("a.png"), new(1, 1, 1, [1]));
        Png.Write(_folder.File("b.png"), new(2, 1, 1, [2, 2]));
        File.WriteAllText(_folder.File("labels.csv"), labels);

        var error = Assert.Throws<InvalidDataException>(() => PngFolder.Read(_folder.Path, _folder.File("labels.csv")));

        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData(null, null, null, "No images are given")]
    [InlineData("here", "here", "here", "--cifar stands alone")]
    [InlineData(null, "here", null, "--labels is given without --images")]
    [InlineData("here", null, null, "needs --labels")]
    [InlineData("absent", "here", null, "there is no such file")]
    [InlineData("here", "absent", null, "there is no such file")]
    [InlineData(null, null, "absent", "there is no such file")]
    [InlineData("here", "here", null, null)]
    public void Problem_OfAChoice_NamesIt(string? images, string? labels, string? cifar, string? expected)
    {
        File.WriteAllText(_folder.File("here"), "");
        string? In(string? name) => name is null ? null : _folder.File(name);
        var source = new ImageSource(In(images), In(labels), cifar is null ? [] : [_folder.File(cifar)]);

        if (expected is null)
        {
            Assert.Null(source.Problem());
        }
        else
        {
            Assert.Contains(expected, source.Problem());
        }
    }

    void WritePng(string name, int channels = 1)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
        Png.Write(_folder.File(name), new(2, 2, channels, new byte[4 * channels]));
    }

    [Fact]
    public void Read_ClassFolders_HiddenAndEmptyOnesAreNoClassesAndUpperCaseEndingsCount()
    {
        WritePng("set/.hidden/1.png");
        WritePng("set/a/1.png");
        WritePng("set/b/1.PNG");
        WritePng("set/b/2.Png");
        Directory.CreateDirectory(_folder.File("set", "aa"));
        File.WriteAllText(_folder.File("set", "aa", "notes.txt"), "");

        using var set = PngFolder.Read(_folder.File("set"));

        Assert.Equal(["a", "b"], set.Classes);
        Assert.Equal([0, 1, 1], set.Labels.data<long>().ToArray());
    }

    [Fact]
    public void Read_GreyWithOpaqueAlpha_HasOneChannel()
    {
        // 2 × 2 pixels of 8-bit grey with alpha, as any other program writes them.
        var file = Convert.FromBase64String(
            "iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAQAAADYv8WvAAAAEklEQVR4nGPg+i/yn0Hu/4n/ABTmBQHe8KWQAAAAAElFTkSuQmCC");
        File.WriteAllBytes(_folder.File("a.png"), file);

        var read = Png.Read(_folder.File("a.png"));

        Assert.Equal((1, 10, 200), (read.Channels, read.Pixels[0], read.Pixels[3]));
    }
}
