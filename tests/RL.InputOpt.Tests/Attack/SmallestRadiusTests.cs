using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class SmallestRadiusTests
{
    [Fact]
    public void Find_AnAffinePiece_IsTheFirstRadiusThatReaches()
    {
        // f(x) = x₁ + x₂ while the unit is active: from s it reaches s₁ + s₂ + 2r.
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = new ReluNetwork([new(ones(1, 2), ones(1) * 10), new(ones(1, 1), zeros(1) - 10)]);
        var starts = tensor(new[] { 0f, 0, 0.5f, 0.5f, -3, 0 }, [3, 2]);
        var optimizer = InputOptimizerCatalog.Create("pgd", 20, generator);

        var found = SmallestRadius.Find(
            optimizer, new(network), starts, radius => Box.Ball(starts, radius), [0.1, 0.2, 0.3, 0.4], target: 0.5);

        Assert.Equal([0.3, 0.1, double.PositiveInfinity], found.Radii);
        Assert.True((bool)(found.X - starts).abs().amax([1]).le(tensor(new[] { 0.3f, 0.1f, 0.4f }) + 1e-6).all());
        Assert.True(found.Value.allclose(network.Forward(found.X).squeeze(1), 1e-5, 1e-5));
        Assert.InRange(found.Passes, 20, 80);
        Error.Says(() => SmallestRadius.Find(optimizer, new(network), starts, radius => Box.Ball(starts, radius), [0.2, 0.2], 1), "0.2, 0.2", "larger");
    }
}
