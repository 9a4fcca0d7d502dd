using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace RL.Host.Tests;

/// <summary>Sweeps in worker processes.</summary>
public sealed class SweepVerbTests : IDisposable
{
    static readonly string[] _small =
    [
        "sweep", "td3", "Pendulum-v1", "start_steps=20", "batch_size=8,12", "hidden_layers=8", "replay_capacity=2000", "evaluation_interval=400",
        "evaluation_episodes=1", "checkpoint_interval=200", "log_interval=1000", "--steps", "1200", "--search", "grid",
    ];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string InSweep(params string[] path) => _folder.File(["runs", .. path]);

    (int Code, string Out, string Error) Run(params string[] arguments) => ChildProcess.Run(ChildProcess.Host, _folder.Path, arguments);

    [Fact]
    public void Sweep_AWorkerAndThenTheCoordinatorAreKilled_ResumesToTheSameBits()
    {
        using (var process = ChildProcess.Start(ChildProcess.Host, _folder.Path, [.. _small, "--name", "halves", "--workers", "1"]))
        {
            ResumeTests.WaitFor(InSweep("halves", "t0000-s0", "checkpoints", "checkpoint-200.bin"), process);
            Kill(Process.GetProcessById(TrainSeedsTests.Worker(process.Id, InSweep("halves", "t0000-s0"))));
            // It goes on in another worker.
            ResumeTests.WaitFor(InSweep("halves", "t0001-s0", "checkpoints", "checkpoint-200.bin"), process);
            Kill(process);
        }

        var console = new TestConsole();
        Assert.Equal(0, console.Run("sweep", "--show", "halves", "--runs", _folder.File("runs")));
        Assert.Matches(@"trial +state +steps +score +agent.batch_size\n", console.Out);
        Assert.Matches(@"\n1 +begun ", console.Out);
        var (code, output, error) = Run("sweep", "--resume", "halves", "--json", "--quiet");
        Assert.Equal((0, ""), (code, error));
        using var summary = JsonDocument.Parse(output);
        Assert.Equal(("finished", 2400), (summary.RootElement.GetProperty("status").GetString(), summary.RootElement.GetProperty("steps").GetInt32()));
        foreach (var (run, batch) in new[] { ("t0000-s0", 8), ("t0001-s0", 12) })
        {
            using var alone = Training.Run("td3", "Pendulum-v1", new()
            {
                Assignments = [.. _small.Where(word => word.Contains('=') && !word.StartsWith("batch", StringComparison.Ordinal)), $"batch_size={batch}", "total_steps=1200"],
                Runs = _folder.Path,
                Name = run,
            });
            foreach (var file in new[] { "policy.safetensors", "best.safetensors", "evaluation.csv" })
            {
                Assert.Equal(File.ReadAllBytes(_folder.File(run, file)), File.ReadAllBytes(InSweep("halves", run, file)));
            }
        }
    }

    /// <summary>A specification is data: what it names is loaded only if the user has named it as well, wherever it lies.</summary>
    [Fact]
    public void Sweep_ASpecificationThatNamesAnAssembly_HasNoCodeLoaded()
    {
        var assembly = _folder.File("weights.dll");
        File.WriteAllBytes(assembly, [1, 2, 3]);
        var specification = _folder.File("spec.json");
        File.WriteAllText(specification, JsonSerializer.Serialize(new { agent = "td3", environment = "Own-v0", assembly, settings = new { batch_size = "8..64" } }));

        var console = new TestConsole();
        Assert.Equal(2, console.Run("sweep", specification, "--runs", _folder.File("runs")));

        Assert.Contains(assembly, console.Error, StringComparison.Ordinal);
        Assert.Contains($"SHA-256 {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(assembly)))}", console.Error, StringComparison.Ordinal);
        Assert.Contains("--assembly", console.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("runs")));
    }

    [Theory]
    [InlineData("sweep needs an agent and an environment, or a specification file")]
    [InlineData("There is nothing to search", "td3", "Pendulum-v1", "batch_size=8")]
    [InlineData("batch_size is 0; allowed", "td3", "Pendulum-v1", "batch_size=0,8")]
    [InlineData("There is no agent 'td4'; did you mean td3?", "td4", "Pendulum-v1", "batch_size=4,8")]
    [InlineData("--search is gird; did you mean grid?", "td3", "Pendulum-v1", "batch_size=4,8", "--search", "gird")]
    [InlineData("--metric is loss Allowed: return, best, area", "td3", "Pendulum-v1", "batch_size=4,8", "--metric", "loss")]
    [InlineData("--workers is 0; allowed: 1 to 1024", "td3", "Pendulum-v1", "batch_size=4,8", "--workers", "0")]
    [InlineData("seeds is 1-0; allowed: seeds", "td3", "Pendulum-v1", "batch_size=4,8", "--seeds", "1-0")]
    [InlineData("factor is 1; allowed: 2 to 100", "td3", "Pendulum-v1", "batch_size=4,8", "--factor", "1")]
    [InlineData("There is no sweep 'nothing'", "--resume", "nothing")]
    [InlineData("--resume nothing takes everything from the sweep, so that --seeds cannot be given", "--resume", "nothing", "--seeds", "1")]
    [InlineData("--show nothing takes everything from the sweep, so that --workers cannot be given", "--show", "nothing", "--workers", "1")]
    [InlineData("The specification /no/such.json cannot be read: there is no such file", "/no/such.json")]
    public void Sweep_BadInput_EndsWith2AndWritesNothing(string problem, params string[] arguments)
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run(["sweep", "--runs", _folder.File("runs"), .. arguments]));
        Assert.Contains(problem.Replace("loss Allowed", "loss. Allowed", StringComparison.Ordinal), console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("""{"agent": "td3", "environmnt": "Pendulum-v1"}""", "environmnt")]
    [InlineData("""{"agent": "td3", "environment": "Pendulum-v1", "search": "gird", "settings": {"batch_size": [4, 8]}}""", "search")]
    [InlineData("""{"agent": "td3", "environment": "Pendulum-v1", "settings": {"batch_size": {"low": 1}}}""", "settings.batch_size is {\"low\":1}")]
    [InlineData("""{"agent": "td3", "environment": "Pendulum-v1", "settings": {"batch_size": [4, 4.5]}}""", "batch_size is 4.5; allowed")]
    [InlineData("[]", "cannot be read")]
    public void Sweep_ABadSpecification_EndsWith2AndNamesIt(string specification, string problem)
    {
        var file = _folder.File("a.json");
        File.WriteAllText(file, specification);
        var console = new TestConsole();
        Assert.Equal(2, console.Run("sweep", file, "--runs", _folder.File("runs")));
        Assert.Contains(problem, console.Error);
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder.Path));
    }

    static void Kill(Process process)
    {
        using (Process.Start("kill", ["-KILL", process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            process.WaitForExit();
        }
    }
}
