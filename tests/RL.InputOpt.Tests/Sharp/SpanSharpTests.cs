using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class SpanSharpTests
{
    static (Objective Objective, Tensor Starts, Box Box) Refinement(ScalarType dtype, params long[] rows)
    {
        var (critic, observations, actions) = Golden.Critic(dtype);
        var at = tensor(rows);
        var starts = actions.index_select(0, at);
        return (new(critic.Given(observations.index_select(0, at))), starts, Box.Ball(starts, 1, -1, 1));
    }

    [Theory]
    [InlineData(nameof(NetworkKernel.Dense))]
    [InlineData(nameof(NetworkKernel.Incremental))]
    public void Maximize_Float64_FollowsThePlainVersion(string kernel)
    {
        using var scope = NewDisposeScope();
        var (objective, starts, box) = Refinement(ScalarType.Float64, 0, 5, 9);
        foreach (var passes in new[] { 5, 40, 100, 300 })
        {
            using var same = new Generator(3);
            using var other = new Generator(3);
            var options = new SharpOptions { Passes = passes };

            var plain = new TensorSharp(options, same).Maximize(objective, starts, box, trace: true);
            var fast = new SpanSharp(options, other, kernel: Enum.Parse<NetworkKernel>(kernel)).Maximize(objective, starts, box, trace: true);

            Assert.Equal(plain.GradientPasses, fast.GradientPasses);
            Assert.Equal(plain.Trace!.Passes, fast.Trace!.Passes);
            // A turn is taken or not by the sign of a product: once rounding has decided one, the ways part.
            Assert.True(plain.Trace.Values.narrow(0, 0, 5).allclose(fast.Trace.Values.narrow(0, 0, 5), 1e-9, 1e-9));
            Assert.True(plain.Value.allclose(fast.Value, 1e-6, 1e-6), $"{passes} passes");
        }
    }

    [Fact]
    public void Maximize_ManyStarts_ClimbsFromAll()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var network = RandomProblem.Network(random, ScalarType.Float64, 6, 20, 16, 1);
        var starts = RandomProblem.Points(random, ScalarType.Float64, 60, 6).reshape(2, 30, 6);
        var (objective, box) = (new Objective(network), Box.Between(-1, 1, zeros(1, 6, dtype: float64)));
        var options = new SharpOptions { Passes = 10 };

        using var same = new Generator(3);
        using var other = new Generator(3);
        var plain = new TensorSharp(options, same).Maximize(objective, starts, box, trace: true);
        var fast = new SpanSharp(options, other).Maximize(objective, starts, box, trace: true);

        // Passes are per given start. The first record is that of the starts.
        Assert.InRange(fast.GradientPasses, 250, 300);
        Assert.Equal(plain.GradientPasses, fast.GradientPasses);
        Assert.True(fast.Trace!.Values[0].allclose(plain.Trace!.Values[0], 1e-12, 1e-12));
        Assert.True((bool)fast.Trace.Values[0].ge(fast.StartValue - 1e-12).all());
        Assert.True(plain.Value.allclose(fast.Value, 1e-6, 1e-6));
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(300, 1)]
    [InlineData(40, 6)]
    public void Maximize_ManyInputs_FollowsThePlainVersion(int passes, int given)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var network = RandomProblem.Network(random, ScalarType.Float64, 40, 20, 16, 1);
        var starts = RandomProblem.Points(random, ScalarType.Float64, 2 * given, 40).reshape(2, given, 40);
        var (objective, box) = (new Objective(network), Box.Between(-1, 1, zeros(1, 40, dtype: float64)));
        var options = new SharpOptions { Passes = passes };

        using var same = new Generator(3);
        using var other = new Generator(3);
        var plain = new TensorSharp(options, same).Maximize(objective, starts, box, trace: true);
        var fast = new SpanSharp(options, other).Maximize(objective, starts, box, trace: true);

        Assert.InRange(fast.GradientPasses, (passes * given) - given, passes * given);
        Assert.Equal(plain.Trace!.Passes, fast.Trace!.Passes);
        Assert.True(plain.Trace.Values.allclose(fast.Trace.Values, 1e-9, 1e-9));
        Assert.True(plain.X.allclose(fast.X, 1e-9, 1e-9));
    }

    [Fact]
    public void Maximize_Float32_FindsTheBestValues()
    {
        using var scope = NewDisposeScope();
        using var same = new Generator(3);
        using var other = new Generator(3);
        var (objective, starts, box) = Refinement(ScalarType.Float32, [.. Enumerable.Range(0, 64)]);
        var options = new SharpOptions { Passes = 100 };

        var plain = new TensorSharp(options, same).Maximize(objective, starts, box);
        var fast = new SpanSharp(options, other).Maximize(objective, starts, box);

        Assert.Equal(plain.Gain.mean().ToDouble(), fast.Gain.mean().ToDouble(), plain.Gain.mean().ToDouble() * 0.01);
        Assert.True((bool)fast.Gain.ge(0).all());
        Assert.True(box.Project(fast.X).IsSameAs(fast.X));
    }

    [Fact]
    public void Maximize_Again_AllocatesNoMoreForMorePasses()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (objective, starts, box) = Refinement(ScalarType.Float32, 0);
        var plan = SharpPlan.For(new() { Passes = 100 }, 6, 1, walks: true);

        Action Search(int passes)
        {
            // Only the polish of one row grows with the passes.
            var options = new SharpOptions { Passes = passes, Starts = plan.Starts, ExploreSteps = plan.Climb[0].Steps };
            var optimizer = new SpanSharp(options, generator);
            return () => optimizer.Maximize(objective, starts, box).Dispose();
        }

        Assert.InRange(Allocation.PerIteration(Search, 100, 4000), double.MinValue, Allocation.SmallestObject / 2);
    }
}
