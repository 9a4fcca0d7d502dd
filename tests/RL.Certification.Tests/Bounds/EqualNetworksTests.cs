namespace RL.Certification.Tests;

/// <summary>Networks that are the same function layer by layer, written in two ways, have the same bounds.</summary>
public sealed class EqualNetworksTests
{
    // Joint α's steps amplify rounding, so that these are the methods without steps.
    static readonly BoundMethod[] _methods = [BoundMethod.Interval, BoundMethod.Crown];

    public static TheoryData<string> Functions => [.. TinyNetworks.Functions.Keys];

    [Theory, MemberData(nameof(Functions))]
    public void Bound_ConvolutionsAsMatrices_AreTheSame(string name)
    {
        for (var seed = 0UL; seed < 6; seed++)
        {
            var random = new Draws(seed);
            var convolutions = new NetworkGraph(random.Next(1, 4), random.Next(5, 9), random.Next(5, 9));
            var matrices = new NetworkGraph(convolutions.Inputs);
            for (var layer = 0; layer < 3 && convolutions.Nodes[^1] is { Height: >= 3, Width: >= 3 }; layer++)
            {
                Append(convolutions, matrices, isPool: layer == 1 && seed % 2 == 0, random);
                convolutions.Activation(convolutions.Last, TinyNetworks.Functions[name]);
                matrices.Activation(matrices.Last, TinyNetworks.Functions[name]);
            }
            var (weight, bias) = (random.Uniform(2 * convolutions.Outputs, 1), random.Uniform(2, 1));
            convolutions.Linear(convolutions.Flatten(convolutions.Last), weight, bias);
            matrices.Linear(matrices.Last, weight, bias);
            var centre = random.Uniform(matrices.Inputs, 1);
            double[] lower = [.. centre.Select(x => x - 0.05)], upper = [.. centre.Select(x => x + 0.05)];

            AssertEqual(convolutions, lower, upper, matrices, lower, upper, 1e-9);
        }
    }

    [Theory, MemberData(nameof(Functions))]
    public void Bound_NeuronsInAnotherOrder_AreTheSame(string name)
    {
        for (var seed = 0UL; seed < 6; seed++)
        {
            var random = new Draws(seed);
            var (first, bias, second) = (random.Uniform(12 * 5, 1), random.Uniform(12, 0.5), random.Uniform(12 * 12, 1));
            var (secondBias, third) = (random.Uniform(12, 0.5), random.Uniform(2 * 12, 1));
            int[] order = [.. Enumerable.Range(0, 12).Select(k => (k, random.NextDouble())).OrderBy(pair => pair.Item2).Select(pair => pair.k)];
            var (lower, upper) = Box(random, 5);

            AssertEqual(
                Chain(name, first, bias, second, secondBias, third), lower, upper,
                Chain(
                    name, [.. order.SelectMany(k => first[(5 * k)..(5 * (k + 1))])], [.. order.Select(k => bias[k])],
                    [.. Enumerable.Range(0, 12).SelectMany(k => order.Select(j => second[(12 * k) + j]))], secondBias, third),
                lower, upper, 1e-12);
        }
    }

    [Theory, MemberData(nameof(Functions))]
    public void Bound_AMirroredInput_ChangesNoBit(string name)
    {
        for (var seed = 0UL; seed < 6; seed++)
        {
            var random = new Draws(seed);
            var (first, bias, second) = (random.Uniform(12 * 5, 1), random.Uniform(12, 0.5), random.Uniform(12 * 12, 1));
            var (secondBias, third) = (random.Uniform(12, 0.5), random.Uniform(2 * 12, 1));
            var (lower, upper) = Box(random, 5);
            double[] Mirrored(double[] x, double[] other) => [.. x.Select((number, d) => d == 2 ? -other[d] : number)];

            AssertEqual(
                Chain(name, first, bias, second, secondBias, third), lower, upper,
                Chain(name, [.. first.Select((w, i) => i % 5 == 2 ? -w : w)], bias, second, secondBias, third),
                Mirrored(lower, upper), Mirrored(upper, lower), 0, Enum.GetValues<BoundMethod>());
        }
    }

    /// <summary>Both sides' differences are at most so large a share of the width.</summary>
    static void AssertEqual(
        NetworkGraph one, double[] lower, double[] upper, NetworkGraph other, double[] otherLower, double[] otherUpper, double tolerance, BoundMethod[]? methods = null)
    {
        foreach (var method in methods ?? _methods)
        {
            var options = new BoundOptions { Method = method, Steps = 3 };
            var (expected, actual) = (new NetworkBounds(one, options).Bound(lower, upper), new NetworkBounds(other, options).Bound(otherLower, otherUpper));
            for (var k = 0; k < expected.Lower.Length; k++)
            {
                var room = tolerance * (expected.Upper[k] - expected.Lower[k]);
                Assert.InRange(actual.Lower[k], expected.Lower[k] - room, expected.Lower[k] + room);
                Assert.InRange(actual.Upper[k], expected.Upper[k] - room, expected.Upper[k] + room);
            }
        }
    }

    /// <summary>Appends a random convolution or pool, and to the other network the matrix of what it does.</summary>
    static void Append(NetworkGraph convolutions, NetworkGraph matrices, bool isPool, Draws random)
    {
        var from = convolutions.Nodes[^1];
        var alone = new NetworkGraph(from.Channels, from.Height, from.Width);
        if (isPool)
        {
            Array.ForEach([alone, convolutions], graph => graph.AveragePool(graph.Last, (2, 2), (1, 2), (1, 0)));
        }
        else
        {
            (int Rows, int Columns) size = (random.Next(1, 4), random.Next(1, 4)), stride = (random.Next(1, 3), random.Next(1, 3));
            var padding = (size.Rows > 1 ? random.Next(2) : 0, size.Columns > 1 ? random.Next(2) : 0);
            var channels = random.Next(1, 5);
            var (weight, bias) = (random.Uniform(channels * from.Channels * size.Rows * size.Columns, 1), random.Uniform(channels, 0.5));
            Array.ForEach([alone, convolutions], graph => graph.Convolution(graph.Last, weight, bias, size, stride, padding));
        }
        var zero = alone.Evaluate(new double[alone.Inputs]);
        var matrix = new double[alone.Outputs * alone.Inputs];
        for (var i = 0; i < alone.Inputs; i++)
        {
            var unit = new double[alone.Inputs];
            unit[i] = 1;
            var column = alone.Evaluate(unit);
            for (var k = 0; k < column.Length; k++)
            {
                matrix[(k * alone.Inputs) + i] = column[k] - zero[k];
            }
        }
        matrices.Linear(matrices.Last, matrix, zero);
    }

    static NetworkGraph Chain(string name, double[] first, double[] bias, double[] second, double[] secondBias, double[] third)
    {
        var graph = new NetworkGraph(5);
        graph.Activation(graph.Linear(0, first, bias), TinyNetworks.Functions[name]);
        graph.Activation(graph.Linear(graph.Last, second, secondBias), TinyNetworks.Functions[name]);
        graph.Linear(graph.Last, third, [0, 0]);
        return graph;
    }

    static (double[] Lower, double[] Upper) Box(Draws random, int inputs)
    {
        var lower = random.Uniform(inputs, 1);
        return (lower, [.. lower.Select(l => l + (0.3 * random.NextDouble()))]);
    }
}
