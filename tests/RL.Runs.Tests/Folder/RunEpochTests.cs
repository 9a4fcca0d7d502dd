namespace RL.Runs.Tests;

/// <summary>An attempt at a run that another worker has begun anew writes nothing more.</summary>
public sealed class RunEpochTests : IDisposable
{
    static readonly string[] _options =
    [
        "start_steps=20", "hidden_layers=8", "replay_capacity=400", "evaluation_interval=100", "evaluation_episodes=1", "checkpoint_interval=50",
        "log_interval=100", "training.log.monitor=true", "total_steps=300",
    ];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Prepare(string name) => Training.Prepare("td3", "Pendulum-v1", new() { Assignments = _options, Runs = _folder.Path, Name = name });

    static void Continue(string path, long epoch, TrainingCallbacks? callbacks = null) =>
        Training.Continue(new(path) { Epoch = epoch }, callbacks ?? new(), "test", TimeProvider.System, CancellationToken.None).Dispose();

    static Dictionary<string, byte[]> Content(string path) => Directory.GetFiles(path, "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) != RunLock.FileName).ToDictionary(file => file, File.ReadAllBytes);

    [Fact]
    public void Grant_EachTime_IsOneMore()
    {
        Assert.Equal(0, RunEpoch.Read(_folder.Path));
        Assert.Equal(1, RunEpoch.Grant(_folder.Path));
        Assert.Equal(2, RunEpoch.Grant(_folder.Path));
        new RunEpoch(_folder.Path, 2).ThrowUnlessHeld();
        Assert.Contains("is with attempt 2", Assert.Throws<IOException>(new RunEpoch(_folder.Path, 1).ThrowUnlessHeld).Message);
    }

    [Theory]
    [InlineData(120)]
    [InlineData(150)]
    [InlineData(200)]
    public void Continue_AnotherAttemptBeginsMeanwhile_WritesNothingMoreAndTheOtherEndsAsAlone(long step)
    {
        var path = Prepare("a");
        var first = RunEpoch.Grant(path);
        Dictionary<string, byte[]>? then = null;
        var isAt = new TrainingCallbacks
        {
            Progressed = progress =>
            {
                if (progress.Step == step)
                {
                    RunEpoch.Grant(path);
                    then = Content(path);
                }
            },
        };
        Assert.Contains("is with attempt 2", Assert.Throws<IOException>(() => Continue(path, first, isAt)).Message);
        Assert.Equal(then!, Content(path));

        Continue(path, 2);
        using var alone = Training.Run("td3", "Pendulum-v1", new() { Assignments = _options, Runs = _folder.Path, Name = "alone" });
        foreach (var file in new[] { "policy.safetensors", "best.safetensors", "evaluation.csv" })
        {
            Assert.Equal(File.ReadAllBytes(_folder.File("alone", file)), File.ReadAllBytes(Path.Combine(path, file)));
        }
    }

    [Fact]
    public void Continue_AnEarlierAttempt_WritesNothing()
    {
        var path = Prepare("a");
        RunEpoch.Grant(path);
        RunEpoch.Grant(path);
        var before = Content(path);
        Assert.Throws<IOException>(() => Continue(path, 1));
        Assert.Equal(before, Content(path));
    }
}
