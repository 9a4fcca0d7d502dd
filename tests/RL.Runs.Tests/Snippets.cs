using System.Text.RegularExpressions;

namespace RL.Runs.Tests;

/// <summary>The C# in pages of documentation.</summary>
static partial class Snippets
{
    /// <summary>Every block of C# of a page of this repository.</summary>
    public static IReadOnlyList<string> Of(params string[] page) =>
        [.. Block().Matches(File.ReadAllText(Repository.File(page))).Select(match => match.Groups[1].Value)];

    /// <summary>
    /// Asserts that a page has so many blocks of C#, and that a file of tests, which runs them, has the lines of each in their order
    /// (directives for TorchSharp and RL aside).
    /// </summary>
    /// <param name="page">The page, from the root of the repository.</param>
    /// <param name="count">How many blocks it has.</param>
    /// <param name="tests">The file's name.</param>
    /// <param name="asInThePage">What the tests write differently, and how the page has it.</param>
    public static void AreRun(string[] page, int count, string tests, params (string Here, string InThePage)[] asInThePage)
    {
        var source = File.ReadAllText(Repository.File("tests", "RL.Runs.Tests", tests));
        foreach (var (here, inThePage) in asInThePage)
        {
            Assert.Contains(here, source, StringComparison.Ordinal);
            source = source.Replace(here, inThePage, StringComparison.Ordinal);
        }

        var (run, snippets) = (Lines(source), Of(page));
        Assert.Equal(count, snippets.Count);
        Assert.All(snippets, snippet =>
        {
            var next = 0;
            Assert.All(
                Lines(snippet).Where(line => !Directive().IsMatch(line)),
                line => Assert.True((next = run.IndexOf(line, next) + 1) > 0, line));
        });
    }

    static List<string> Lines(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();

    [GeneratedRegex(@"^using (static )?(RL|TorchSharp)[\w.]*;$")]
    private static partial Regex Directive();
}
