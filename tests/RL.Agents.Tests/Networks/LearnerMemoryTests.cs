namespace RL.Agents.Tests;

public class LearnerMemoryTests
{
    const long Memory = 1_000_000_000;

    [Fact]
    public void Check_NetworksThatFit_Passes() => LearnerMemory.Check(20, [256, 256], 4, trained: 3, targets: 3, batch: 256, Memory);

    [Theory]
    [InlineData(new[] { 60_000, 60_000 }, 100L, "agent.hidden_layers is 60000,60000; 6 such networks of 20 inputs take 216.1 GB")]
    [InlineData(new[] { 65_536, 65_536, 65_536, 65_536, 65_536, 65_536, 65_536, 65_536 }, 1L, "agent.hidden_layers is 65536")]
    [InlineData(new[] { 400, 300 }, 1_000_000L, "a minibatch of 1000000 rows takes 5.8 GB")]
    public void Check_MoreThanTheMachineHas_NamesTheOptionItsValueAndTheMemory(int[] hidden, long batch, string expected)
    {
        var message = Assert.Throws<ArgumentException>(() => LearnerMemory.Check(20, hidden, 4, trained: 3, targets: 3, batch, Memory)).Message;
        Assert.StartsWith(expected, message, StringComparison.Ordinal);
        Assert.Contains("this machine has 1.0 GB free; allowed: ", message, StringComparison.Ordinal);
    }
}
