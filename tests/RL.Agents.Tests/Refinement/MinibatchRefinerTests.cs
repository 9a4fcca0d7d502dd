using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class MinibatchRefinerTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Refine_FollowsTheSearchOnTheCritic(bool isMinimum)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(5, CPU);
        var (first, second) = (new Critic(7, 3, [64, 32], generator), new Critic(7, 3, [64, 32], generator));
        var options = ProjectedGradientOptions.WarmStart(10);
        using var fast = new MinibatchRefiner(first, isMinimum ? second : null, options, radius: 0.5);
        ReluNetwork Q() => isMinimum
            ? ReluNetwork.Minimum(ReluNetwork.FromModule(first.Net), ReluNetwork.FromModule(second.Net)) : ReluNetwork.FromModule(first.Net);
        using var plain = new CriticAscent(Q, new ProjectedGradient(options, generator), new Generator(6, CPU), 0.5);
        for (var call = 0; call < 2; call++)
        {
            var (s, a) = (randn([16, 7], generator: generator), (rand([16, 3], generator: generator) * 2) - 1);

            var (actions, gain) = fast.Refine(s, a);

            var expected = plain.Refine(s, a);
            Assert.True(gain.allclose(expected.Gain, 1e-3, 1e-4));
            Assert.True((actions - expected.Actions).abs().mean().ToSingle() < 1e-3);
            // The critics as they are at the call.
            first.CopyFrom(second);
            second.Net.Layers[0].bias!.add_(0.1f);
        }
    }

    [Fact]
    public void Serves_WhatOthersDoQuicker_IsLeftToThem()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        var (plain, critic) = (ProjectedGradientOptions.WarmStart(10), new Critic(7, 3, [64, 32], generator));

        Assert.True(MinibatchRefiner.Serves(critic, plain, CPU));
        Assert.False(MinibatchRefiner.Serves(critic, plain with { Momentum = 0.5 }, CPU));
        Assert.False(MinibatchRefiner.Serves(critic, plain, META));
        Assert.False(MinibatchRefiner.Serves(new Critic(7, 4, [64, 32], generator), plain, CPU));
        Assert.False(MinibatchRefiner.Serves(new Critic(7, 3, [64, 32, 32], generator), plain, CPU));
    }
}
