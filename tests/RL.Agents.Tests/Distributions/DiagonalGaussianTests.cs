using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class DiagonalGaussianTests
{
    const double LogDeviation = -0.5;

    static readonly BoxSpace _actions = BoxSpace.Uniform(ElementType.Float32, [2], -4, 2);

    static DiagonalGaussian New() => new(new ActionScaling(_actions), LogDeviation, CPU);

    [Fact]
    public void LogProbabilityAndEntropy_EqualClosedForm()
    {
        using var scope = NewDisposeScope();
        using var distribution = New();
        var (mean, action) = (new[] { 0.3, -0.7 }, new[] { 1.1, -0.2 });
        Tensor Row(double[] values) => tensor([.. values.Select(value => (float)value)]).view(1, 2);
        var sigma = Math.Exp(LogDeviation);
        var expected = mean.Zip(action, (m, a) => Math.Log(Math.Exp(-(a - m) * (a - m) / (2 * sigma * sigma)) / (sigma * Math.Sqrt(2 * Math.PI)))).Sum();
        Assert.Equal(expected, distribution.LogProbability(Row(mean), Row(action)).ToDouble(), 1e-5);
        Assert.Equal(2 * Math.Log(sigma * Math.Sqrt(2 * Math.PI * Math.E)), distribution.Entropy(Row(mean)).ToDouble(), 1e-5);
    }

    [Fact]
    public void Sample_ManyRows_HasMeanAndDeviation()
    {
        const int rows = 20_000;
        using var scope = NewDisposeScope();
        using var distribution = New();
        var drawn = new float[rows * 2];
        distribution.Sample(full(rows, 2, 0.25, ScalarType.Float32), drawn, new Pcg64(1));
        var mean = drawn.Average();
        Assert.Equal(0.25, mean, 0.02);
        Assert.Equal(Math.Exp(LogDeviation), Math.Sqrt(drawn.Average(value => (value - mean) * (value - mean))), 0.02);
    }

    [Fact]
    public void Execute_BeyondTheBounds_IsCut()
    {
        using var distribution = New();
        var executed = new SpaceBuffer(_actions, 1);
        distribution.Execute([5f, -0.5f], executed);
        Assert.Equal([2f, -2.5f], executed.Row<float>(0).ToArray());
    }
}
