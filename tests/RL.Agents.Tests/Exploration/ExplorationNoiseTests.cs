using RL.Environments;

namespace RL.Agents.Tests;

public class ExplorationNoiseTests
{
    static double[] Draw(NoiseOptions options, int count)
    {
        var noise = new ExplorationNoise(options, 1);
        var random = new Pcg64(2);
        var action = new float[1];
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            action[0] = 0;
            noise.AddTo(action, 0, random);
            return (double)action[0];
        })];
    }

    static double Correlation(double[] x) => x.Zip(x.Skip(1), (a, b) => a * b).Average() / x.Average(value => value * value);

    [Fact]
    public void Gaussian_HasSigmaAndNoMemory()
    {
        var noise = Draw(new() { Sigma = 0.1 }, 20_000);
        Assert.Equal(0.1, Math.Sqrt(noise.Average(value => value * value)), 0.003);
        Assert.Equal(0, Correlation(noise), 0.03);
    }

    /// <summary>x ← (1 − θ)x + σε is stationary with variance σ²/(1 − (1 − θ)²) and correlation 1 − θ.</summary>
    [Fact]
    public void OrnsteinUhlenbeck_HasItsStationaryVarianceAndCorrelation()
    {
        var noise = Draw(new() { Kind = NoiseKind.OrnsteinUhlenbeck, Sigma = 0.1, Theta = 0.15 }, 50_000);
        Assert.Equal(0.1 / Math.Sqrt(1 - (0.85 * 0.85)), Math.Sqrt(noise.Average(value => value * value)), 0.01);
        Assert.Equal(0.85, Correlation(noise), 0.02);
    }

    [Fact]
    public void AddTo_LargeNoise_StaysInBounds() =>
        Assert.All(Draw(new() { Sigma = 5 }, 100), value => Assert.InRange(value, -1, 1));
}
