using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>What SHARP promises beyond what every optimiser of the catalogue does.</summary>
public sealed class SharpTests
{
    [Theory]
    [InlineData(1, 6, 1)]
    [InlineData(7, 6, 3)]
    [InlineData(100, 6, 1)]
    [InlineData(100, 6, 250)]
    [InlineData(300, 10, 4)]
    [InlineData(3000, 10, 1)]
    [InlineData(1, 784, 1)]
    [InlineData(200, 784, 1)]
    [InlineData(500, 784, 9)]
    [InlineData(40, 784, 100)]
    [InlineData(3000, 128, 1)]
    [InlineData(100, 128, 1)]
    [InlineData(50, 128, 90)]
    public void Plan_AnyBudget_SpendsNoMoreAndAlmostAllOfIt(int passes, int inputs, int given)
    {
        var plan = SharpPlan.For(new() { Passes = passes }, inputs, given, walks: inputs is 6 or 128);

        var rungs = plan.Climb.Concat(plan.Polish).ToArray();
        var spent = rungs.Sum(rung => rung.Rows * rung.Steps) + (plan.Regions * plan.RegionPasses);
        Assert.InRange(spent, (passes * given) - rungs[^1].Rows, passes * given);
        Assert.Equal(rungs.Sum(rung => rung.Rows * rung.Steps), plan.RecordedPasses()[^1]);
        Assert.All(rungs.Zip(rungs.Skip(1)), pair => Assert.True(pair.Second.Rows <= pair.First.Rows));
        Assert.InRange(plan.Starts, given, passes * given);
    }

    [Theory]
    [InlineData(6, 300, 1)]
    [InlineData(6, 60, 100)]
    [InlineData(40, 300, 2)]
    public void Maximize_AnyPlan_CountsThePassesOfItsTrace(int inputs, int passes, int given)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var objective = new Objective(RandomProblem.Network(generator, ScalarType.Float32, inputs, 24, 24, 1));
        var starts = RandomProblem.Points(generator, ScalarType.Float32, 3 * given, inputs).reshape(3, given, inputs);
        var box = Box.Between(-1, 1, zeros(inputs));

        var found = new TensorSharp(new() { Passes = passes }, generator).Maximize(objective, starts, box, trace: true);

        Assert.InRange(found.GradientPasses + (found.Evaluations / 2), 1, (passes * given) + given);
        Assert.Equal(found.GradientPasses, found.Trace!.Passes[^1]);
        Assert.True(maximum(found.Trace.Values.amax([0]), found.StartValue).allclose(found.Value, 1e-5, 1e-5));
        Assert.True(box.Project(found.X).IsSameAs(found.X));
        Assert.True((bool)found.Gain.ge(0).all());
    }

    [Theory]
    [InlineData(6)]
    [InlineData(40)]
    public void Maximize_NoPasses_IsTheBestStart(int inputs)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, inputs, 24, 24, 1);
        var starts = RandomProblem.Points(generator, ScalarType.Float32, 6, inputs).reshape(2, 3, inputs);
        var box = Box.Between(-1, 1, zeros(inputs));
        foreach (var sharp in new IInputOptimizer[] { new Sharp(new() { Passes = 0 }, generator), new TensorSharp(new() { Passes = 0 }, generator) })
        {
            var found = sharp.Maximize(new(network), starts, box, trace: true);

            Assert.Equal(0, found.GradientPasses);
            Assert.True(found.Value.IsSameAs(found.StartValue));
            Assert.True(network.Forward(found.X).squeeze(1).allclose(network.Forward(starts.reshape(6, inputs)).reshape(2, 3).amax([1]), 1e-5, 1e-5));
        }
    }

    [Fact]
    public void Maximize_AnAffinePiece_FindsItsVertex()
    {
        // f(x) = w·x while the only unit is active, as it is in the whole box: the maximum is the vertex along w.
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var w = RandomProblem.Points(generator, ScalarType.Float64, 1, 6);
        var network = new ReluNetwork([new(w, ones(1, dtype: float64) * 10), new(ones(1, 1, dtype: float64), zeros(1, dtype: float64))]);
        var start = zeros(1, 6, dtype: float64);
        var box = Box.Between(-1, 1, start);
        foreach (var optimizer in new IInputOptimizer[] { new TensorSharp(new() { Passes = 40 }, generator), new SpanSharp(new() { Passes = 40 }, generator) })
        {
            Assert.True(optimizer.Maximize(new(network), start, box).X.IsSameAs(w.sign()));
        }
    }

    [Fact]
    public void Maximize_AnAffinePieceInABall_FindsItsPoint()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var w = RandomProblem.Points(generator, ScalarType.Float64, 1, 6);
        var network = new ReluNetwork([new(w, ones(1, dtype: float64) * 10), new(ones(1, 1, dtype: float64), zeros(1, dtype: float64))]);
        var ball = new EuclideanBall(zeros(1, 6, dtype: float64), 0.5);

        var found = new TensorSharp(new() { Passes = 60 }, generator).Maximize(new(network), zeros(1, 6, dtype: float64), ball);

        Assert.Equal((0.5 * w.norm().ToDouble()) + 10, found.Value.ToDouble(), 1e-6);
    }

    [Fact]
    public void Maximize_ARidgeAcrossTheAxes_EndsOnItsTop()
    {
        // f(x) = −Σᵢ sᵢ |uᵢ·(x − c)| with rotated axes u and slopes s from 1 to 100: gradients point across the ridges, never along them.
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        const int n = 5;
        var u = Orthogonal(RandomProblem.Points(generator, ScalarType.Float64, n, n));
        var slopes = tensor(new[] { 1.0, 3, 10, 30, 100 }).unsqueeze(1);
        var c = RandomProblem.Points(generator, ScalarType.Float64, 1, n) * 0.5;
        var rows = u * slopes;
        var b = rows.matmul(c.t()).squeeze(1);
        var network = new ReluNetwork([new(cat([rows, -rows]), cat([-b, b])), new(-ones(1, 2 * n, dtype: float64), zeros(1, dtype: float64))]);

        var start = zeros(1, n, dtype: float64);
        var box = Box.Between(-1, 1, start);
        var sharp = new TensorSharp(new() { Passes = 300 }, generator).Maximize(new(network), start, box);
        var annealed = InputOptimizerCatalog.Create("pgd-annealed", 300, generator).Maximize(new(network), start, box);

        Assert.InRange(sharp.Value.ToDouble(), -1e-2, 0);
        Assert.True(sharp.Value.ToDouble() > 0.02 * annealed.Value.ToDouble(), "no better than sign steps");
    }

    [Fact]
    public void SoftGates_NoSoftness_AreTheGradient()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 6, 16, 16, 3);
        var objective = new Objective(network, Score.AwayFrom(tensor(new long[] { 0, 1, 2, 0 })));
        var x = RandomProblem.Points(generator, ScalarType.Float64, 4, 6);

        var (values, gradient) = objective.ValuesAndGradient(x);
        var (hard, hardGradient) = SoftGates.ValuesAndGradient(objective, x, zeros(4, 1, dtype: float64));
        var (soft, softGradient) = SoftGates.ValuesAndGradient(objective, x, tensor(new[] { 0, 0.3, 0, 0.3 }).unsqueeze(1));

        Assert.True(hard.allclose(values, 1e-12, 1e-12));
        Assert.True(soft.allclose(values, 1e-12, 1e-12));
        Assert.True(hardGradient.allclose(gradient, 1e-10, 1e-12));
        Assert.True(softGradient.select(0, 2).allclose(gradient.select(0, 2), 1e-10, 1e-12));
        Assert.False(softGradient.select(0, 1).allclose(gradient.select(0, 1), 1e-3, 1e-6));
    }

    [Fact]
    public void SoftGates_OneLayer_AreSigmoidsOfTheScaledPreActivations()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 6, 16, 1);
        var x = RandomProblem.Points(generator, ScalarType.Float64, 2, 6);
        const double tau = 0.3;

        var gradient = SoftGates.ValuesAndGradient(new(network), x, ones(2, 1, dtype: float64) * tau).Gradient;

        var z = network.Layers[0].Apply(x);
        var gate = (z / (z.square().mean([1], keepdim: true).sqrt() * tau)).sigmoid();
        Assert.True(gradient.allclose((gate * network.Layers[1].Weight).matmul(network.Layers[0].Weight), 1e-10, 1e-12));
    }

    [Fact]
    public void SpaceDilation_Products_AreThoseOfTheMatrix()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        const int n = 4;
        var metric = new SpaceDilation(2.5, 3, zeros(1, n, dtype: float64));
        var matrix = Unit(n);
        var v = RandomProblem.Points(generator, ScalarType.Float64, 1, n);
        for (var i = 0; i < 3; i++)
        {
            var xi = RandomProblem.Points(generator, ScalarType.Float64, 1, n);
            xi = xi / xi.norm();
            metric.Dilate(xi);
            matrix = matrix.matmul(Unit(n) + (xi.t().matmul(xi) * ((1 / 2.5) - 1)));

            Assert.True(metric.Times(v).allclose(v.matmul(matrix.t()), 1e-12, 1e-12));
            Assert.True(metric.TransposedTimes(v).allclose(v.matmul(matrix), 1e-12, 1e-12));
        }

        // Full: the next one starts from the unit matrix.
        metric.Dilate(zeros(1, n, dtype: float64));
        Assert.True(metric.Times(v).allclose(v, 1e-12, 1e-12));
    }

    [Fact]
    public void Options_OutOfRange_SayWhatIsAllowed()
    {
        using var generator = new Generator(8);
        Error.Says(() => new TensorSharp(new() { Softness = -1 }, generator), "Softness", "-1");
        Error.Says(() => new TensorSharp(new() { Halving = 1 }, generator), "Halving", "1");
        Error.Says(() => new TensorSharp(new() { Passes = -1 }, generator), "Passes", "0");
    }

    /// <summary>The unit matrix.</summary>
    static Tensor Unit(int n) => tensor(Enumerable.Range(0, n * n).Select(i => i / n == i % n ? 1.0 : 0).ToArray(), [n, n]);

    /// <summary>An orthogonal matrix from the rows of another one (Gram and Schmidt).</summary>
    static Tensor Orthogonal(Tensor matrix)
    {
        var rows = new List<Tensor>();
        foreach (var i in Enumerable.Range(0, (int)matrix.shape[0]))
        {
            var row = matrix.select(0, i);
            foreach (var other in rows)
            {
                row = row - (other * (row * other).sum());
            }
            rows.Add(row / row.norm());
        }
        return stack(rows);
    }
}
