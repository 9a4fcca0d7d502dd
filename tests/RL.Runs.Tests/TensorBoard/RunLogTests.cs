namespace RL.Runs.Tests;

/// <summary>What a run logs besides scalars.</summary>
public sealed class RunLogTests : IDisposable
{
    static readonly string[] _small =
    [
        "total_steps=600", "batch_size=16", "hidden_layers=8,8", "evaluation_interval=200", "evaluation_episodes=1", "checkpoint_interval=250",
        "log_interval=100", "log.histograms=100",
    ];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static List<(string Tag, long Step, string Content)> Logged(string run) =>
    [
        .. Directory.GetFiles(run, "events*").Order(StringComparer.Ordinal).SelectMany(EventReader.WithoutTimes)
            .Where(record => !record.Tag.StartsWith("time/", StringComparison.Ordinal) && !record.Tag.EndsWith("ms", StringComparison.Ordinal)
                && !record.Tag.StartsWith("_hparams_", StringComparison.Ordinal)),
    ];

    [Theory]
    [InlineData("td3", "InvertedPendulum-v5", "start_steps=100", "policy_delay=3", "log.images=400")]
    [InlineData("sac", "Pendulum-v1", "start_steps=100", "update_at=episode_end")]
    [InlineData("ddpg", "Pendulum-v1", "start_steps=100", "update_at=episode_end")]
    [InlineData("ppo", "CartPole-v1", "rollout_steps=128", "minibatches=2")]
    public void Resume_WithHistogramsAndImages_LogsWhatAnUninterruptedRunLogs(string agent, string environment, params string[] more)
    {
        var assignments = _small.Where(word => agent != "ppo" || !word.StartsWith("batch_size", StringComparison.Ordinal)).Concat(more);
        void Run(string name, Func<RunProgress, bool>? stop) => Training.Run(
            agent, environment, new() { Assignments = [.. assignments], Runs = _folder.Path, Name = name }, new() { Stop = stop }).Dispose();

        Run("whole", null);
        Run("halves", progress => progress.Step == 337);
        Training.Resume(_folder.File("halves")).Dispose();

        var whole = Logged(_folder.File("whole"));
        Assert.Equal(whole, Logged(_folder.File("halves")));
        var tags = whole.Select(record => record.Tag).ToHashSet();
        Assert.Contains("batch/actions", tags);
        Assert.Contains(tags, tag => tag.StartsWith("weights/", StringComparison.Ordinal));
        Assert.Equal(
            tags.Where(tag => tag.StartsWith("weights/", StringComparison.Ordinal)).Select(tag => tag["weights/".Length..]).Order(),
            tags.Where(tag => tag.StartsWith("gradients/", StringComparison.Ordinal)).Select(tag => tag["gradients/".Length..]).Order());
        Assert.Equal(agent == "td3" ? [400, 600] : [], whole.Where(record => record.Tag == "evaluation/episode").Select(record => record.Step));
    }

    [Fact]
    public void Run_WithHistogramsAndImages_LearnsTheSame()
    {
        byte[] Learned(string name, params string[] more)
        {
            Training.Run(
                "td3", "InvertedPendulum-v5",
                new() { Assignments = [.. _small, "start_steps=100", .. more], Runs = _folder.Path, Name = name }).Dispose();
            return File.ReadAllBytes(_folder.File(name, "evaluation.csv"));
        }

        Assert.Equal(Learned("plain", "log.histograms=0", "log.images=0"), Learned("logged", "log.images=400"));
    }

    [Fact]
    public void Run_ImagesOfATaskThatCannotBeDrawn_IsRefusedBeforeTheRun()
    {
        var error = Assert.Throws<UserException>(() => Training.Run(
            "ppo", "CartPole-v1", new() { Assignments = ["log.images=400"], Runs = _folder.File("runs") }));

        Assert.Equal("training.log.images is 400; allowed: 0, because CartPole-v1 cannot be drawn.", error.Message);
        Assert.False(Directory.Exists(_folder.File("runs")));
    }

    [Fact]
    public void Run_HyperParameters_AreTheOptionsAndHowItEnded()
    {
        Training.Run("td3", "Pendulum-v1", new() { Assignments = [.. _small, "total_steps=1"], Runs = _folder.Path, Name = "a" }).Dispose();

        var file = Directory.GetFiles(_folder.File("a"), "events*").Single();
        byte[] Content(string tag, int field) => (byte[])EventReader.AllFields((byte[])EventReader.AllFields((byte[])EventReader.AllFields(
            (byte[])EventReader.Value(file, tag)[9].Single())[1].Single())[2].Single())[field].Single();
        var names = EventReader.AllFields(Content("_hparams_/session_start_info", 3))[1]
            .Select(entry => System.Text.Encoding.UTF8.GetString((byte[])EventReader.AllFields((byte[])entry)[1].Single())).ToList();
        Assert.Contains("agent.discount", names);
        Assert.Contains("training.seed", names);
        Assert.Contains("environment", names);
        Assert.Equal(1UL, EventReader.AllFields(Content("_hparams_/session_end_info", 4))[1].Single());
    }
}
