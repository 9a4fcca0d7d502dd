using System.Text.Json;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Certification.Tests;

/// <summary>That what is called proven is true, whatever the scale, by exact arithmetic.</summary>
public sealed class SoundnessTests
{
    static OptimumCertificate Certify(ReluNetwork network, Box box, long maxNodes = 200_000) =>
        new OptimumCertifier(new() { MaxNodes = maxNodes }, TimeProvider.System).Certify(network, box);

    static Box Cube(ReluNetwork network, double scale = 1) =>
        Box.Between(-scale, scale, zeros(1, network.Inputs, dtype: network.Dtype));

    /// <summary>W and b of a layer times factors, in float64.</summary>
    static ReluLayer Times(ReluLayer layer, double weight, double bias) =>
        new(layer.Weight.to(ScalarType.Float64) * weight, layer.Bias.to(ScalarType.Float64) * bias);

    /// <summary>Networks on which bounds in ordinary arithmetic are below values that are attained.</summary>
    static (ReluNetwork Network, Box Box, double[]? Witness) Witness(string name)
    {
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "golden", "unsound.json")));
        var entry = file.RootElement.EnumerateArray().Single(each => each.GetProperty("name").GetString() == name);
        var layers = entry.GetProperty("layers").EnumerateArray().Select(layer => new ReluLayer(
            tensor(layer[0].EnumerateArray().SelectMany(Numbers).ToArray(), [layer[0].GetArrayLength(), layer[0][0].GetArrayLength()]),
            tensor(Numbers(layer[1]))));
        var (lower, upper) = (Numbers(entry.GetProperty("lower")), Numbers(entry.GetProperty("upper")));
        var witness = entry.TryGetProperty("witness", out var point) && point.ValueKind == JsonValueKind.Array ? Numbers(point) : null;
        return (new([.. layers]), new(tensor(lower).unsqueeze(0), tensor(upper).unsqueeze(0)), witness);
    }

    static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    [Theory]
    [InlineData("u36_half_30")]
    [InlineData("h5_30")]
    [InlineData("r5")]
    public void Certify_Witness_IsProvenAndHoldsExactly(string name)
    {
        using var scope = NewDisposeScope();
        var (network, box, witness) = Witness(name);

        var certificate = Certify(network, box);

        Assert.True(certificate.Proven, $"gap {certificate.Gap} after {certificate.Nodes} nodes");
        Assert.True(certificate.UpperBound >= Dyadic.Output(network, witness ?? certificate.X));
        Assert.True(certificate.UpperBound >= Dyadic.Output(network, certificate.X));
    }

    [Fact]
    public void Certify_WeightsThatCancel_BoundHoldsAndEnds()
    {
        using var scope = NewDisposeScope();
        var (network, box, witness) = Witness("S=1e+07 #2");

        var certificate = Certify(network, box);

        Assert.True(certificate.UpperBound >= Dyadic.Output(network, witness ?? certificate.X));
        Assert.True(certificate.UpperBound >= Dyadic.Output(network, certificate.X));
        Assert.True(certificate.Nodes < 200_000);
    }

    [Theory]
    [InlineData(2, 6, 6)]
    [InlineData(4, 8)]
    [InlineData(3, 4, 4, 4)]
    public void Certify_RandomNetworks_NoPointExceedsTheBound(int inputs, params int[] hidden)
    {
        for (var seed = 0UL; seed < 100; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(
                generator, seed % 2 == 0 ? ScalarType.Float32 : ScalarType.Float64, [inputs, .. hidden.Select(units => (long)units), 1]);

            var certificate = Certify(network, Cube(network));

            Assert.True(certificate.Proven, $"seed {seed}");
            Assert.True(certificate.UpperBound >= Dyadic.Output(network, certificate.X), $"seed {seed}");
        }
    }

    /// <summary>Pairs of neurons that nearly cancel, with weights of 10⁵ to 10⁸.</summary>
    [Fact]
    public void Certify_RandomNetworksThatCancel_NoPointExceedsTheBound()
    {
        for (var seed = 0UL; seed < 24; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var size = Math.Pow(10, 5 + (seed % 4));
            var drawn = RandomProblem.Network(generator, ScalarType.Float64, 3, 5, 1);
            var ((first, bias), top) = ((drawn.Layers[0].Weight, drawn.Layers[0].Bias), drawn.Layers[1].Weight);
            var network = new ReluNetwork(
            [
                new(cat([first, first + (RandomProblem.Points(generator, ScalarType.Float64, 5, 3) / size)]), cat([bias, bias])),
                new(cat([top * size, -top * size], 1), drawn.Layers[1].Bias),
            ]);

            var certificate = Certify(network, Cube(network), maxNodes: 5000);

            Assert.True(certificate.UpperBound >= Dyadic.Output(network, certificate.X), $"seed {seed}");
        }
    }

    [Theory]
    [InlineData(30)]
    [InlineData(-30)]
    [InlineData(200)]
    public void Certify_InputsOrWeightsScaled_IsTheSameProof(int exponent)
    {
        var (scale, inverse) = (Math.ScaleB(1, exponent), Math.ScaleB(1, -exponent));
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, 4, 8, 6, 1);
            var layers = network.Layers;
            var plain = Certify(network, Cube(network));

            var inputs = Certify(
                new([Times(layers[0], inverse, 1), layers[1], layers[2]]), Cube(network, scale));
            var weights = Certify(
                new([Times(layers[0], scale, scale), Times(layers[1], 1, scale), Times(layers[2], inverse, 1)]), Cube(network));

            Assert.True(plain.Proven);
            Assert.Equal((plain.Value, plain.UpperBound, plain.Nodes), (inputs.Value, inputs.UpperBound, inputs.Nodes));
            Assert.Equal(plain.X, inputs.X.Select(x => x * inverse));
            Assert.Equal((plain.Value, plain.UpperBound, plain.Nodes), (weights.Value, weights.UpperBound, weights.Nodes));
            Assert.Equal(plain.X, weights.X);
        }
    }

    [Fact]
    public void Certify_NetworkOverflows_IsNotProven()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 2, 4, 4, 1);
        var overflowing = new ReluNetwork([.. network.Layers.Select(layer => Times(layer, 1e200, 1))]);

        var certificate = Certify(overflowing, Cube(network));

        Assert.False(certificate.Proven);
        Assert.Equal(double.PositiveInfinity, certificate.UpperBound);
        Assert.False(double.IsNaN(certificate.Value));
    }

    [Theory]
    [InlineData(4, 4, 4, 4)]
    [InlineData(4, 8, 8, 8)]
    [InlineData(8, 12, 12)]
    [InlineData(6, 24)]
    [InlineData(3, 6, 6, 6, 6)]
    public void Certify_FewNeurons_IsProvenInFewNodes(int inputs, params int[] hidden)
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, [inputs, .. hidden.Select(units => (long)units), 1]);

            var certificate = Certify(network, Cube(network), maxNodes: 20_000);

            Assert.True(certificate.Proven, $"seed {seed}: gap {certificate.Gap} after {certificate.Nodes} nodes");
        }
    }
}
