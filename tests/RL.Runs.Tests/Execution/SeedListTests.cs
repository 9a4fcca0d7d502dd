namespace RL.Runs.Tests;

public class SeedListTests
{
    [Theory]
    [InlineData("0-4", new long[] { 0, 1, 2, 3, 4 })]
    [InlineData("0,3,7", new long[] { 0, 3, 7 })]
    [InlineData("10 - 12, 1", new long[] { 10, 11, 12, 1 })]
    [InlineData("5", new long[] { 5 })]
    public void Parse_Lists_AreTheirSeeds(string text, long[] expected) => Assert.Equal(expected, SeedList.Parse("--seeds", text));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("1,")]
    [InlineData("-1")]
    [InlineData("4-2")]
    [InlineData("1-2-3")]
    [InlineData("0.5")]
    [InlineData("9223372036854775807")]
    [InlineData("1,0-2", ", each once")]
    [InlineData("0-1000", ", at most 1000 of them")]
    [InlineData("0-9223372036854775806", ", at most 1000 of them")]
    public void Parse_AnythingElse_IsRefusedWithExamples(string text, string further = "")
    {
        var exception = Assert.Throws<UserException>(() => SeedList.Parse("--seeds", text));
        Assert.Equal($"--seeds is {text}; allowed: seeds from 0 on such as 0-4, 0,3,7 or 0-2,10{further}.", exception.Message);
    }
}
