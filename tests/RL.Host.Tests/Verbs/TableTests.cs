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
    public void Write_TooManyColumns_AreBlocksThatFit()
    {
        var lines = Written(20, ["task", "return", "best", "steps"], ["HalfCheetah-v5", "1,000.0 ± 20.0", "", "3"], ["Ant-v5", "2", "3", "4"]);

        Assert.All(lines, line => Assert.True(line.Length <= 20, line));
        Assert.Equal(["task    HalfCheetah-", "        v5"], lines[..2]);
        Assert.Contains("", lines);
    }
}
