namespace RL.Environments.Tests;

public class Mt19937Tests
{
    // np.random.RandomState(123).random_sample(5), np.random.RandomState(0).random_sample(3)
    [Theory]
    [InlineData(123, new[] { 0.6964691855978616, 0.28613933495037946, 0.2268514535642031, 0.5513147690828912, 0.7194689697855631 })]
    [InlineData(0, new[] { 0.5488135039273248, 0.7151893663724195, 0.6027633760716439 })]
    public void NextDouble_KnownSeeds_EqualsNumPysRandomState(uint seed, double[] expected)
    {
        var random = new Mt19937();
        random.Seed(seed);
        Assert.Equal(expected, expected.Select(_ => random.NextDouble()));
    }
}
