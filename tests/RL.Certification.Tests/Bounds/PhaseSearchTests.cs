namespace RL.Certification.Tests;

/// <summary>Branch and bound over phases: as tight as it is asked to be, and never above a value that is attained.</summary>
public sealed class PhaseSearchTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void LowerBounds_TinyNetworks_ReachEveryTargetBelowTheMinimum(double leftSlope)
    {
        for (var seed = 0UL; seed < 25; seed++)
        {
            var random = new Draws(seed);
            var graph = Network(random, ActivationFunction.LeakyRelu(leftSlope));
            double[] lower = [-1, -0.5], upper = [0.5, 1];
            var rows = new OutputRows(random.Uniform(3 * 2, 1), random.Uniform(3, 1));
            var minima = Minima(graph, lower, upper, rows);
            double[] targets = [.. minima.Select(minimum => minimum - 0.02)];
            double[] nothing = [double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity];

            var bounds = new PhaseSearch(graph, new() { MaxNodes = 4000 }, TimeProvider.System).LowerBounds(lower, upper, rows, nothing, targets);

            for (var row = 0; row < rows.Count; row++)
            {
                Assert.True(bounds[row] > targets[row], $"seed {seed}, row {row}: {bounds[row]}, minimum {minima[row]}");
                Assert.True(bounds[row] <= minima[row] + 1e-12, $"seed {seed}, row {row}: {bounds[row]}, minimum {minima[row]}");
            }
        }
    }

    [Fact]
    public void LowerBounds_AnyLimit_AreNoWorseThanTheRootAndHold()
    {
        for (var seed = 100UL; seed < 110; seed++)
        {
            var random = new Draws(seed);
            var graph = Network(random, ActivationFunction.Relu);
            double[] lower = [-2, -2], upper = [2, 2];
            var rows = OutputRows.Each(2);
            var minima = Minima(graph, lower, upper, rows);
            var root = new NetworkBounds(graph, new() { Method = BoundMethod.Alpha, Steps = 10 }).Bound(lower, upper, rows).Lower;
            foreach (var nodes in new[] { 1, 8, 64 })
            {
                double[] targets = [1e9, 1e9];
                var bounds = new PhaseSearch(graph, new() { MaxNodes = nodes }, TimeProvider.System).LowerBounds(lower, upper, rows, root, targets);
                Assert.All(bounds.Zip(root), pair => Assert.True(pair.First >= pair.Second));
                Assert.All(bounds.Zip(minima), pair => Assert.True(pair.First <= pair.Second + 1e-12));
            }
        }
    }

    public static TheoryData<string, string, Arithmetic> Networks => TinyNetworks.All;

    [Theory, MemberData(nameof(Networks))]
    public void LowerBounds_EveryLayerAndActivation_HoldAtSamplesAndAreNoWorseThanCrown(string layers, string function, Arithmetic arithmetic)
    {
        var random = new Draws(1);
        var graph = TinyNetworks.Of(layers, TinyNetworks.Functions[function], random);
        var centre = random.Uniform(graph.Inputs, 1);
        double[] lower = [.. centre.Select(x => x - 0.3)], upper = [.. centre.Select(x => x + 0.3)];
        var rows = new OutputRows(random.Uniform(2 * 2, 1), random.Uniform(2, 1));
        var root = new NetworkBounds(graph, new() { Method = BoundMethod.Crown, Arithmetic = arithmetic }).Bound(lower, upper, rows).Lower;

        var bounds = new PhaseSearch(graph, new() { Arithmetic = arithmetic, MaxNodes = 4, RootSteps = 1, Steps = 1 }, TimeProvider.System)
            .LowerBounds(lower, upper, rows, [.. root], [1e9, 1e9]);

        Assert.All(bounds.Zip(root), pair => Assert.True(pair.First >= pair.Second));
        for (var sample = 0; sample < 20; sample++)
        {
            double[] x = [.. lower.Select((l, d) => sample % 2 == 0
                ? (random.Next(2) == 0 ? l : upper[d])
                : Math.Clamp(l + (random.NextDouble() * (upper[d] - l)), l, upper[d]))];
            var y = graph.Evaluate(x);
            for (var row = 0; row < rows.Count; row++)
            {
                var value = rows.Constants[row] + (rows.Coefficients[2 * row] * y[0]) + (rows.Coefficients[(2 * row) + 1] * y[1]);
                // The evaluation here is rounded too.
                Assert.True(bounds[row] <= value + (1e-13 * (1 + y.Sum(Math.Abs))), $"row {row}: {bounds[row]}, attained {value}");
            }
        }
    }

    static NetworkGraph Network(Draws random, ActivationFunction function)
    {
        var graph = new NetworkGraph(2);
        graph.Activation(graph.Linear(0, random.Uniform(5 * 2, 1), random.Uniform(5, 0.5)), function);
        graph.Activation(graph.Linear(graph.Last, random.Uniform(5 * 5, 1), random.Uniform(5, 0.5)), function);
        graph.Linear(graph.Last, random.Uniform(2 * 5, 1), random.Uniform(2, 0.5));
        return graph;
    }

    static double[] Minima(NetworkGraph graph, double[] lower, double[] upper, OutputRows rows)
    {
        const int steps = 80;
        var minima = Enumerable.Repeat(double.PositiveInfinity, rows.Count).ToArray();
        for (var i = 0; i <= steps; i++)
        {
            for (var j = 0; j <= steps; j++)
            {
                var y = graph.Evaluate([lower[0] + ((upper[0] - lower[0]) * i / steps), lower[1] + ((upper[1] - lower[1]) * j / steps)]);
                for (var row = 0; row < minima.Length; row++)
                {
                    minima[row] = Math.Min(minima[row], rows.Constants[row] + (rows.Coefficients[2 * row] * y[0]) + (rows.Coefficients[(2 * row) + 1] * y[1]));
                }
            }
        }
        return minima;
    }
}
