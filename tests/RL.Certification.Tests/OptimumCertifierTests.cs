using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Certification.Tests;

public sealed class OptimumCertifierTests
{
    static OptimumCertificate Certify(ReluNetwork network, CertifierOptions? options = null, Tensor? candidates = null)
    {
        var like = zeros(1, network.Inputs, dtype: network.Dtype);
        return new OptimumCertifier(options ?? new(), TimeProvider.System).Certify(network, Box.Between(-1, 1, like), candidates);
    }

    static double LargestSample(ReluNetwork network, Generator generator) =>
        ((IReluNetwork)network).Forward(RandomProblem.Points(generator, network.Dtype, 20_000, network.Inputs)).max().ToDouble();

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(6, 6)]
    [InlineData(16, 16)]
    [InlineData(8, 8, 8)]
    public void Certify_TwoInputs_IsTheMaximumOverAllLinearRegions(params int[] hidden)
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, [2, .. hidden.Select(units => (long)units), 1]);

            var certificate = Certify(network);

            var exact = ExactMaximum.Of(network);
            Assert.True(certificate.Proven, $"seed {seed}");
            Assert.InRange(certificate.Value, exact - (2e-6 * Math.Max(1, Math.Abs(exact))), exact + 1e-9);
            Assert.True(certificate.UpperBound >= exact - 1e-9, $"seed {seed}: {certificate.UpperBound} < {exact}");
        }
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(1000.0)]
    [InlineData(double.PositiveInfinity)]
    public void SearchTree_EveryWayOfBranching_FindsTheSameMaximum(double neuronWeight)
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, 2, 10, 6, 1);
            var problem = ScaledProblem.TryCreate(network.Layers, [-1, -1], [1, 1])!;
            var incumbent = new Incumbent(problem);
            var tree = new SearchTree(
                problem, new NodeBounds(problem, problem.Network.Units[^1]), incumbent, neuronWeight, 1e-6, 1000);

            while (!tree.IsClosed && tree.Nodes < 20_000)
            {
                tree.Expand();
            }

            Assert.True(tree.IsClosed, $"seed {seed}: {incumbent.Value} to {tree.UpperBound} after {tree.Nodes} nodes");
            Assert.Equal(ExactMaximum.Of(network), incumbent.Value, 5e-5);
        }
    }

    [Theory]
    [InlineData(3, 16, 16)]
    [InlineData(4, 32)]
    [InlineData(4, 16, 16, 16)]
    [InlineData(6, 24, 24)]
    [InlineData(24, 12)]
    public void Certify_RandomNetworks_ProvesWhatNoSampleOrOptimiserExceeds(int inputs, params int[] hidden)
    {
        for (var seed = 0UL; seed < 3; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(
                generator, ScalarType.Float32, [inputs, .. hidden.Select(units => (long)units), 1]);
            var start = zeros(1, inputs);
            var sharp = InputOptimizerCatalog.Create("sharp", 500, generator);
            var found = sharp.Maximize(new(network), start, Box.Between(-1, 1, start));

            var certificate = Certify(network);

            var rounding = 1e-5 * Math.Max(1, Math.Abs(certificate.Value));
            Assert.True(certificate.Proven, $"seed {seed}: gap {certificate.Gap} after {certificate.Nodes} nodes");
            Assert.True(certificate.UpperBound + rounding >= Math.Max(LargestSample(network, generator), found.Value.ToDouble()));
            Assert.All(certificate.X, x => Assert.InRange(x, -1, 1));
            var at = tensor(certificate.X).to(ScalarType.Float32).reshape(1, inputs);
            Assert.Equal(certificate.Value, ((IReluNetwork)network).Forward(at).ToDouble(), rounding);
        }
    }

    public static TheoryData<string> Boxes => BoundsGoldenTests.Boxes;

    [Theory, MemberData(nameof(Boxes))]
    public void Certify_OneNode_BoundIsNoLooserThanCrownAndIntervals(string name)
    {
        using var scope = NewDisposeScope();
        var golden = BoundsGolden.Json("bounds.json").GetProperty(name);
        var graph = BoundsGolden.Network(golden.GetProperty("net").GetString()!);
        var (lower, upper) = (golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());
        var layers = graph.Nodes.Where(node => node.Kind == NodeKind.Linear).ToArray();
        foreach (var sign in new[] { 1, -1 })
        {
            var network = new ReluNetwork([.. layers.Select(node => (node, Sign: node == layers[^1] ? sign : 1)).Select(layer => new ReluLayer(
                layer.Sign * tensor(layer.node.Weight, [layer.node.Channels, layer.node.Weight.Length / layer.node.Channels]), layer.Sign * tensor(layer.node.Bias)))]);

            var certificate = new OptimumCertifier(new() { MaxNodes = 1 }, TimeProvider.System).Certify(network, new(tensor(lower).unsqueeze(0), tensor(upper).unsqueeze(0)));

            foreach (var method in new[] { "crown", "ibp" })
            {
                var bounds = golden.Range(method);
                var bound = sign > 0 ? bounds.Upper[0] : -bounds.Lower[0];
                Assert.True(certificate.UpperBound <= bound + (1e-9 * Math.Abs(bound)), $"{method}, {sign}: {certificate.UpperBound}, reference {bound}");
            }
        }
    }

    [Fact]
    public void Certify_NodesRunOut_GivesAnUpperBoundAndTheGap()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 10, 64, 64, 1);

        var few = Certify(network, new() { MaxNodes = 100 });
        var more = Certify(network, new() { MaxNodes = 5000 });

        Assert.False(more.Proven);
        Assert.InRange(few.Nodes, 100, 101);
        Assert.Equal(few.UpperBound - few.Value, few.Gap);
        Assert.True(more.UpperBound < few.UpperBound);
        Assert.True(more.UpperBound >= LargestSample(network, generator));
    }

    [Fact]
    public void Certify_SecondsRunOut_Stops()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 10, 64, 64, 1);

        var certificate = Certify(network, new() { MaxSeconds = 0 });

        Assert.False(certificate.Proven);
        Assert.True(certificate.Gap > 0);
    }

    [Fact]
    public void Certify_Twice_IsTheSameBitForBit()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 8, 24, 24, 1);

        var first = Certify(network, new() { MaxNodes = 8000 });
        var second = Certify(network, new() { MaxNodes = 8000 });

        Assert.Equal(first.X, second.X);
        Assert.Equal((first.Value, first.UpperBound, first.Nodes), (second.Value, second.UpperBound, second.Nodes));
    }

    [Fact]
    public void Certify_FewOpenNodesAllowed_ProvesTheSame()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 5, 24, 24, 1);

        var bestFirst = Certify(network);
        var depthFirst = Certify(network, new() { MaxOpenNodes = 3 });

        Assert.True(bestFirst.Proven && depthFirst.Proven);
        Assert.Equal(bestFirst.Value, depthFirst.Value, 1e-4);
    }

    [Fact]
    public void Certify_Candidates_AreProjectedAndNeverMadeWorse()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 10, 32, 32, 1);
        var candidates = RandomProblem.Points(generator, ScalarType.Float32, 5, 10) * 2;

        var certificate = Certify(network, new() { MaxNodes = 10 }, candidates);

        Assert.True(certificate.Value >= ((IReluNetwork)network).Forward(candidates.clamp(-1, 1)).max().ToDouble() - 1e-4);
        Assert.All(certificate.X, x => Assert.InRange(x, -1, 1));
    }

    [Fact]
    public void Certify_FixedInputs_IsTheMaximumOverTheOthers()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 4, 16, 8, 1);
        var state = RandomProblem.Points(generator, ScalarType.Float64, 1, 2);
        var first = network.Layers[0];
        var folded = new ReluNetwork(
            [new(first.Weight.narrow(1, 2, 2).contiguous(), first.Weight.narrow(1, 0, 2).matmul(state.flatten()) + first.Bias),
            .. network.Layers.Skip(1)]);

        var certificate = Certify(network.Given(state));

        Assert.True(certificate.Proven);
        Assert.Equal(ExactMaximum.Of(folded), certificate.Value, 1e-5);
    }

    [Fact]
    public void Certify_BoxIsAPoint_IsTheValueThere()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 3, 16, 8, 1);
        var point = RandomProblem.Points(generator, ScalarType.Float64, 1, 3);

        var certificate = new OptimumCertifier(new(), TimeProvider.System).Certify(network, new(point, point));

        Assert.True(certificate.Proven);
        Assert.Equal(((IReluNetwork)network).Forward(point).ToDouble(), certificate.Value, 1e-12);
    }

    [Fact]
    public void Certify_BadInput_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 3, 8, 1);
        var box = Box.Between(-1, 1, zeros(1, 3));
        var certifier = new OptimumCertifier(new(), TimeProvider.System);

        Error.Says(
            () => certifier.Certify(RandomProblem.Network(generator, ScalarType.Float32, 3, 8, 2), box),
            "2 outputs", "allowed: 1 output");
        Error.Says(() => certifier.Certify(RandomProblem.Network(generator, ScalarType.Float32, 3, 1), box), "0 ReLU layers");
        Error.Says(
            () => certifier.Certify(RandomProblem.Network(generator, ScalarType.Float32, 4, 8, 1).Given(zeros(5, 1)), box),
            "5 problems");
        Error.Says(() => certifier.Certify(network, Box.Between(-1, 1, zeros(1, 4))), "Box.Lower", "[4]", "[3]");
        Error.Says(() => certifier.Certify(network, Box.Between(double.NegativeInfinity, 1, zeros(1, 3))), "Box.Lower", "finite");
        Error.Says(() => certifier.Certify(network, box, zeros(2, 4)), "Candidates", "[2×4]", "[S×3]");
        network.Layers[1].Bias.fill_(double.NaN);
        Error.Says(() => certifier.Certify(network, box), "bias of layer 2", "finite");
        Error.Says(() => new OptimumCertifier(new() { Tolerance = 0 }, TimeProvider.System), "Tolerance", "1E-09");
    }
}
