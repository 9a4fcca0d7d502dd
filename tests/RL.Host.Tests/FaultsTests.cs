namespace RL.Host.Tests;

/// <summary>A short run of benchmarks/scripts/faults.sh.</summary>
public sealed class FaultsTests
{
    [Fact]
    public void Run_FaultsAtSomeOperations_EndsInTheSameBytesOrInWords()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the faults are injected by a library for Linux");
        using var process = ChildProcess.Start(
            Repository.File("artifacts/bin/RL.Benchmarks/release/RL.Benchmarks"),
            Repository.Root,
            [("LD_PRELOAD", Repository.File("artifacts/native/libfault_shim.so")), ("TMPDIR", Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath())],
            ["faults", "td3,ppo", "kill,eio,enospc,damage", "53"]);

        var (code, table, error) = ChildProcess.Finish(process);

        Assert.True(code == 0, table + error);
    }
}
