using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public sealed class ObservationAttackTests : IDisposable
{
    const int Rows = 6;

    readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string, AttackLoss, bool> Attacks()
    {
        var data = new TheoryData<string, AttackLoss, bool>();
        foreach (var method in AttackMethods.Names)
        {
            data.Add(method, AttackLoss.Deviation, false);
            data.Add(method, AttackLoss.Deviation, true);
            data.Add(method, AttackLoss.Critic, false);
            data.Add(method, AttackLoss.CrossEntropy, false);
            data.Add(method, AttackLoss.CrossEntropy, true);
            data.Add(method, AttackLoss.Margin, false);
            data.Add(method, AttackLoss.Dlr, false);
        }

        return data;
    }

    /// <summary>Policies that a loss is for, with units of ε: fully connected with elements of unlike size, and images.</summary>
    static IEnumerable<(TestPolicy Policy, ObservationUnits Units)> Policies(AttackLoss loss, int seed)
    {
        var moments = new RunningMoments([0, 0, 0, 0, 0], [1e-8, 0.01, 1, 4, 100]);
        var box = BoxSpace.Uniform(ElementType.Float32, [TestPolicy.Observations], -3, double.PositiveInfinity);
        var units = ObservationUnits.Of(box, moments, CPU);
        if (loss is AttackLoss.Deviation or AttackLoss.Critic)
        {
            yield return (TestPolicy.Vectors(PolicyHead.Tanh, seed), units);
            yield return (TestPolicy.Vectors(PolicyHead.Linear, seed), units);
        }
        else
        {
            yield return (TestPolicy.Vectors(PolicyHead.Logits, seed), units);
            yield return (TestPolicy.Images(seed), ObservationUnits.Of(TestPolicy.ImageSpace, CPU));
        }
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Perturb_AnyMethod_StaysInTheBallAndIsNeverWorseThanClean(string method, AttackLoss loss, bool targeted)
    {
        foreach (var (policy, units) in Policies(loss, seed: 3))
        {
            foreach (var epsilon in new[] { 0.3 / 255, 3.0 / 255, 0.4 })
            {
                var x = policy.Draw(Rows, seed: 4);
                using var attack = new ObservationAttack(policy, units, new()
                {
                    Method = method, Epsilon = epsilon, Loss = loss, Targeted = targeted, Passes = 8, Seed = 5,
                });

                var attacked = attack.Perturb(x);

                var (lower, upper) = units.Ball(x, epsilon);
                Assert.True((bool)attacked.Inputs.ge(lower).all() && (bool)attacked.Inputs.le(upper).all());
                if (policy.Network.InputShape.Count == 3)
                {
                    Assert.InRange(attacked.Inputs.min().ToDouble(), 0, 1);
                    Assert.InRange(attacked.Inputs.max().ToDouble(), 0, 1);
                    Assert.InRange((attacked.Inputs - x).abs().max().ToDouble(), 0, epsilon + 1e-7);
                }

                if (method != AttackMethods.Noise)
                {
                    Assert.True((bool)attacked.Loss.ge(attacked.CleanLoss).all());
                    // An iteration of ADR-GD is one to a few passes.
                    Assert.InRange(attacked.GradientPasses, 1, method.StartsWith("adr-gd", StringComparison.Ordinal) ? 4 * 8 : 8);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void Perturb_EpsilonZero_ChangesNothing(string method, AttackLoss loss, bool targeted)
    {
        foreach (var (policy, units) in Policies(loss, seed: 6))
        {
            var x = policy.Draw(Rows, seed: 7);
            using var attack = new ObservationAttack(
                policy, units, new() { Method = method, Epsilon = 0, Loss = loss, Targeted = targeted, Passes = 3 });

            var attacked = attack.Perturb(x);

            Assert.True(x.bytes.SequenceEqual(attacked.Inputs.bytes));
            Assert.Equal(0, attacked.Changed.abs().max().ToDouble());
        }
    }

    [Theory]
    [InlineData("pgd")]
    [InlineData("apgd")]
    [InlineData("adr-gd")]
    [InlineData("sharp")]
    public void Perturb_Optimiser_FindsMoreThanNoise(string method)
    {
        foreach (var loss in new[] { AttackLoss.CrossEntropy, AttackLoss.Deviation })
        {
            foreach (var (policy, units) in Policies(loss, seed: 8))
            {
                var x = policy.Draw(20, seed: 9);
                double Loss(string name)
                {
                    using var attack = new ObservationAttack(policy, units, new() { Method = name, Epsilon = 0.05, Loss = loss });
                    return attack.Perturb(x).Loss.mean().ToDouble();
                }

                Assert.True(Loss(method) > Loss(AttackMethods.Noise), $"{method}, {loss}");
            }
        }
    }

    [Fact]
    public void Perturb_TargetedAtAnAction_ReachesIt()
    {
        var policy = TestPolicy.Images(seed: 1);
        var x = policy.Draw(20, seed: 2);
        using var attack = new ObservationAttack(policy, ObservationUnits.Of(TestPolicy.ImageSpace, CPU), new()
        {
            Method = "pgd", Epsilon = 0.5, Targeted = true, Target = [2], Passes = 40,
        });

        var actions = policy.Network.Forward(attack.Perturb(x).Inputs).argmax(1);

        Assert.True((bool)actions.eq(2).all());
    }

    [Theory]
    [InlineData(1.0 / 255)]
    [InlineData(2.5 / 255)]
    public void Perturb_WholeBytes_AreWholeAndInTheBall(double epsilon)
    {
        var policy = TestPolicy.Images(seed: 1);
        var x = policy.Draw(Rows, seed: 2);
        using var attack = new ObservationAttack(policy, ObservationUnits.Of(TestPolicy.ImageSpace, CPU), new()
        {
            Method = "adam", Epsilon = epsilon, WholeBytes = true,
        });

        var attacked = attack.Perturb(x);

        var levels = attacked.Inputs * 255;
        Assert.InRange((levels - (levels + 0.5).div(1.0, RoundingMode.floor)).abs().max().ToDouble(), 0, 1e-4);
        Assert.InRange((attacked.Inputs - x).abs().max().ToDouble(), 1.0 / 255 - 1e-6, epsilon + 1e-6);
        Assert.True((bool)attacked.Loss.ge(attacked.CleanLoss).all());
    }

    [Fact]
    public void Perturb_SameSeed_SameBits()
    {
        var policy = TestPolicy.Vectors(PolicyHead.Tanh, seed: 1);
        var units = Policies(AttackLoss.Deviation, 1).First().Units;
        var x = policy.Draw(Rows, seed: 2);
        byte[] Run(ulong seed)
        {
            using var attack = new ObservationAttack(policy, units, new() { Method = "sharp", Epsilon = 0.1, Seed = seed });
            return attack.Perturb(x).Inputs.bytes.ToArray();
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public void Perturb_ChosenLayers_IsAnotherSearchOfTheSameNetwork()
    {
        var policy = TestPolicy.Images(seed: 1);
        var x = policy.Draw(Rows, seed: 2);
        var units = ObservationUnits.Of(TestPolicy.ImageSpace, CPU);
        AttackedInputs Run(params int[] layers)
        {
            using var attack = new ObservationAttack(policy, units, new() { Method = "adr-gd", Epsilon = 0.1, Layers = layers });
            return attack.Perturb(x);
        }

        Assert.False(Run(-1).Inputs.allclose(Run(0, 1).Inputs));
        Assert.Equal(Run(1).Inputs.bytes.ToArray(), Run(-1).Inputs.bytes.ToArray());
    }

    [Theory]
    [InlineData(PolicyHead.Tanh)]
    [InlineData(PolicyHead.Linear)]
    public void Score_Gradient_IsThatOfTheValue(PolicyHead head)
    {
        var policy = TestPolicy.Vectors(head, seed: 1);
        var s = policy.Draw(Rows, seed: 2);
        var u = policy.Network.Forward(policy.Draw(Rows, seed: 3)).detach().requires_grad_();
        foreach (var score in new InputOpt.Score[]
        {
            new ActionDistanceScore(zeros_like(u) + 0.3, head, 1),
            new ActionDistanceScore(zeros_like(u) - 0.3, head, -1),
            new CriticScore(policy.Critic!.Given(s), head),
        })
        {
            var expected = autograd.grad([score.Value(u).sum()], [u])[0];
            Assert.True(score.Gradient(u.detach()).allclose(expected, 1e-4, 1e-6));
        }
    }

    [Fact]
    public void Confidence_OfLogits_IsTheRangeOfProbabilities()
    {
        var policy = TestPolicy.Vectors(PolicyHead.Logits, seed: 1);
        var x = policy.Draw(Rows, seed: 2);
        using var attack = new ObservationAttack(policy, Policies(AttackLoss.Margin, 1).First().Units, new());

        var p = policy.Network.Forward(x).softmax(1);

        Assert.True(attack.Confidence(x).allclose(p.amax([1]) - p.neg().amax([1]).neg()));
    }

    public static TheoryData<string, ObservationAttackOptions> Problems() => new()
    {
        { "ObservationAttackOptions.Method is 'pdg'; allowed: noise, random-search, fgsm", new() { Method = "pdg" } },
        { "ObservationAttackOptions.Epsilon is -1; allowed: a number, 0 or more.", new() { Epsilon = -1 } },
        { "ObservationAttackOptions.StepSize is 0; allowed: a number, greater than 0", new() { StepSize = 0 } },
        { "ObservationAttackOptions.Confidence is 2; allowed: a number from 0 to 1, or null.", new() { Confidence = 2 } },
        { "The loss critic is for continuous actions", new() { Loss = AttackLoss.Critic } },
        { "The loss margin cannot be targeted", new() { Loss = AttackLoss.Margin, Targeted = true } },
        { "The target is 3; allowed: one action from 0 to 2.", new() { Targeted = true, Target = [3] } },
        { "There is a target, but the attack is not targeted.", new() { Target = [1] } },
        { "The ReLU layers are 0, 7; allowed: -2 to 1.", new() { Layers = [0, 7] } },
        { "Whole bytes are asked for, but the observations are not images.", new() { WholeBytes = true } },
    };

    [Theory]
    [MemberData(nameof(Problems))]
    public void Constructor_BadOptions_SaysWhatIsAllowed(string expected, ObservationAttackOptions options)
    {
        var policy = TestPolicy.Vectors(PolicyHead.Logits, seed: 1);
        var units = Policies(AttackLoss.Margin, 1).First().Units;

        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new ObservationAttack(policy, units, options)).Message);
    }
}
