using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class CategoricalTests
{
    static readonly double[] _probabilities = [0.5, 0.3, 0.2];

    /// <summary>Logits are logarithms of probabilities plus any constant.</summary>
    static Tensor Logits(int rows) =>
        tensor([.. Enumerable.Repeat(_probabilities, rows).SelectMany(row => row.Select(p => (float)Math.Log(p) + 7))]).view(rows, 3);

    [Fact]
    public void LogProbabilityAndEntropy_EqualClosedForm()
    {
        using var scope = NewDisposeScope();
        var actions = tensor([0f, 1, 2]).view(3, 1);
        var distribution = new Categorical(3);
        var logarithms = distribution.LogProbability(Logits(3), actions).data<float>().ToArray();
        var entropy = distribution.Entropy(Logits(1)).data<float>().ToArray();
        Assert.All(_probabilities.Zip(logarithms), pair => Assert.Equal(Math.Log(pair.First), pair.Second, 1e-5));
        Assert.Equal(-_probabilities.Sum(p => p * Math.Log(p)), entropy[0], 1e-5);
    }

    [Fact]
    public void Sample_ManyRows_HasTheProbabilities()
    {
        const int rows = 20_000;
        using var scope = NewDisposeScope();
        var actions = new float[rows];
        new Categorical(3).Sample(Logits(rows), actions, new Pcg64(1));
        for (var action = 0; action < 3; action++)
        {
            Assert.Equal(_probabilities[action], actions.Count(drawn => drawn == action) / (double)rows, 0.015);
        }
    }

    [Fact]
    public void Mode_IsTheLargestLogit()
    {
        using var scope = NewDisposeScope();
        var actions = new float[2];
        new Categorical(3).Mode(tensor([1f, 3, 2, -1, -2, -3]).view(2, 3), actions);
        Assert.Equal([1f, 0f], actions);
    }
}
