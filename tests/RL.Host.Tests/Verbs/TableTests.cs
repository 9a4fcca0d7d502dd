namespace RL.Host.Tests;

public sealed class TableTests
{
    static string[] Written(int? width, string[] titles, params string[][] rows)
    {
        using var text = new StringWriter();
        TextWriter output = width is { } columns ? new TerminalWriter(text, () => columns) : text;
        Table.Write(output, titles, rows);
        return text.ToString().TrimEnd().Split(Environment.NewLine);
    }

    [Fact]
    public void Write_ToAPipe_NeverWraps() =>
        Assert.Equal(["a    b", $"one  {new string('x', 400)}"], Written(null, ["a", "b"], ["one", new string('x', 400)]));

    [Fact]
    public void Write_AWideColumn_IsWrappedBetweenWords() => Assert.Equal(
        ["name  what it is", "td3   twin delayed deep", "      deterministic policy", "      gradient", "sac   short"],
        Written(29, ["name", "what it is"], ["td3", "twin delayed deep deterministic policy gradient"], ["sac", "short"]));

    [Fact]
    public void Write_SeveralWideColumns_AreWrappedTheWidestFirst() => Assert.Equal(
        [
            "run               last        age",
            "                  evaluation",
            "a-rather-long-    1.0 at 200  3 h",
            "name-of-a-run-1",
            "b                 2.0 at 200  1 s",
        ],
        Written(33, ["run", "last evaluation", "age"], ["a-rather-long-name-of-a-run-1", "1.0 at 200", "3 h"], ["b", "2.0 at 200", "1 s"]));

    [Fact]
    public void Write_TooManyColumns_AreBlocksSideBySide() => Assert.Equal(
        [
            "method       pgd         fgsm",
            "return       1.0 ± 0.25  2.0 ± 0.25",
            "sample gain  3.0 %       4.0 %",
            "",
            "method       sharp",
            "return       0.5 ± 0.25",
            "sample gain  5.0 %",
        ],
        Written(
            35, ["method", "return", "sample gain", "loss", "msecs", "evals"], ["pgd", "1.0 ± 0.25", "3.0 %", "", "", ""],
            ["fgsm", "2.0 ± 0.25", "4.0 %", "", "", ""], ["sharp", "0.5 ± 0.25", "5.0 %", "", "", ""]));

    [Fact]
    public void Write_AnyWidth_NoLineIsLongerAndNothingIsLost()
    {
        string[] titles = ["task", "return at the end", "best", "steps"];
        string[][] rows = [["HalfCheetah-v5", "1,000.0 ± 20.0", "", "3"], ["Ant-v5", "2", "3", "4,000,000"]];
        for (var width = 4; width < 60; width++)
        {
            var lines = Written(width, titles, rows);

            Assert.All(lines, line => Assert.True(line.Length <= width, $"{width}: {line}"));
            var text = string.Concat(lines).Replace(" ", "", StringComparison.Ordinal);
            Assert.All(rows.SelectMany(row => row), cell => Assert.True(cell.Where(letter => letter != ' ').All(text.Contains), $"{width}: {cell}"));
        }
    }
}
