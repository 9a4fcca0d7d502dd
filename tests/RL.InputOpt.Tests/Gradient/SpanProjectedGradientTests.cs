using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class SpanProjectedGradientTests
{
    public static TheoryData<string, ProjectedGradientOptions> Methods => new()
    {
        { "fgsm", ProjectedGradientOptions.Fgsm },
        { "gradient ascent", ProjectedGradientOptions.GradientAscent(20) },
        { "pgd", ProjectedGradientOptions.Pgd(20) },
        { "pgd-l2", ProjectedGradientOptions.PgdEuclidean(20) },
        { "annealed", ProjectedGradientOptions.Annealed(20) },
        { "linear with momentum", new() { Steps = 20, Schedule = StepSchedule.Linear, StepSize = 0.5, Momentum = 0.8 } },
        { "restarts", ProjectedGradientOptions.Pgd(20) with { Restarts = 3 } },
        { "no steps", ProjectedGradientOptions.Pgd(0) },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    public void Maximize_RandomNetworks_EqualsThePlainVersion(string method, ProjectedGradientOptions options)
    {
        foreach (var kernel in new[] { NetworkKernel.Dense, NetworkKernel.Incremental })
        {
            foreach (var (dtype, tolerance) in new[] { (ScalarType.Float64, 1e-10), (ScalarType.Float32, 1e-4) })
            {
                using var scope = NewDisposeScope();
                using var generator = new Generator(5);
                using var same = new Generator(11);
                using var other = new Generator(11);
                var network = RandomProblem.Network(generator, dtype, 9, 37, 21, 2)
                    .Given(RandomProblem.Points(generator, dtype, 4, 3));
                var score = Score.Weighted(tensor(new[] { 0.7, -0.4 }).to(dtype));
                var starts = RandomProblem.Points(generator, dtype, 8, 6).reshape(4, 2, 6);
                var box = Box.Ball(starts.select(1, 0), 0.3, -1, 1);

                var plain = new TensorProjectedGradient(options, same).Maximize(new(network, score), starts, box, trace: true);
                var fast = new SpanProjectedGradient(options, other, kernel: kernel)
                    .Maximize(new(network, score), starts, box, trace: true);

                var about = $"{method}, {kernel}, {dtype}";
                Assert.Equal(plain.GradientPasses, fast.GradientPasses);
                Assert.Equal(plain.Trace!.Passes, fast.Trace!.Passes);
                Assert.True(plain.Trace.Values.allclose(fast.Trace.Values, tolerance, tolerance), about);
                Assert.True(plain.X.allclose(fast.X, tolerance, tolerance), about);
                Assert.True(plain.Value.allclose(fast.Value, tolerance, tolerance), about);
                Assert.True(plain.StartValue.allclose(fast.StartValue, tolerance, tolerance), about);
                Assert.True(fast.Gain.ge(0).all().item<bool>(), about);
            }
        }
    }

    /// <summary>In a box the region's direction is that of the signs, to the last bit.</summary>
    [Fact]
    public void Maximize_SteepestInABox_IsTheSign()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 37, 21, 1);
        var starts = RandomProblem.Points(generator, ScalarType.Float32, 4, 6);
        var box = Box.Ball(starts, 0.3, -1, 1);
        var steepest = ProjectedGradientOptions.Annealed(20);
        Assert.Equal(StepDirection.Steepest, steepest.Direction);
        var sign = steepest with { Direction = StepDirection.Sign };

        Tensor X(IInputOptimizer optimizer) => optimizer.Maximize(new(network), starts, box).X;
        Assert.True(X(new SpanProjectedGradient(steepest, generator)).IsSameAs(X(new SpanProjectedGradient(sign, generator))));
        Assert.True(X(new TensorProjectedGradient(steepest, generator)).IsSameAs(X(new TensorProjectedGradient(sign, generator))));
        var auto = new AutoProjectedGradientOptions { Steps = 20 };
        Assert.True(X(new AutoProjectedGradient(auto, generator)).IsSameAs(
            X(new AutoProjectedGradient(auto with { Direction = StepDirection.Sign }, generator))));
    }

    [Fact]
    public void Maximize_MoreSteps_AllocateNothingMore()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 37, 21, 1);
        var start = zeros(1, 6);
        var box = Box.Between(-1, 1, start);
        Action Search(int steps)
        {
            var optimizer = new SpanProjectedGradient(ProjectedGradientOptions.Annealed(steps), generator);
            return () => optimizer.Maximize(new(network), start, box).Dispose();
        }

        Assert.InRange(Allocation.PerIteration(Search, 10, 3000), double.MinValue, Allocation.SmallestObject / 2);
    }
}
