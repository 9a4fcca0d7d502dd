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
