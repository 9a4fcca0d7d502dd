using System.Diagnostics;
using System.Globalization;

namespace RL.Host.Tests;

/// <summary>Several seeds in worker processes of their own.</summary>
public sealed class TrainSeedsTests : IDisposable
{
    static readonly string[] _small =
    [
        "train", "td3", "Pendulum-v1", "start_steps=20", "batch_size=8", "hidden_layers=8", "replay_capacity=2000", "evaluation_interval=200",
        "evaluation_episodes=1", "checkpoint_interval=200", "log_interval=200",
    ];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    Process Start(params string[] arguments) => ChildProcess.Start(ChildProcess.Host, _folder.Path, arguments);

    (int Code, string Out, string Error) Run(params string[] arguments) => ChildProcess.Run(ChildProcess.Host, _folder.Path, arguments);

    string InRun(string run, params string[] path) => _folder.File(["runs", run, .. path]);

    void AssertSame(string expected, string actual)
    {
        foreach (var file in new[] { "policy.safetensors", "best.safetensors", "evaluation.csv" })
        {
            Assert.Equal(File.ReadAllBytes(InRun(expected, file)), File.ReadAllBytes(InRun(actual, file)));
        }
    }

    [Fact]
    public void Train_Seeds_AreTheRunsOfEachSeedAlone()
    {
        var (code, output, error) = Run([.. _small, "--steps", "400", "--seeds", "5,2", "--name", "a", "--workers", "2"]);
        Assert.True(code == 0, error);
        Assert.Matches(@"runs/a-s5 +finished +400 +-[\d.,]+ at 400 ", output);
        Assert.Matches(@"runs/a-s2 +finished +400 ", output);
        Assert.Contains("a-s2: 200/400 50.0%", error);
        Assert.Contains("a-s5: finished at step 400", error);
        Assert.DoesNotContain("\u001b", error);

        Assert.Equal(0, Run([.. _small, "--steps", "400", "--seed", "2", "--name", "alone", "--quiet"]).Code);
        AssertSame("alone", "a-s2");

        // Extended together, with results for programs.
        (code, output, error) = Run("train", "--resume", "a", "--steps", "600", "--json", "--quiet");
        Assert.Equal((0, ""), (code, error));
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Contains("\"seed\":2,\"status\":\"finished\",\"steps\":600", lines[0]);
    }

    [Theory]
    [InlineData("-INT", true)]
    [InlineData("-KILL", false)]
    public void Train_SeedsAreStopped_EveryRunKeepsACheckpointAndResumesToTheSameBits(string signal, bool isAnswered)
    {
        using (var process = Start([.. _small, "--steps", "1000000", "--seeds", "0-2", "--name", "b", "--workers", "2"]))
        {
            ResumeTests.WaitFor(InRun("b-s0", "checkpoints", "checkpoint-200.bin"), process);
            ResumeTests.WaitFor(InRun("b-s1", "checkpoints", "checkpoint-200.bin"), process);
            using (Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                var (code, output, _) = ChildProcess.Finish(process);
                Assert.Equal(isAnswered ? 0 : 137, code);
                if (isAnswered)
                {
                    Assert.Matches(@"runs/b-s0 +stopped ", output);
                    Assert.Matches(@"runs/b-s2 +not begun +- ", output);
                    Assert.Contains("resume with: ./rl train --resume b\n", output);
                }
            }
        }

        // Workers whose starter was killed stop by themselves, with a checkpoint.
        var steps = new List<long>();
        foreach (var run in new[] { "b-s0", "b-s1" })
        {
            ResumeTests.WaitFor(InRun(run, RunResult.FileName), null);
            Assert.True(SpinWait.SpinUntil(() => !RunLock.IsTaken(InRun(run)), TimeSpan.FromSeconds(30)));
            var result = RunResult.Read(InRun(run))!;
            Assert.Equal(RunResult.Stopped, result.Status);
            Assert.True(File.Exists(InRun(run, "checkpoints", $"checkpoint-{result.Steps}.bin")));
            steps.Add(result.Steps);
        }

        // The goal of all is where none is yet; it is lowered by hand, which a run allows.
        var goal = ((steps.Max() / 200) + 2) * 200;
        foreach (var run in new[] { "b-s0", "b-s1", "b-s2" })
        {
            var file = InRun(run, "run.json");
            File.WriteAllText(file, File.ReadAllText(file).Replace("\"total_steps\": 1000000", $"\"total_steps\": {goal}", StringComparison.Ordinal));
        }

        Assert.Equal(0, Run("train", "--resume", "b", "--quiet").Code);
        foreach (var seed in new[] { "0", "2" })
        {
            Assert.Equal(0, Run([.. _small, "--steps", goal.ToString(CultureInfo.InvariantCulture), "--seed", seed, "--name", $"whole{seed}", "--quiet"]).Code);
            Assert.Equal(
                File.ReadAllBytes(InRun($"whole{seed}", "evaluation.csv")), File.ReadAllBytes(InRun($"b-s{seed}", "evaluation.csv")));
        }
    }

    [Fact]
    public void Train_AWorkerIsKilled_SaysWhyAndTheOthersFinish()
    {
        using var process = Start([.. _small, "--steps", "2000", "--seeds", "0,1", "--name", "c", "--workers", "2"]);
        ResumeTests.WaitFor(InRun("c-s0", "checkpoints", "checkpoint-200.bin"), process);
        var worker = Worker(process.Id, InRun("c-s0"));
        using (Process.Start("kill", ["-KILL", worker.ToString(CultureInfo.InvariantCulture)]))
        {
            var (code, output, error) = ChildProcess.Finish(process);
            Assert.Equal(1, code);
            Assert.Contains("c-s0: failed: The worker process was ended by signal 9.", error);
            Assert.Matches(@"runs/c-s0 +failed +- ", output);
            Assert.Matches(@"runs/c-s1 +finished +2,000 ", output);
        }

        Assert.Equal(0, Run("train", "--resume", "c", "--quiet").Code);
        Assert.Equal(RunResult.Finished, RunResult.Read(InRun("c-s0"))!.Status);
    }

    [Theory]
    [InlineData("--seeds is 2-1; allowed: seeds", "--seeds", "2-1")]
    [InlineData("--seeds 0-1 and --seed are both given", "--seeds", "0-1", "--seed", "1")]
    [InlineData("--seeds 0-1 and training.seed=4 are both given", "--seeds", "0-1", "training.seed=4")]
    [InlineData("--workers is 0; allowed: 1 to 1024", "--seeds", "0-1", "--workers", "0")]
    [InlineData("--workers is 2, and there is one run", "--workers", "2")]
    [InlineData("--workers is x; allowed: a whole number", "--seeds", "0-1", "--workers", "x")]
    [InlineData("batch_size is 0; allowed", "--seeds", "0-1", "batch_size=0")]
    public void Train_BadInput_EndsWith2AndWritesNothing(string problem, params string[] arguments)
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run(["train", "td3", "Pendulum-v1", "--runs", _folder.File("runs"), .. arguments]));
        Assert.Contains(problem, console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    /// <summary>The worker that a process has started for a run.</summary>
    internal static int Worker(int parent, string run) => int.Parse(
        Directory.GetDirectories("/proc").Select(Path.GetFileName).Single(id => Starts(id!, parent) && Works(id!, run))!, CultureInfo.InvariantCulture);

    static bool Starts(string id, int parent)
    {
        try
        {
            return int.TryParse(id, out _)
                && File.ReadAllText($"/proc/{id}/stat").Split(')')[^1].Split(' ')[2] == parent.ToString(CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Whether the process has the lock of a run open.</summary>
    static bool Works(string id, string run) => Directory.GetFiles($"/proc/{id}/fd")
        .Any(file => new FileInfo(file).LinkTarget == Path.Combine(run, RunLock.FileName));
}
