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
        using (var undisturbed = Start(["train", agent, environment, "--name", "whole", .. _small]))
        {
            Succeed(undisturbed);
        }

        using (var killed = Start(["train", agent, environment, "--name", "halves", .. _small]))
        {
            WaitFor(_folder.File("runs", "halves", "checkpoints", "checkpoint-1000.bin"), killed);
            killed.Kill();
            killed.WaitForExit();
            Assert.Empty(Directory.GetFiles(Path.GetTempPath(), $"*-{killed.Id}-*"));
        }

        Assert.False(File.Exists(_folder.File("runs", "halves", "result.json")), "It was too fast to be killed.");
        using (var rest = Start("train", "--resume", "halves", "--quiet"))
        {
            Succeed(rest);
        }

        var (whole, halves) = (State("whole"), State("halves"));
        Assert.Equal(whole.State, halves.State);
        Assert.Equal(whole.Rows, halves.Rows);
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

    static readonly string[] _tiny =
    [
        "train", "td3", "Pendulum-v1", "--name", "a", "total_steps=2000", "start_steps=2000", "hidden_layers=8", "evaluation_interval=0",
        "evaluation_episodes=1", "checkpoint_interval=500", "log_interval=1",
    ];

    // `bash -c '… "$@" 2>…' rl train …`
    (int Code, string Out, string Error) Shell(string script, params string[] arguments)
    {
        using var process = ChildProcess.Start("bash", _folder.Path, ["-c", script, ChildProcess.Host, .. arguments]);
        return ChildProcess.Finish(process);
    }

    [Theory]
    [InlineData("""exec "$0" "$@" 2>/dev/full""")]
    [InlineData("""exec "$0" "$@" 2>&-""")]
    [InlineData("""exec "$0" "$@" 2> >(exit 0)""")]
    public void Train_StandardErrorThatTakesNothing_RunsToItsEnd(string script)
    {
        var (code, output, _) = Shell(script, _tiny);

        Assert.Equal(0, code);
        Assert.Contains("finished at step 2,000", output);
        // A file of the run that came to stand where standard error was would hold what was said there.
        Assert.All(Directory.GetFiles(_folder.File("runs", "a")), file => Assert.DoesNotContain("steps/s", File.ReadAllText(file)));
        Assert.True(EventReader.Read(Directory.GetFiles(_folder.File("runs", "a"), "events*").Single()).Count > 100);
    }

    [Fact]
    public void Train_ADiskThatIsFull_IsCode1AndTheRunGoesOnLater()
    {
        // No file may have more than 40 kB (and the runtime needs larger ones for code that is written): the event file meets that first.
        var (code, _, error) = Shell("""ulimit -f 40; DOTNET_EnableWriteXorExecute=0 exec "$0" "$@" """, [.. _tiny, "checkpoint_interval=0"]);
        Assert.Equal(1, code);
        Assert.Contains("The event file cannot be written", error);

        (code, var output, error) = Shell("""exec "$0" train --resume a""");
        Assert.True(code == 0, error);
        Assert.Contains("finished at step 2,000", output);
    }

    [Fact]
    public void Train_TheTerminalIsClosed_GoesOn()
    {
        // script gives it a terminal and is killed, which closes that.
        using var script = ChildProcess.Start(
            "script", _folder.Path, ["-qec", $"{ChildProcess.Host} {string.Join(' ', _tiny)} total_steps=20000 log_interval=1000", "/dev/null"]);
        WaitFor(_folder.File("runs", "a", "checkpoints", "checkpoint-500.bin"), script);
        script.Kill();
        script.WaitForExit();
        for (var i = 0; i < 3000 && RunResult.Read(_folder.File("runs", "a")) is null; i++)
        {
            Thread.Sleep(20);
        }

        Assert.Equal((RunResult.Finished, 20_000), (RunResult.Read(_folder.File("runs", "a"))!.Status, RunResult.Read(_folder.File("runs", "a"))!.Steps));
    }

    /// <summary>State of the loop, and the rows of the replay buffer by their files' checksums.</summary>
    (byte[] State, string Rows) State(string run)
    {
        var file = _folder.File("runs", run, "checkpoints", "checkpoint-3000.bin");
        var length = (int)BitConverter.ToInt64(File.ReadAllBytes(file), 16);
        byte[] state = [];
        var checkpoint = CheckpointFile.Read(file);
        checkpoint.Restore(reader => state = reader.ReadBytes(length));
        Assert.NotEmpty(checkpoint.Manifest.Rows);
        return (state, string.Join(", ", checkpoint.Manifest.Rows));
    }

    List<(string Tag, long Step, float Value)> Logged(string run) =>
    [
        .. Directory.GetFiles(_folder.File("runs", run), "events*").Order(StringComparer.Ordinal)
            .SelectMany(EventReader.Read)
            .Where(record => record.Value is not null && !record.Tag!.StartsWith("time/") && !record.Tag.EndsWith("ms", StringComparison.Ordinal))
            .Select(record => (record.Tag!, record.Step, record.Value!.Value)),
    ];

    /// <summary>Waits for a file that a process makes before it ends; null: one that has ended may have left it to others.</summary>
    internal static void WaitFor(string file, Process? process)
    {
        for (var i = 0; i < 60_000 && !File.Exists(file); i++)
        {
            Assert.False(process?.HasExited ?? false, $"It ended before there was {file}.");
            Thread.Sleep(2);
        }
    }
}
