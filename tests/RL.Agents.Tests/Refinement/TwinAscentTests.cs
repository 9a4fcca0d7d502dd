using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class TwinAscentTests
{
    [Theory]
    [InlineData(2.0, 10)]
    [InlineData(0.3, 5)]
    [InlineData(0.0, 3)]
    public void Refine_FollowsTheSearchOnTheMinimumAsANetwork(double radius, int steps)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(5, CPU);
        var (first, second) = (new Critic(7, 3, [48, 32], generator), new Critic(7, 3, [48, 32], generator));
        var options = ProjectedGradientOptions.Annealed(steps);
        using var fast = new TwinAscent(first, second, options, radius);
        using var plain = new CriticAscent(
            () => ReluNetwork.Minimum(ReluNetwork.FromModule(first.Net), ReluNetwork.FromModule(second.Net)),
            new ProjectedGradient(options, generator), new Generator(6, CPU), radius);
        for (var call = 0; call < 2; call++)
        {
            var rows = 24 - (8 * call);
            var (s, a) = (randn([rows, 7], generator: generator), (rand([rows, 3], generator: generator) * 2) - 1);

            var (actions, gain) = fast.Refine(s, a);

            var expected = plain.Refine(s, a);
            Assert.True((gain - expected.Gain).abs().max().ToSingle() < 1e-4);
            Assert.True((actions - expected.Actions).abs().mean().ToSingle() < 1e-3);
            var measured = minimum(first.call(s, actions), second.call(s, actions)) - minimum(first.call(s, a), second.call(s, a));
            Assert.True((gain - measured.squeeze(1)).abs().max().ToSingle() < 1e-5);
            Assert.True(gain.min().ToSingle() >= 0);
            Assert.True((actions - a).abs().max().ToSingle() <= radius + 1e-6);
            Assert.True(actions.abs().max().ToSingle() <= 1);
            // The critics as they are at the call.
            first.CopyFrom(second);
            second.Net.Layers[0].bias!.add_(0.1f);
        }
    }

    [Fact]
    public void Serves_WhatItDoesNotDo_IsLeftToOthers()
    {
        var plain = ProjectedGradientOptions.WarmStart(10);
        Assert.True(TwinAscent.Serves(plain, CPU));
        Assert.False(TwinAscent.Serves(plain with { Restarts = 1 }, CPU));
        Assert.False(TwinAscent.Serves(plain with { Momentum = 0.5 }, CPU));
        Assert.False(TwinAscent.Serves(plain with { Direction = StepDirection.Unit }, CPU));
        Assert.False(TwinAscent.Serves(plain, META));
    }
}
