using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>What results say of their cost, against runs of the network that are counted.</summary>
public sealed class PassesTests
{
    const int Passes = 30;

    public static TheoryData<string> Names => [.. InputOptimizerCatalog.Entries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_ANetworkThatCounts_SaysHowOftenItRan(string name)
    {
        using var scope = NewDisposeScope();
        using var module = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3)).Drawn(1);
        var score = Score.AwayFrom(tensor(new long[] { 1 }));
        foreach (var starts in new[] { zeros(1, 6), zeros(1, 3, 6) })
        {
            var network = new CountingNetwork(new ReluModule(module, [6]));
            using var generator = new Generator(7);

            var found = InputOptimizerCatalog.Create(name, Passes, generator)
                .Maximize(new(network, score), starts, Box.Between(-1, 1, zeros(1, 6)));

            Assert.Equal(network.Rows, found.GradientPasses + found.Evaluations);
            Assert.Equal(StopReason.Passes, found.StopReason);
        }
    }

    /// <summary>A budget is one for each given start, in every method.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_ThreeStarts_CostsThreeTimesOne(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 16, 16, 1);
        foreach (var each in new IReluNetwork[] { network, new CountingNetwork(network) })
        {
            long Cost(Tensor starts)
            {
                using var seeded = new Generator(7);
                var found = InputOptimizerCatalog.Create(name, 60, seeded).Maximize(new(each), starts, Box.Between(-1, 1, zeros(1, 6)));
                // What SHARP spends on looking at regions is half a pass for each forward run.
                return found.GradientPasses + (name == "sharp" ? found.Evaluations / 2 : 0);
            }

            var (one, three) = (Cost(zeros(1, 6)), Cost(zeros(1, 3, 6)));
            Assert.InRange(three, name == "sharp" ? (3 * one) - 20 : 3 * one, name == "sharp" ? (3 * one) + 20 : 3 * one);
        }
    }

    /// <summary>On request, of every start what was found from it, for how many passes, and why it ended.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_PerStart_SaysWhatBecameOfEach(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 16, 16, 1);
        var starts = RandomProblem.Points(generator, ScalarType.Float32, 6, 6).reshape(2, 3, 6);
        foreach (var each in new IReluNetwork[] { network, new CountingNetwork(network) })
        {
            using var seeded = new Generator(7);
            var found = InputOptimizerCatalog.Create(name, 60, seeded)
                .Maximize(new(each), starts, Box.Between(-1, 1, zeros(1, 6)), limits: new() { PerStart = true });

            Assert.Equal(2, found.Starts!.Count);
            for (var problem = 0; problem < 2; problem++)
            {
                var results = found.Starts[problem];
                Assert.InRange(results.Count, 3, 180);
                Assert.Equal(found.GradientPasses, results.Sum(result => result.Passes));
                Assert.InRange(results.Max(result => result.Value), found.Value[problem].ToDouble() - 1e-3, found.Value[problem].ToDouble() + 1e-3);
                Assert.All(results, result => Assert.True(result.StopReason == StopReason.Passes || (name == "sharp" && result.StopReason == StopReason.Dropped)));
            }
        }
    }

    [Theory]
    [InlineData("sharp", true)]
    [InlineData("sharp", false)]
    [InlineData("pgd-annealed", true)]
    public void Maximize_PerStartWithATarget_SaysWhereItEnded(string name, bool onSpans)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 16, 16, 1);
        var starts = RandomProblem.Points(generator, ScalarType.Float32, 3, 6).reshape(1, 3, 6);
        var target = network.Forward(starts[0, 0].unsqueeze(0)).ToDouble() - 1e-4;

        var found = InputOptimizerCatalog.Create(name, 60, generator).Maximize(
            new(onSpans ? network : new CountingNetwork(network)), starts, Box.Between(-1, 1, zeros(1, 6)), limits: new() { PerStart = true, Target = target });

        Assert.Equal(StopReason.Target, found.StopReason);
        Assert.All(found.Starts![0], result => Assert.True(result.StopReason == StopReason.Target || (name == "sharp" && result.StopReason == StopReason.Dropped)));
        Assert.True(found.Starts[0][0].Value >= target);
        Assert.Null(InputOptimizerCatalog.Create(name, 60, generator).Maximize(new(network), starts, Box.Between(-1, 1, zeros(1, 6))).Starts);
    }

    [Fact]
    public void Maximize_AdrGd_CountsItsSurrogate()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var start = zeros(1, 6);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 16, 16, 1);
        using var module = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1)).Drawn(1);
        foreach (var (options, onNetwork, onModule) in new[] { (AdrGdOptions.RandomSmall, 200, 200), (AdrGdOptions.ActionRefinement, 100, 200) })
        {
            var optimizer = new AdrGd(options with { Iterations = 100 }, generator);

            Assert.Equal(onNetwork, optimizer.Maximize(new(network), start, Box.Between(-1, 1, start)).GradientPasses);
            Assert.Equal(onNetwork, new TensorAdrGd(options with { Iterations = 100 }, generator).Maximize(new(network), start, Box.Between(-1, 1, start)).GradientPasses);
            Assert.Equal(onModule, optimizer.Maximize(new(new ReluModule(module, [6])), start, Box.Between(-1, 1, start)).GradientPasses);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_ATarget_EndsWhereItIsReached(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 16, 16, 1);
        var (start, box) = (zeros(1, 6), Box.Between(-1, 1, zeros(1, 6)));
        foreach (var each in new IReluNetwork[] { network, new CountingNetwork(network) })
        {
            InputOptimum Found(SearchLimits? limits)
            {
                using var seeded = new Generator(7);
                return InputOptimizerCatalog.Create(name, Passes, seeded).Maximize(new(each), start, box, trace: true, limits);
            }

            var whole = Found(null);
            var target = whole.StartValue.ToDouble() + (whole.Gain.ToDouble() * 0.5);
            var found = Found(new() { Target = target });
            Assert.Equal(StopReason.Target, found.StopReason);
            Assert.InRange(found.Value.ToDouble(), target, double.PositiveInfinity);
            Assert.InRange(found.GradientPasses, 0, whole.GradientPasses);
            Assert.True(maximum(found.Trace!.Values.amax([0]), found.StartValue).allclose(found.Value, 1e-5, 1e-5));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_Cancelled_ReturnsTheBestSoFar(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 16, 16, 1);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        foreach (var each in new IReluNetwork[] { network, new CountingNetwork(network) })
        {
            var found = InputOptimizerCatalog.Create(name, Passes, generator)
                .Maximize(new(each), zeros(2, 6), Box.Between(-1, 1, zeros(1, 6)), limits: new() { Cancellation = cancelled.Token });

            Assert.Equal(StopReason.Cancelled, found.StopReason);
            Assert.InRange(found.GradientPasses, 0, 1);
            Assert.True((bool)found.Gain.ge(0).all());
        }
    }

    /// <summary>A network that counts the rows it has run.</summary>
    sealed class CountingNetwork(IReluNetwork network) : IReluNetwork
    {
        public long Rows { get; private set; }

        public IReadOnlyList<long> InputShape => network.InputShape;

        public long Outputs => network.Outputs;

        public ScalarType Dtype => network.Dtype;

        public Device Device => network.Device;

        public long? Problems => network.Problems;

        public int ReluLayers => network.ReluLayers;

        public IReluNetwork Repeat(long starts) => this;

        public Tensor Forward(Tensor x, Activation activation)
        {
            Rows += x.shape[0];
            return network.Forward(x, activation);
        }
    }
}
