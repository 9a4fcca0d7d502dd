using RL.Agents;
using RL.Certification;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Runs.Tests;

/// <summary>The C# of the pages in docs/: it is run here, and the pages have it line for line.</summary>
public sealed class DocumentationTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void AdrGd_Snippet_RefinesAnAction()
    {
        using var scope = NewDisposeScope();
        var seed = 1UL;
        using var q1 = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1));
        var (observation, action) = (ones(1, 5), zeros(1, 3));

        using var generator = new Generator(seed);
        var optimizer = new AdrGd(AdrGdOptions.ActionRefinement, generator);

        var critic = ReluNetwork.FromModule(q1);                       // shares the weights: sees every update
        var objective = new Objective(critic.Given(observation));      // Q(s, ·): a ReLU network of the action, with the current weights
        using var best = optimizer.Maximize(objective, action, Box.Ball(action, radius: 0.5, low: -1, high: 1));

        var value = q1.call(cat([observation, best.X], 1)).ToDouble();
        Assert.Equal(value, best.Value.ToDouble(), 1e-5);
        Assert.True(value > q1.call(cat([observation, action], 1)).ToDouble());
    }

    [Fact]
    public void InputOptimisation_Snippets_AttackMaximiseAndProve()
    {
        using var scope = NewDisposeScope();
        var seed = 1UL;
        using var classifier = nn.Sequential(nn.Flatten(), nn.Linear(784, 16), nn.ReLU(), nn.Linear(16, 10));
        var images = full([4, 1, 28, 28], 0.5);
        var labels = classifier.call(images).argmax(1);
        {
            using var generator = new Generator(seed);
            var network = new ReluModule(classifier, [1, 28, 28]);                     // any module of affine layers, ReLUs and max-pools
            var objective = new Objective(network, Score.AwayFrom(labels));            // cross-entropy against the labels [B]
            var region = Box.Ball(images, radius: 0.25, low: 0, high: 1);              // |x − image| ≤ 0.25, pixels stay in [0, 1]

            var optimizer = InputOptimizerCatalog.Create("apgd", passes: 200, generator);
            using var found = optimizer.Maximize(objective, images, region, trace: true);
            Assert.True((bool)found.Value.gt(found.StartValue).all());
        }
        {
            using var generator = new Generator(seed);
            var network = new ReluModule(classifier, [1, 28, 28]);
            var suite = new AttackSuite(new() { Passes = 1000 }, generator);
            using var found = suite.Attack(network, images, labels, (x, radius) => Box.Ball(x, radius, 0, 1), radii: [0.1, 0.2, 0.3]);
            // found.SmallestRadius [B], found.ShareBroken(0.2), found.Stages: what each attacked, broke and cost
            Assert.Equal(1, found.ShareBroken(0.3));
            Assert.NotEmpty(found.Stages);
        }
        {
            using var generator = new Generator(seed);
            using var module = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1));
            var critic = ReluNetwork.FromModule(module);
            var (states, actions) = (randn(16, 5), zeros(16, 3));
            var optimizer = new ProjectedGradient(ProjectedGradientOptions.WarmStart(steps: 10), generator);         // once
            var given = critic.Given(states);                                                                       // [B×k]; given.Refresh() after an update
            var best = optimizer.Maximize(new(given), actions, Box.Ball(actions, radius: 1, low: -1, high: 1)).X;   // [B×n]
            Assert.True((bool)given.Forward(best).ge(given.Forward(actions)).all());
        }
        {
            using var generator = new Generator(seed);
            using var module = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1));
            var (network, start) = (ReluNetwork.FromModule(module), zeros(1, 5));
            var box = Box.Between(-1, 1, start);
            using var found = new Sharp(new SharpOptions { Passes = 50 }, generator).Maximize(new Objective(network), start, box);
            var certificate = new OptimumCertifier(new() { MaxSeconds = 60 }, TimeProvider.System).Certify(network, box, candidates: found.X);
            // certificate.Value, .UpperBound, .Gap, .Proven
            Assert.True(certificate.Proven);
            Assert.InRange(certificate.Gap, 0, 1e-4);
        }
    }

    [Fact]
    public void Library_Snippets_TrainPlayAndAttack()
    {
        {
            using var result = Training.Run("td3", "Pendulum-v1", new TrainingSettings
            {
                AgentOptions = new Td3Options { HiddenLayers = [64, 64], StartSteps = 1000 },
                Training = new TrainingOptions { TotalSteps = 2_000, Seed = 1 },
                Runs = _folder.File("runs"),                                   // null writes nothing to disk
            }, new TrainingCallbacks
            {
                Evaluated = (evaluation, now) => Console.WriteLine($"{now.Step}: {evaluation.Mean:F1}, best {now.Best!.Mean:F1}"),
                Stop = now => now.Last?.Mean > -200,
            });
            Console.WriteLine($"{result.Folder}: {result.Summary.Status} after {result.Summary.Steps} steps, best {result.Best?.Mean:F1}");
            Assert.True(Directory.Exists(result.Folder));
        }
        {
            using var policy = Policy.Load(Repository.File("models", "coinrun-easy-200.safetensors"), changes: ["env.num_levels=0"]);   // or the folder of a run
            using var game = policy.MakeEnvironment();
            game.Reset(7);
            var action = policy.Act<byte>(game.Observations.Row<byte>(0));    // double[]
            Assert.InRange(Assert.Single(action), 0, 14);
            var attack = policy.Attack(new ObservationAttackOptions { Method = "adr-gd", Epsilon = 1 / 255.0 }, episodes: 1);
            Console.WriteLine($"{attack.Clean.Mean:F2} → {attack.Attacked.Evaluation.Mean:F2}, {attack.Attacked.Flipped:P0} of the actions flipped");
            Assert.InRange(attack.Attacked.Flipped, 0.01, 1);
        }
    }

    [Fact]
    public async Task Library_SnippetOfManyRuns_TrainsSeedsInWorkerProcesses()
    {
        var stop = TestContext.Current.CancellationToken;
        using var executor = new WorkerProcesses(Repository.File("artifacts", "bin", "RL.Host", "release", "rl"), ["worker"], workers: 4);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 2).Select(seed =>
        {
            var folder = Training.Prepare("td3", "Pendulum-v1", new() { Runs = _folder.File("runs"), Assignments = [$"seed={seed}", "total_steps=200"] });
            return executor.Execute(new RunJob(folder), report => { }, stop);     // a CancellationToken: ends the runs with checkpoints
        }));
        Assert.All(outcomes, outcome => Assert.Equal((RunResult.Finished, null), (outcome.Result?.Status, outcome.Error)));
    }

    [Fact]
    public void Certification_Snippets_BoundAPolicy()
    {
        using var policy = Policy.Load(Repository.File("models", "coinrun-easy-200.safetensors"));
        double[] lower = new double[3 * 64 * 64], upper = new double[3 * 64 * 64];
        {
            var bounds = new NetworkBounds(NetworkGraph.Of(policy.Network!.Network), new() { Arithmetic = Arithmetic.Float32 });   // RL.Certification
            var margins = bounds.Bound(lower, upper, OutputRows.Margins(bounds.Graph.Outputs, label: 7)).Lower;
            Assert.Equal(14, margins.Length);
        }
        {
            var graph = NetworkGraph.Of(policy.Network!.Network);
            var bounds = new NetworkBounds(graph, new() { Method = BoundMethod.Alpha }).Bound(lower, upper, OutputRows.Margins(graph.Outputs, label: 3));
            // bounds.Lower[j] > 0: no input between lower and upper makes the jth other output as large as output 3.
            Assert.All(bounds.Lower.Zip(bounds.Upper), pair => Assert.InRange(pair.Second - pair.First, 0, 1e-6));
        }
    }

    [Fact]
    public void Pages_EverySnippet_IsRunHere()
    {
        var pages = Directory.GetFiles(Repository.File("docs"), "*.md").Select(Path.GetFileName).Where(page => Snippets.Of("docs", page!).Count > 0);
        Assert.Equal(["adr-gd.md", "certification.md", "environments.md", "input-optimisation.md", "library.md"], pages.Order(StringComparer.Ordinal));

        Snippets.AreRun(["docs", "adr-gd.md"], 1, "DocumentationTests.cs");
        Snippets.AreRun(["docs", "certification.md"], 1, "DocumentationTests.cs");
        Snippets.AreRun(["docs", "environments.md"], 1, "PackageReadmeTests.cs");
        Snippets.AreRun(["docs", "input-optimisation.md"], 4, "DocumentationTests.cs");
        Snippets.AreRun(
            ["docs", "library.md"], 5, "DocumentationTests.cs",
            ("Repository.File(\"artifacts\", \"bin\", \"RL.Host\", \"release\", \"rl\")", "\"artifacts/bin/RL.Host/release/rl\""),
            ("Range(0, 2)", "Range(0, 5)"), ("total_steps=200\"", "total_steps=20000\""),
            ("2_000", "20_000"), ("_folder.File(\"runs\")", "\"runs\""), ("episodes: 1)", "episodes: 20)"),
            ("Repository.File(\"models\", \"coinrun-easy-200.safetensors\")", "\"models/coinrun-easy-200.safetensors\""));
    }
}
