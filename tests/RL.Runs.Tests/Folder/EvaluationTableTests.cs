namespace RL.Runs.Tests;

public sealed class EvaluationTableTests : IDisposable
{
    const string Header = "step,episodes,mean,std,min,max,length\n";

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    List<EvaluationRow> Read(string content)
    {
        File.WriteAllText(_folder.File(EvaluationTable.FileName), content);
        return [.. EvaluationTable.Read(_folder.Path)];
    }

    [Theory]
    [InlineData(Header + "20,1,-3.5,0.5,-4,-3,200\n")]
    [InlineData(Header + "20,1,-3.5,0.5,-4,-3,200\n40,1,-2")]
    public void Read_LinesAndHalfALineAtTheEnd_AreTheWholeLines(string content) =>
        Assert.Equal([new EvaluationRow(20, -3.5, 0.5)], Read(content));

    [Theory]
    [InlineData("")]
    [InlineData("step,epi")]
    [InlineData(Header)]
    public void Read_NothingYet_IsEmpty(string content) => Assert.Empty(Read(content));

    [Theory]
    [InlineData("step,x\n20,1,-3.5,0.5,-4,-3,200\n", "begins with 'step,x'")]
    [InlineData(Header + "20,abc\n", "'20,abc' is no line")]
    [InlineData(Header + "20,1,-3.5,0.5,-4,-3,200\n\n40,1,-3.5,0.5,-4,-3,200\n", "'' is no line")]
    [InlineData(Header + "20,1,-3.5,0.5,-4,-3,\n", "is no line")]
    public void Read_ADamagedTable_IsNamed(string content, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => Read(content));
        Assert.Contains(EvaluationTable.FileName + " is damaged: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }
}
