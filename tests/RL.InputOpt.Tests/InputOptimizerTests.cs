using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>What every optimiser of the catalogue promises, whatever the network, score and region.</summary>
public sealed class InputOptimizerTests
{
    const int Passes = 30;

    public static TheoryData<string> Names => [.. InputOptimizerCatalog.Entries.Keys];

    /// <summary>A random network, three starts for each of four problems, some of them outside the region.</summary>
    static (Objective Objective, Tensor Starts) Problem(Generator generator, ScalarType dtype = ScalarType.Float32)
    {
        var network = RandomProblem.Network(generator, dtype, 6, 16, 16, 3);
        var objective = new Objective(network, Score.AwayFrom(tensor(new long[] { 0, 1, 2, 0 })));
        return (objective, RandomProblem.Points(generator, dtype, 12, 6).reshape(4, 3, 6) * 1.2);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_SeveralStarts_IsNeverWorseThanTheBestAndInsideTheRegion(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts) = Problem(generator);
        var centers = RandomProblem.Points(generator, ScalarType.Float32, 4, 6) * 0.9;
        foreach (var region in new Region[]
        {
            Box.Between(-1, 1, centers), Box.Ball(centers, 0.3, -1, 1), new EuclideanBall(centers, 0.5), new EuclideanBall(centers, 0.5, -1, 1),
            new L1Ball(centers, 0.8, -1, 1), new L0Ball(centers, 2, -1, 1),
        })
        {
            using var seeded = new Generator(7);
            var found = InputOptimizerCatalog.Create(name, Passes, seeded).Maximize(objective, starts, region);

            var first = objective.Repeat(3).Value(region.Repeat(1, 3).Project(starts.reshape(12, 6))).reshape(4, 3).amax([1]);
            Assert.Equal([4, 6], found.X.shape);
            Assert.True(found.StartValue.allclose(first, 1e-5, 1e-5));
            Assert.True((bool)found.Value.ge(found.StartValue).all());
            Assert.True(objective.Value(found.X).allclose(found.Value, 1e-4, 1e-5));
            Assert.True(region.Project(found.X).allclose(found.X, 1e-5, 1e-6), $"{region} does not hold {name}'s result");
            // ADR-GD's budget is its iterations, each of which passes through the network and through its relaxation.
            Assert.InRange(found.GradientPasses, 1, Passes * 3 * (name.StartsWith("adr-gd", StringComparison.Ordinal) ? 2 : 1));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_AsManyProblemsAsInputs_TakesASharedRegionAsOne(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 6, 16, 16, 3);
        var starts = RandomProblem.Points(generator, ScalarType.Float32, 18, 6).reshape(6, 3, 6);
        var center = RandomProblem.Points(generator, ScalarType.Float32, 1, 6) * 0.5;
        foreach (var score in new[] { Score.Weighted(tensor(new[] { 0.7f, -0.4f, 0.2f })), Score.AwayFrom(tensor(new long[] { 0, 1, 2, 0, 1, 2 })) })
        {
            // The same set, shared as [n] and as [1×n], and once for each problem.
            Region[][] equal =
            [
                [new Box(center[0] - 0.4, center[0] + 0.5), new Box(center - 0.4, center + 0.5),
                    new Box((center - 0.4).expand(6, 6).contiguous(), (center + 0.5).expand(6, 6).contiguous())],
                [new EuclideanBall(center[0], 0.5), new EuclideanBall(center, 0.5), new EuclideanBall(center.expand(6, 6).contiguous(), 0.5)],
            ];
            foreach (var regions in equal)
            {
                Tensor[] found = [.. regions.Select(region =>
                {
                    using var seeded = new Generator(7);
                    return InputOptimizerCatalog.Create(name, Passes, seeded).Maximize(new(network, score), starts, region).X;
                })];
                Assert.All(found, x => Assert.True(x.IsSameAs(found[0])));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_WeightsChangedInPlace_AreSeen(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(1);
        var module = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1)).Drawn(1);
        var start = RandomProblem.Points(generator, ScalarType.Float32, 2, 6) * 0.5;
        var box = Box.Between(-1, 1, start);
        foreach (var network in new IReluNetwork[] { ReluNetwork.FromModule(module), new ReluModule(module, [6]) })
        {
            using var seeded = new Generator(7);
            var optimizer = InputOptimizerCatalog.Create(name, Passes, seeded);
            optimizer.Maximize(new(network), start, box);
            foreach (var (_, parameter) in module.named_parameters())
            {
                parameter.mul_(-0.7);
                seeded.manual_seed(7);
                var found = optimizer.Maximize(new(network), start, box, trace: true);

                using var same = new Generator(7);
                var anew = InputOptimizerCatalog.Create(name, Passes, same).Maximize(new(network), start, box, trace: true);
                Assert.True(found.Trace!.Values.IsSameAs(anew.Trace!.Values));
                Assert.True(found.X.IsSameAs(anew.X));
                Assert.True(found.Value.allclose(network.Forward(found.X).squeeze(1), 1e-6, 1e-6));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_NoPasses_TakesNone(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts) = Problem(generator);
        var found = InputOptimizerCatalog.Create(name, 0, generator).Maximize(objective, starts, Box.Between(-1, 1, zeros(1, 6)));

        Assert.Equal(0, found.GradientPasses);
        Assert.True(found.Value.IsSameAs(found.StartValue));
        Error.Says(() => InputOptimizerCatalog.Create(name, -1, generator), "-1");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_SameSeed_GivesTheSameBits(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var (objective, starts) = Problem(generator);
        var start = starts.narrow(1, 0, 1).squeeze(1);
        var box = Box.Between(-1, 1, start);

        InputOptimum Once()
        {
            using var seeded = new Generator(7);
            return InputOptimizerCatalog.Create(name, Passes, seeded).Maximize(objective, start, box, trace: true);
        }

        var (first, second) = (Once(), Once());
        Assert.True(first.X.IsSameAs(second.X));
        Assert.True(first.Trace!.Values.IsSameAs(second.Trace!.Values));
        Assert.Equal(first.Trace.Passes, second.Trace.Passes);
        Assert.Equal(first.GradientPasses, first.Trace.Passes[^1]);
        Assert.True(maximum(first.Trace.Values.amax(0), first.StartValue).allclose(first.Value, 1e-5, 1e-5));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_AnEmptyBall_ReturnsTheStart(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (objective, starts) = Problem(generator);
        var start = starts.narrow(1, 0, 1).squeeze(1).clamp(-1, 1);

        var found = InputOptimizerCatalog.Create(name, Passes, generator).Maximize(objective, start, Box.Ball(start, 0));

        Assert.True(found.X.allclose(start, 0, 0));
    }

    [Theory]
    [InlineData("gradient-ascent")]
    [InlineData("perturbed-gradient")]
    [InlineData("adam")]
    [InlineData("pgd")]
    [InlineData("pgd-l2")]
    [InlineData("pgd-annealed")]
    [InlineData("apgd")]
    [InlineData("sharp")]
    public void Maximize_AConcaveNetwork_FindsItsMaximum(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        // f(x) = −Σ|x − c| with c inside the box.
        var c = tensor(new[] { 0.3f, -0.2f, 0.55f });
        var each = tensor(new[] { 1f, 0, 0, 0, 1, 0, 0, 0, 1 }, [3, 3]);
        var network = new ReluNetwork([new(cat([each, -each]), cat([-c, c])), new(-ones(1, 6), zeros(1))]);

        var found = InputOptimizerCatalog.Create(name, 400, generator)
            .Maximize(new(network), zeros(1, 3), Box.Between(-1, 1, zeros(1, 3)));

        // Constant steps end within a step of it.
        Assert.InRange(found.Value.ToDouble(), name is "gradient-ascent" or "perturbed-gradient" ? -0.6 : -0.02, 0);
    }

    [Fact]
    public void Maximize_Convolutions_AttacksWithinTheBall()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        using var module = nn.Sequential(
            nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3)).Drawn(5);
        var images = rand([2, 1, 6, 6], generator: generator);
        var objective = new Objective(new ReluModule(module, [1, 6, 6]), Score.Margin(tensor(new long[] { 0, 1 })));
        var ball = Box.Ball(images, 0.1, 0, 1);
        foreach (var name in new[] { "fgsm", "pgd", "apgd", "adam", "random-search" })
        {
            var found = InputOptimizerCatalog.Create(name, 20, generator).Maximize(objective, images, ball);

            Assert.True((bool)found.Gain.gt(0).all(), name);
            Assert.True(ball.Project(found.X).IsSameAs(found.X), name);
        }
    }

    [Fact]
    public void Apgd_Checkpoints_AreThePapers()
    {
        // p = 0.22, 0.41, 0.57, 0.7, 0.8, 0.87, 0.93, 0.99
        Assert.Equal([22, 41, 57, 70, 80, 87, 93, 99], AutoProjectedGradient.Checkpoints(100).Order());
    }

    [Fact]
    public void Maximize_Restarts_CountTheirPasses()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(6);
        var (objective, starts) = Problem(generator);
        var options = ProjectedGradientOptions.Pgd(10) with { Restarts = 2 };

        var found = new TensorProjectedGradient(options, generator).Maximize(objective, starts, Box.Between(-1, 1, starts.narrow(1, 0, 1).squeeze(1)));

        Assert.Equal(10 * (3 + 2), found.GradientPasses);
    }

    [Fact]
    public void Maximize_BadProblem_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(8);
        var (objective, starts) = Problem(generator);
        var optimizer = InputOptimizerCatalog.Create("pgd", 5, generator);
        var box = Box.Between(-1, 1, zeros(1, 6));

        Error.Says(() => optimizer.Maximize(objective, zeros(4, 5), box), "[4×5]", "[B×6]", "[B×S×6]");
        Error.Says(() => optimizer.Maximize(objective, zeros([4, 0, 6]), box), "[4×0×6]");
        Error.Says(() => optimizer.Maximize(objective, zeros(3, 6), box), "[3]");
        Error.Says(() => optimizer.Maximize(objective, starts.to(float64), box), "Float64", "Float32");
        Error.Says(() => InputOptimizerCatalog.Create("pdg", 5, generator), "pdg", "pgd-annealed");
        Error.Says(() => new TensorProjectedGradient(new() { Momentum = 2 }, generator), "Momentum", "2", "0 to 1");
        Error.Says(() => new AutoProjectedGradient(new() { Steps = -1 }, generator), "Steps", "-1");
    }
}
