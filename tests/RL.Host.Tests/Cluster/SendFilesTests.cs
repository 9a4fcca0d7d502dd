namespace RL.Host.Tests;

/// <summary>A cluster whose machines have no folder in common. Beside the other tests of clusters, which wait as long.</summary>
public sealed class SendFilesTests : WithWorkers
{
    [Fact]
    public void Sweep_WorkersShareNoFolderAndOneIsKilled_EndsWithTheBytesOfOneMachine()
    {
        var address = $"localhost:{FreePort()}";
        StartWorker(address, "--runs", Folder.File("first"));
        var second = StartWorker(address, "--runs", Folder.File("second"));
        using var sweep = Start(
            ["sweep", "td3", "Pendulum-v1", "batch_size=8,12,16", "--search", "grid", "--name", "a", "--workers", "2", "--cluster", address, "--send-files", .. Options]);
        string Said() => $"sweep: {sweep.Output}{sweep.Error}\nworkers:\n{string.Join("\n", Workers.Select(worker => worker.Error))}";
        var sent = Directory.CreateDirectory(Folder.File("second", ".sent")).FullName;
        Assert.True(Within(TimeSpan.FromMinutes(3), () => sweep.HasExited || Files(sent, "checkpoint-200.bin").Length > 0) && !sweep.HasExited, Said());
        second.Kill();
        Assert.True(sweep.WaitForExit(TimeSpan.FromMinutes(4)) == 0, Said());
        Assert.True(sweep.Error.Contains("is tried again from its last checkpoint", StringComparison.Ordinal), Said());
        AssertAsAlone(Options, 8, 12, 16);
        // Nothing stays behind but with the worker that was killed.
        Assert.True(Within(TimeSpan.FromSeconds(30), () => Files(Folder.File("first"), "*").Length == 0), string.Join(", ", Files(Folder.File("first"), "*")));
        Assert.Empty(Files(Folder.File("runs"), "*.tmp"));
    }

    static string[] Files(string folder, string pattern) => Directory.GetFiles(folder, pattern, SearchOption.AllDirectories);
}
