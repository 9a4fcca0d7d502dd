namespace RL;

/// <summary>Finds files of the checkout that the tests were built in.</summary>
static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string File(params string[] parts) => Path.Combine([Root, .. parts]);

    static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!System.IO.File.Exists(Path.Combine(folder, "rl.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException($"No rl.sln above {AppContext.BaseDirectory}.");
        }

        return folder;
    }
}
