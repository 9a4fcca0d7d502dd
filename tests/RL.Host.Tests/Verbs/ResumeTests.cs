using System.Diagnostics;

namespace RL.Host.Tests;

/// <summary>Kills real processes and compares what they leave with what one process left that was never disturbed.</summary>
public sealed class ResumeTests : IDisposable
{
    static readonly string[] _small =
    [
        "--preset", "adr-gd", "--steps", "3000", "--quiet", "start_steps=500", "batch_size=16", "hidden_layers=16,16", "replay_capacity=2500",
        "normalize.observations=true", "normalize.rewards=true", "copies=2", "environment_threads=2", "evaluation_interval=1000", "evaluation_episodes=1", "checkpoint_interval=1000", "log_interval=500", "refine.adr_gd.iterations=5",
    ];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    Process Start(params string[] arguments) => ChildProcess.Start(ChildProcess.Host, _folder.Path, arguments);

    static void Succeed(Process process)
    {
        var (code, _, error) = ChildProcess.Finish(process);
        Assert.True(code == 0, error);
    }

    [Theory]
    [InlineData("td3", "HalfCheetah-v5")]
    [InlineData("ddpg", "Pendulum-v1")]
    public void Resume_AfterSigkill_IsBitIdentical(string agent, string environment)
    {
        using (var whole = Start(["train", agent, environment, "--name", "whole", .. _small]))
        {
            Succeed(whole);
        }

        using (var killed = Start(["train", agent, environment, "--name", "halves", .. _small]))
        {
            WaitFor(_folder.File("runs", "halves", "checkpoints", "checkpoint-1000.bin"), killed);
            killed.Kill();
            killed.WaitForExit();
        }

        Assert.False(File.Exists(_folder.File("runs", "halves", "result.json")), "It was too fast to be killed.");
        using (var rest = Start("train", "--resume", "halves", "--quiet"))
        {
            Succeed(rest);
        }

        Assert.Equal(State("whole"), State("halves"));
        foreach (var file in new[] { "policy.safetensors", "best.safetensors", "evaluation.csv" })
        {
            Assert.Equal(File.ReadAllBytes(_folder.File("runs", "whole", file)), File.ReadAllBytes(_folder.File("runs", "halves", file)));
        }

        var expected = Logged("whole");
        Assert.Equal(expected, Logged("halves"));
        Assert.Contains(expected, value => value.Tag == "loss/critic" && value.Step == 3000);
    }

    [Fact]
    public void Train_Sigterm_EndsWithACheckpointAndGoesOn()
    {
        using var process = Start(["train", "td3", "Pendulum-v1", "--name", "stopped", .. _small, "total_steps=1000000"]);
        WaitFor(_folder.File("runs", "stopped", "checkpoints", "checkpoint-1000.bin"), process);
        using (Process.Start("kill", ["-TERM", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            var (code, output, _) = ChildProcess.Finish(process);
            Assert.Equal(0, code);
            Assert.Contains("resume with: ./rl train --resume runs/stopped", output);
        }

        var status = RunResult.Read(_folder.File("runs", "stopped"))!;
        Assert.Equal(RunResult.Stopped, status.Status);
        using var again = Start("train", "--resume", "stopped", "--json");
        WaitFor(_folder.File("runs", "stopped", "checkpoints", $"checkpoint-{(status.Steps / 1000 * 1000) + 1000}.bin"), again);
        again.Kill();
        again.WaitForExit();
    }

    byte[] State(string run)
    {
        byte[] state = [];
        CheckpointFile.Read(_folder.File("runs", run, "checkpoints", "checkpoint-3000.bin")).Restore(reader =>
        {
            using var memory = new MemoryStream();
            reader.BaseStream.CopyTo(memory);
            state = memory.ToArray();
        });
        return state;
    }

    List<(string Tag, long Step, float Value)> Logged(string run) =>
    [
        .. Directory.GetFiles(_folder.File("runs", run), "events*").Order(StringComparer.Ordinal)
            .SelectMany(EventReader.Read)
            .Where(record => record.Value is not null && !record.Tag!.StartsWith("time/") && record.Tag != "refine/ms")
            .Select(record => (record.Tag!, record.Step, record.Value!.Value)),
    ];

    static void WaitFor(string file, Process process)
    {
        for (var i = 0; i < 60_000 && !File.Exists(file); i++)
        {
            Assert.False(process.HasExited, $"It ended before there was {file}.");
            Thread.Sleep(2);
        }
    }
}
