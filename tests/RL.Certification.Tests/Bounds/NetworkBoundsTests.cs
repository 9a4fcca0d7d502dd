using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Certification.Tests;

/// <summary>What bounds promise, on tiny networks of every kind of layer, activation and method.</summary>
public sealed class NetworkBoundsTests
{
    static readonly BoundMethod[] _methods = Enum.GetValues<BoundMethod>();

    public static TheoryData<string, string, Arithmetic> Networks => TinyNetworks.All;

    public static TheoryData<string> Functions => [.. TinyNetworks.Functions.Keys];

    [Theory, MemberData(nameof(Networks))]
    public void Bound_EveryLayerActivationAndMethod_HoldsAtSamplesAndIsNoLooserThanIntervals(string layers, string function, Arithmetic arithmetic)
    {
        for (var seed = 0; seed < 2; seed++)
        {
            var random = new Draws((ulong)seed);
            var graph = TinyNetworks.Of(layers, TinyNetworks.Functions[function], random);
            foreach (var radius in new[] { 0, 1e-9, 0.2, 4 })
            {
                var centre = random.Uniform(graph.Inputs, 1);
                double[] lower = [.. centre.Select(x => x - radius)], upper = [.. centre.Select(x => x + radius)];
                var rows = new OutputRows(random.Uniform(3 * graph.Outputs, 1), random.Uniform(3, 1));
                var bounds = Array.ConvertAll(
                    _methods, method => new NetworkBounds(graph, new() { Method = method, Arithmetic = arithmetic, Steps = 3 }).Bound(lower, upper, rows));
                AssertHolds(graph, lower, upper, rows, bounds, random);
                for (var row = 0; row < rows.Count; row++)
                {
                    Assert.All(bounds, each => Assert.InRange(each.Upper[row] - each.Lower[row], 0, bounds[0].Upper[row] - bounds[0].Lower[row]));
                    if (radius == 0)
                    {
                        Assert.InRange(bounds[2].Upper[row] - bounds[2].Lower[row], 0, arithmetic == Arithmetic.Exact ? 1e-9 : 0.2);
                    }
                }
            }
        }
    }

    [Fact]
    public void Bound_RandomReluNetworks_ContainTheExactRange()
    {
        for (var seed = 0; seed < 40; seed++)
        {
            var random = new Draws((ulong)seed);
            var graph = TinyNetworks.Layered(random, 2, [4, 4], ActivationFunction.Relu, outputs: 1);
            double[] lower = [-1, -0.5], upper = [0.5, 1];
            var (least, most) = ExtremesOnGrid(graph, lower, upper);
            foreach (var method in _methods)
            {
                var bounds = new NetworkBounds(graph, new() { Method = method }).Bound(lower, upper);
                Assert.True(bounds.Lower[0] <= least && bounds.Upper[0] >= most, $"seed {seed}, {method}");
            }
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(8, 0)]
    [InlineData(0, 8)]
    [InlineData(8, 8)]
    public void Bound_NumbersOfAllSizes_HoldByExactArithmetic(int weightDigits, int inputDigits)
    {
        using var scope = NewDisposeScope();
        for (var seed = 0UL; seed < 60; seed++)
        {
            var random = new Draws(seed);
            double[] Mixed(int count, int digits) => [.. random.Uniform(count, 1).Select(x => x * Math.Pow(10, random.Next(-digits, digits + 1)))];
            var network = new ReluNetwork([
                new(tensor(Mixed(6 * 2, weightDigits), [6, 2]), tensor(Mixed(6, weightDigits))),
                new(tensor(Mixed(6 * 6, weightDigits), [6, 6]), tensor(Mixed(6, weightDigits))),
                new(tensor(Mixed(6, weightDigits), [1, 6]), tensor(Mixed(1, weightDigits)))]);
            var (lower, widths) = (Mixed(2, inputDigits), Mixed(2, inputDigits));
            double[] upper = [.. lower.Select((l, d) => (seed % 3) switch { 0 => l, 1 => Math.BitIncrement(l), _ => l + Math.Abs(widths[d]) })];
            Dyadic[] values = [.. Enumerable.Range(0, 12).Select(sample => Dyadic.Output(network, [.. lower.Select((l, d) => sample < 4
                ? ((sample >> d & 1) == 0 ? l : upper[d])
                : Math.Clamp(l + (random.NextDouble() * (upper[d] - l)), l, upper[d]))]))];
            foreach (var method in _methods)
            {
                var bounds = new NetworkBounds(NetworkGraph.Of(network), new() { Method = method }).Bound(lower, upper);
                Assert.All(values, value => Assert.True(value >= bounds.Lower[0] && value <= bounds.Upper[0], $"seed {seed}, {method}"));
            }
        }
    }

    [Theory, MemberData(nameof(Functions))]
    public void Lines_OfEveryActivation_AreAboveAndBelowIt(string name)
    {
        var function = TinyNetworks.Functions[name];
        var random = new Draws(1);
        double[] slopes = new double[9], offsets = new double[9];
        for (var trial = 0; trial < 3000; trial++)
        {
            var scale = Math.Pow(10, (random.NextDouble() * 6) - 4);
            var l = ((random.NextDouble() * 2) - 1) * scale;
            var u = l + (random.NextDouble() * scale);
            foreach (var isUpper in new[] { true, false })
            {
                var place = isUpper ? ActivationLines.Upper(function, l, u, slopes, offsets) : ActivationLines.Lower(function, l, u, slopes, offsets);
                Assert.InRange(place, 0, 1);
                for (var i = 0; i < 40; i++)
                {
                    var z = i == 0 ? l : i == 1 ? u : Math.Clamp(l + (random.NextDouble() * (u - l)), l, u);
                    for (var line = 0; line < slopes.Length; line++)
                    {
                        var above = slopes[line] * z + offsets[line] - function.Value(z);
                        // The line and σ are rounded here, not there.
                        Assert.True((isUpper ? above : -above) >= -4e-16 * (1 + Math.Abs(z) * (1 + Math.Abs(slopes[line]))), $"{name} on [{l}, {u}] at {z}: {above}");
                    }
                }
            }
        }
    }

    [Theory, MemberData(nameof(Functions))]
    public void Bound_SmallBoxes_AreNearlyTheRange(string name)
    {
        var random = new Draws(5);
        var graph = TinyNetworks.Layered(random, 5, [16, 16], TinyNetworks.Functions[name], outputs: 2);
        var (mine, attack) = (0.0, 0.0);
        for (var trial = 0; trial < 10; trial++)
        {
            var centre = random.Uniform(5, 1);
            double[] lower = [.. centre.Select(x => x - 0.0625)], upper = [.. centre.Select(x => x + 0.0625)];
            var bounds = new NetworkBounds(graph, new() { Method = BoundMethod.Alpha }).Bound(lower, upper);
            var values = Enumerable.Range(0, 32).Select(corner => graph.Evaluate([.. lower.Select((l, d) => (corner >> d & 1) == 0 ? l : upper[d])])).ToArray();
            for (var k = 0; k < 2; k++)
            {
                mine += bounds.Upper[k] - bounds.Lower[k];
                attack += values.Max(y => y[k]) - values.Min(y => y[k]);
            }
        }
        Assert.InRange(mine / attack, 1 - 1e-9, 1.3);
    }

    [Fact]
    public void Bound_RowsTogetherOrApart_ChangesNoBit()
    {
        var random = new Draws(3);
        var graph = TinyNetworks.Of("residual", ActivationFunction.Relu, random);
        var centre = random.Uniform(graph.Inputs, 1);
        double[] lower = [.. centre.Select(x => x - 0.3)], upper = [.. centre.Select(x => x + 0.3)];
        var rows = new OutputRows(random.Uniform(5 * graph.Outputs, 1), new double[5]);
        foreach (var method in _methods)
        {
            var engine = new NetworkBounds(graph, new() { Method = method });
            var together = engine.Bound(lower, upper, rows);
            for (var row = 4; row >= 0; row--)
            {
                var apart = engine.Bound(lower, upper, new(rows.Coefficients[(row * graph.Outputs)..((row + 1) * graph.Outputs)], [0]));
                Assert.Equal((together.Lower[row], together.Upper[row]), (apart.Lower[0], apart.Upper[0]));
            }
        }
    }

    [Fact]
    public void Bound_NeuronsScaledByPowersOfTwo_AreTheSame()
    {
        var random = new Draws(8);
        var (first, bias, second) = (random.Uniform(6 * 3, 1), random.Uniform(6, 1), random.Uniform(2 * 6, 1));
        NetworkGraph Of(int power)
        {
            var graph = new NetworkGraph(3);
            double[] Scaled(double[] numbers, int by) => [.. numbers.Select(number => Math.ScaleB(number, by))];
            graph.Linear(0, Scaled(first, power), Scaled(bias, power));
            graph.Linear(graph.Activation(graph.Last, ActivationFunction.Relu), Scaled(second, -power), [0.5, -0.5]);
            return graph;
        }
        foreach (var method in _methods)
        {
            var expected = new NetworkBounds(Of(0), new() { Method = method }).Bound([-1, -1, -1], [1, 1, 1]);
            var actual = new NetworkBounds(Of(30), new() { Method = method }).Bound([-1, -1, -1], [1, 1, 1]);
            Assert.All(expected.Lower.Zip(actual.Lower), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
            Assert.All(expected.Upper.Zip(actual.Upper), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
        }
    }

    [Theory]
    [InlineData(1e200)]
    [InlineData(1e308)]
    public void Bound_NumbersThatOverflow_AreInfiniteAndNeverNaN(double weight)
    {
        var graph = new NetworkGraph(2);
        graph.Linear(0, [weight, -weight, weight, weight], [0, 0]);
        graph.Linear(graph.Activation(graph.Last, ActivationFunction.Relu), [weight, -weight], [0]);
        foreach (var method in _methods)
        {
            var bounds = new NetworkBounds(graph, new() { Method = method }).Bound([-1e30, -1e30], [1e30, 1e30]);
            Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (bounds.Lower[0], bounds.Upper[0]));
        }
    }

    [Fact]
    public void Bound_InfiniteBox_SaysThatNothingIsKnown()
    {
        var graph = TinyNetworks.Layered(new Draws(1), 2, [3], ActivationFunction.Relu, outputs: 1);
        var bounds = new NetworkBounds(graph, new()).Bound([double.NegativeInfinity, 0], [double.PositiveInfinity, 0]);
        Assert.Equal((double.NegativeInfinity, double.PositiveInfinity), (bounds.Lower[0], bounds.Upper[0]));
    }

    [Fact]
    public void Bound_AllDeadOrAllActive_IsExact()
    {
        foreach (var (shift, expected) in new[] { (-10.0, (0.5, 0.5)), (10.0, (18.5, 22.5)) })
        {
            var graph = new NetworkGraph(2);
            graph.Linear(0, [1, 0, 0, 1], [shift, shift]);
            graph.Linear(graph.Activation(graph.Last, ActivationFunction.Relu), [1, 1], [0.5]);
            foreach (var method in _methods)
            {
                var bounds = new NetworkBounds(graph, new() { Method = method }).Bound([-1, -1], [1, 1]);
                Assert.Equal(expected.Item1, bounds.Lower[0], 1e-12);
                Assert.Equal(expected.Item2, bounds.Upper[0], 1e-12);
            }
        }
    }

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(0, double.NaN)]
    [InlineData(1, 0)]
    public void Bound_NoBox_IsRefused(double lower, double upper)
    {
        var graph = TinyNetworks.Layered(new Draws(1), 1, [2], ActivationFunction.Relu, outputs: 1);
        Assert.Contains("allowed", Assert.Throws<ArgumentException>(() => new NetworkBounds(graph, new()).Bound([lower], [upper])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NetworkGraph_WeightThatIsNoNumber_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new NetworkGraph(1).Linear(0, [double.NaN], [0]));

    [Fact]
    public void Scatter_OfIntegers_IsTheAdjointOfGather()
    {
        var random = new Draws(4);
        for (var trial = 0; trial < 50; trial++)
        {
            var kernel = new Kernel(random.Next(1, 4), random.Next(1, 4), random.Next(1, 3), random.Next(1, 3), random.Next(0, 2), random.Next(0, 2));
            var image = new NetworkGraph(random.Next(1, 4), random.Next(4, 8), random.Next(4, 8)).Nodes[0];
            var (height, width) = kernel.Output(image.Height, image.Width);
            Window places = new(height, width, 0, 0), whole = new(image.Height, image.Width, 0, 0);
            double[] Integers(int count) => [.. Enumerable.Range(0, count).Select(_ => (double)random.Next(-9, 10))];
            var h = Integers(image.Size);
            var v = Integers(height * width * kernel.Height * kernel.Width * image.Channels);
            double[] patches = new double[v.Length], back = new double[h.Length];
            Layers.Gather(h, whole, image, kernel, places, patches);
            Layers.Scatter(v, places, kernel, image, whole, back);
            Assert.Equal(v.Zip(patches, (a, b) => a * b).Sum(), back.Zip(h, (a, b) => a * b).Sum());
        }
    }

    [Theory]
    [InlineData(1, 3, 5)]
    [InlineData(7, 5, 8)]
    [InlineData(9, 17, 12)]
    [InlineData(16, 40, 16)]
    [InlineData(21, 33, 43)]
    public void Multiply_AnySize_IsThePlainProduct(int m, int k, int n)
    {
        var random = new Draws(2);
        var (a, b, c) = (random.Uniform(m * k, 1), random.Uniform(k * n, 1), new double[m * n]);
        MatrixProduct.Multiply(a, b, c, m, k, n);
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var expected = 0.0;
                for (var t = 0; t < k; t++)
                {
                    expected = Math.FusedMultiplyAdd(a[(i * k) + t], b[(t * n) + j], expected);
                }
                Assert.Equal(expected, c[(i * n) + j]);
            }
        }
    }

    static void AssertHolds(NetworkGraph graph, double[] lower, double[] upper, OutputRows rows, RowBounds[] bounds, Draws random)
    {
        for (var sample = 0; sample < 30; sample++)
        {
            double[] x = [.. lower.Select((l, d) => sample % 2 == 0
                ? (random.Next(2) == 0 ? l : upper[d])
                : Math.Clamp(l + (random.NextDouble() * (upper[d] - l)), l, upper[d]))];
            var y = graph.Evaluate(x);
            for (var row = 0; row < rows.Count; row++)
            {
                var value = rows.Constants[row] + y.Select((output, k) => output * rows.Coefficients[(row * y.Length) + k]).Sum();
                // The evaluation here is rounded too.
                var error = 1e-13 * (1 + y.Sum(Math.Abs));
                Assert.All(bounds, each => Assert.InRange(value, each.Lower[row] - error, each.Upper[row] + error));
            }
        }
    }

    static (double Least, double Most) ExtremesOnGrid(NetworkGraph graph, double[] lower, double[] upper)
    {
        const int steps = 60;
        var (least, most) = (double.PositiveInfinity, double.NegativeInfinity);
        for (var i = 0; i <= steps; i++)
        {
            for (var j = 0; j <= steps; j++)
            {
                var value = graph.Evaluate([lower[0] + ((upper[0] - lower[0]) * i / steps), lower[1] + ((upper[1] - lower[1]) * j / steps)])[0];
                (least, most) = (Math.Min(least, value), Math.Max(most, value));
            }
        }
        return (least, most);
    }
}
