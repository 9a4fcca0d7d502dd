namespace RL.Studies.Tests;

/// <summary>Files that lie beside the checkout on some machines: ../shared/data. Tests that need them are skipped elsewhere.</summary>
static class SharedData
{
    /// <summary>The path of a file, or the test is skipped.</summary>
    public static string File(params string[] parts)
    {
        var root = AppContext.BaseDirectory;
        while (root is not null && !System.IO.File.Exists(Path.Combine(root, "rl.sln")))
        {
            root = Path.GetDirectoryName(root);
        }
        var path = Path.GetFullPath(Path.Combine([root ?? ".", "..", "shared", "data", .. parts]));
        Assert.SkipUnless(System.IO.File.Exists(path), $"There is no {path}.");
        return path;
    }

    /// <summary>MNIST's first test images.</summary>
    public static ImageSet Mnist(int count) =>
        Idx.Read(File("mnist", "t10k-images-idx3-ubyte.gz"), File("mnist", "t10k-labels-idx1-ubyte.gz")).Slice(0, count);
}
