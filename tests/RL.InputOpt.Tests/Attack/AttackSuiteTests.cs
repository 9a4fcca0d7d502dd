using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class AttackSuiteTests
{
    const int Classes = 4;

    /// <summary>40 points and the classes that a random network sees in them.</summary>
    static (ReluNetwork Network, Tensor Inputs, Tensor Labels) Problem()
    {
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 30, 24, 24, Classes);
        var inputs = rand(40, 30, generator: generator);
        return (network, inputs, network.Forward(inputs).argmax(1));
    }

    static AttackSuiteResult Attack(IReluNetwork network, Tensor inputs, Tensor labels, params double[] radii)
    {
        using var generator = new Generator(7);
        return new AttackSuite(new() { Passes = 200 }, generator).Attack(network, inputs, labels, (x, radius) => Box.Ball(x, radius, 0, 1), radii);
    }

    [Fact]
    public void Attack_SeveralRadii_SaysTheSmallestThatBreaksEachInput()
    {
        using var scope = NewDisposeScope();
        var (network, inputs, labels) = Problem();
        double[] radii = [0.005, 0.02, 0.08];

        var found = Attack(network, inputs, labels, radii);

        var predicted = network.Forward(found.X).argmax(1);
        var distance = (found.X - inputs).abs().amax([1]);
        for (var row = 0; row < 40; row++)
        {
            var smallest = found.SmallestRadius[row];
            Assert.Equal(predicted[row].ToInt64() != labels[row].ToInt64(), double.IsFinite(smallest));
            Assert.InRange(distance[row].ToDouble(), 0, Math.Min(smallest, radii[^1]) + 1e-6);
            Assert.Equal(double.IsFinite(smallest), found.Margin[row].ToDouble() > 0);
        }
        Assert.Equal(0, found.ShareBroken(0.001));
        Assert.InRange(found.ShareBroken(0.005), 0.01, found.ShareBroken(0.02));
        Assert.Equal(found.SmallestRadius.Count(double.IsFinite) / 40.0, found.ShareBroken(0.08));
    }

    [Fact]
    public void Attack_Stages_GoOnWithWhatHoldsOutAndSayWhatTheyCost()
    {
        using var scope = NewDisposeScope();
        var (network, inputs, labels) = Problem();

        var found = Attack(network, inputs, labels, 0.02);

        var left = 40;
        foreach (var stage in found.Stages)
        {
            Assert.Equal(left, stage.Attacked);
            left -= stage.Broken;
        }
        Assert.Equal(found.SmallestRadius.Count(double.IsInfinity), left);
        // 200 on average; what is broken early leaves its passes to what holds out, ten times as many at most.
        Assert.InRange(found.MeanPasses, 1, 200);
        Assert.InRange(found.Stages.Sum(stage => stage.Passes), left == 0 ? 1 : 201, 2000);
        Assert.Contains("cross-entropy", found.Stages[0].Name);
    }

    [Theory]
    [InlineData(1, 200)]
    [InlineData(3, 600)]
    public void Attack_WhatCannotBeBroken_TakesAtMostAMultipleOfThePasses(int times, int most)
    {
        using var scope = NewDisposeScope();
        var (network, inputs, labels) = Problem();
        // All but one are broken at once, and nothing breaks the first: its region is the point itself.
        using var generator = new Generator(7);
        Box Region(Tensor x, double radius)
        {
            var half = radius * x.ne(inputs[0]).any(1, keepdim: true);
            return new(x - half, x + half);
        }

        var found = new AttackSuite(new() { Passes = 200, MostTimes = times }, generator).Attack(network, inputs, labels, Region, [0.5]);

        Assert.Equal(double.PositiveInfinity, found.SmallestRadius[0]);
        Assert.InRange(found.Stages.Sum(stage => stage.Passes), most - 10, most);
        Assert.InRange(found.MeanPasses, 1, 200);
    }

    [Fact]
    public void Attack_TheWholeSuite_BreaksNoLessThanItsFirstStageAlone()
    {
        using var scope = NewDisposeScope();
        var (network, inputs, labels) = Problem();
        using var generator = new Generator(7);

        var single = new ProjectedGradient(ProjectedGradientOptions.Annealed(200), generator)
            .Maximize(new(network, Score.Margin(labels)), inputs, Box.Ball(inputs, 0.02, 0, 1));

        Assert.InRange(Attack(network, inputs, labels, 0.02).SmallestRadius.Count(double.IsFinite), (int)single.Value.gt(0).sum().ToInt64(), 40);
    }

    [Fact]
    public void Attack_SameSeed_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        var (network, inputs, labels) = Problem();

        Assert.True(Attack(network, inputs, labels, 0.01, 0.02).X.IsSameAs(Attack(network, inputs, labels, 0.01, 0.02).X));
    }

    [Fact]
    public void Attack_WrongFromTheBeginning_IsBrokenByNothing()
    {
        using var scope = NewDisposeScope();
        var (network, inputs, labels) = Problem();

        var found = Attack(network, inputs, (labels + 1) % Classes, 0.02);

        Assert.All(found.SmallestRadius, radius => Assert.Equal(0, radius));
        Assert.Empty(found.Stages);
        Assert.True(found.X.IsSameAs(inputs));
    }

    [Fact]
    public void Attack_BadProblem_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        var (network, inputs, labels) = Problem();

        Error.Says(() => Attack(network, inputs, labels), "one or more");
        Error.Says(() => Attack(network, inputs, labels, 0.2, 0.1), "0.2, 0.1", "larger");
        Error.Says(() => Attack(network, inputs.narrow(1, 0, 5), labels, 0.1), "[40×5]", "[B×30]");
        Error.Says(() => Attack(network, inputs, labels + 3, 0.1), "0 to 3");
        Error.Says(() => Attack(network.Given(inputs.narrow(1, 0, 3)), inputs.narrow(1, 3, 27), labels, 0.1), "fixed");
    }
}
