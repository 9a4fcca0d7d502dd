using RL.Agents;
using RL.Environments;

namespace RL.Runs.Tests;

public sealed class TrainingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static TrainingSettings Small(string? runs, params string[] assignments) => new()
    {
        AgentOptions = new Td3Options { HiddenLayers = [8], StartSteps = 20, BatchSize = 8, ReplayCapacity = 500 },
        Training = new TrainingOptions
        {
            TotalSteps = 60, EvaluationInterval = 20, EvaluationEpisodes = 1, CheckpointInterval = 20, LogInterval = 10,
        },
        Assignments = assignments,
        Runs = runs,
        Name = "a",
    };

    string Run(string name) => _folder.File(name);

    [Fact]
    public void Run_WithoutAFolder_KeepsNothingAndGivesThePolicy()
    {
        using var result = Training.Run("td3", "Pendulum-v1", Small(null));

        Assert.Null(result.Folder);
        Assert.Equal((RunResult.Finished, 60), (result.Summary.Status, result.Summary.Steps));
        Assert.Equal(60, result.Last!.Step);
        // Played as the last evaluation was.
        Assert.Equal(result.Last.Mean, result.Policy.Evaluate().Mean);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Run_WithAFolder_LearnsTheSameAndKeepsIt()
    {
        using var without = Training.Run("td3", "Pendulum-v1", Small(null));
        using var with = Training.Run("td3", "Pendulum-v1", Small(_folder.Path));

        Assert.Equal(Run("a"), with.Folder);
        Assert.Equal(without.Last, with.Last);
        Assert.Equal(with.Summary, RunResult.Read(with.Folder!));
        Assert.Equal(3, EvaluationTable.Read(with.Folder!).Count());
        Assert.False(RunLock.IsTaken(with.Folder!));
    }

    // It stopped --resume, and the run could not go on.
    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    public void Resume_ResultThatIsDamaged_IsNamedAndWrittenAnew(long steps)
    {
        using (Training.Run("td3", "Pendulum-v1", Small(_folder.Path)))
        {
        }

        var file = Path.Combine(Run("a"), "result.json");
        File.WriteAllText(file, "{\"status\":");
        var warnings = new List<string>();
        using (var result = Training.Resume(Run("a"), [$"total_steps={steps}"], callbacks: new() { Warned = warnings.Add }))
        {
            Assert.Equal((RunResult.Finished, steps), (result.Summary.Status, result.Summary.Steps));
        }

        Assert.Equal(steps, RunResult.Read(Run("a"))!.Steps);
        if (steps == 60)
        {
            Assert.StartsWith($"{file} is damaged: ", Assert.Single(warnings), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Run_Callbacks_AreToldEverythingInOrder()
    {
        var told = new List<string>();
        using var result = Training.Run("td3", "Pendulum-v1", Small(_folder.Path), new()
        {
            Started = (folder, start, steps) => told.Add($"start {Path.GetFileName(folder)} {start.Step}/{steps}"),
            Metric = (tag, _, step) => told.AddRange(tag == "evaluation/return" ? [$"metric {step}"] : Array.Empty<string>()),
            Evaluated = (evaluation, now) => told.Add($"evaluation {evaluation.Step} {now.Last == EvaluationRow.Of(evaluation)}"),
            CheckpointWritten = step => told.Add($"checkpoint {step} {File.Exists(Run($"a/checkpoints/checkpoint-{step}.bin"))}"),
        });

        Assert.Equal(
            ["start a 0/60", .. new[] { 20, 40, 60 }.SelectMany(step =>
                new[] { $"metric {step}", $"evaluation {step} True", $"checkpoint {step} True" })],
            told);
    }

    [Fact]
    public void Run_StoppedBeforeItsFirstStep_ResumesAsIfItHadNot()
    {
        var settings = Small(null, "normalize.observations=true");
        using var whole = Training.Run("td3", "Pendulum-v1", settings);
        using var stopped = Training.Run("td3", "Pendulum-v1", settings with { Runs = _folder.Path }, stop: new(canceled: true));
        Assert.Equal((RunResult.Stopped, 0), (stopped.Summary.Status, stopped.Summary.Steps));

        using var rest = Training.Resume(stopped.Folder!);

        Assert.Equal(whole.Last, rest.Last);
    }

    [Fact]
    public void Run_StopCondition_EndsThereAndResumesAsIfItHadNot()
    {
        using var whole = Training.Run("td3", "Pendulum-v1", Small(_folder.Path) with { Name = "whole" });
        using var stopped = Training.Run("td3", "Pendulum-v1", Small(_folder.Path), new() { Stop = now => now.Step == 33 });

        Assert.Equal((RunResult.Stopped, 33), (stopped.Summary.Status, stopped.Summary.Steps));
        using var rest = Training.Resume(stopped.Folder!);
        Assert.Equal((RunResult.Finished, whole.Last, whole.Best), (rest.Summary.Status, rest.Last, rest.Best));
        Assert.Equal(
            File.ReadAllBytes(Run("whole/policy.safetensors")), File.ReadAllBytes(Run("a/policy.safetensors")));
    }

    [Fact]
    public void Run_RestrictedActions_AreLoggedRecordedAndResumedBitForBit()
    {
        string[] options = ["env.restrict=balls", "env.restrict_size=1.5", "env.action_range=0.9", "total_steps=60"];
        var logged = new Dictionary<string, List<double>>();
        using var whole = Training.Run("td3", "InvertedDoublePendulum-v4", Small(_folder.Path, options) with { Name = "whole" }, new()
        {
            Metric = (tag, value, _) =>
            {
                logged.TryAdd(tag, []);
                logged[tag].Add(value);
            },
        });
        using var stopped = Training.Run(
            "td3", "InvertedDoublePendulum-v4", Small(_folder.Path, options), new() { Stop = now => now.Step == 33 });
        using var rest = Training.Resume(stopped.Folder!);

        Assert.Equal((whole.Last, whole.Best), (rest.Last, rest.Best));
        Assert.Equal(File.ReadAllBytes(Run("whole/policy.safetensors")), File.ReadAllBytes(Run("a/policy.safetensors")));
        var saved = Preset.Read(Run("a/run.json")).Env;
        Assert.Equal(
            ("balls", 1.5, 0.9), ((string)saved["restrict"]!, (double)saved["restrict_size"]!, (double)saved["action_range"]!));
        // −10 for each invalid step and nothing else: the two series say the same.
        Assert.Equal(6, logged["action/valid"].Count);
        Assert.All(logged["action/valid"].Zip(logged["reward/invalid"]), pair => Assert.Equal(-10 * (1 - pair.First), pair.Second, 1e-9));
        Assert.Contains(logged["action/valid"], share => share is > 0 and < 1);
        Assert.Equal(3, logged["evaluation/action/valid"].Count);
        Assert.All(
            logged["evaluation/action/valid"].Zip(logged["evaluation/reward/invalid"]),
            pair => Assert.Equal(-10 * (1 - pair.First), pair.Second, 1e-9));
        Assert.Equal(
            logged["evaluation/return"][^1] / logged["evaluation/length"][^1],
            logged["evaluation/reward/task"][^1] + logged["evaluation/reward/invalid"][^1],
            1e-9);
    }

    [Theory]
    [InlineData("normalize.observations=false")]
    [InlineData("normalize.observations=true")]
    public void Load_ACheckpoint_IsThePolicyOfThatStep(string option)
    {
        // Evaluations and checkpoints at the same steps: 20, 40 and 60.
        var (settings, steps) = (Small(_folder.Path, option), new List<(long Step, double Mean)>());
        using var result = Training.Run("td3", "Pendulum-v1", settings, new() { Evaluated = (now, _) => steps.Add((now.Step, now.Mean)) });
        foreach (var (step, mean) in steps.TakeLast(2))
        {
            using var policy = Policy.Load(Run("a"), checkpoint: step.ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Equal(mean, policy.Evaluate().Mean);
        }

        using (var last = Policy.Load(Run("a"), checkpoint: "last"))
        {
            Assert.Equal(steps[^1].Mean, last.Evaluate().Mean);
        }

        Assert.Contains(
            "--checkpoint is 50; allowed for", Assert.Throws<UserException>(() => Policy.Load(Run("a"), checkpoint: "50")).Message);
    }

    [Fact]
    public void Load_ARunBeforeItsFirstEvaluation_PlaysItsCheckpoint()
    {
        using var stopped = Training.Run(
            "td3", "Pendulum-v1", Small(_folder.Path, "evaluation_interval=0"), new() { Stop = now => now.Step == 30 });

        Assert.Contains("--checkpoint last", Assert.Throws<UserException>(() => Policy.Load(stopped.Folder!)).Message);
        using var policy = Policy.Load(stopped.Folder!, checkpoint: "last");
        Assert.Equal(stopped.Policy.Evaluate().Mean, policy.Evaluate().Mean);
    }

    [Theory]
    [InlineData("true", 1)]
    [InlineData("false", 0)]
    public void Resume_OfALongerAnnealedRun_SaysWhatThatMeans(string anneal, int expected)
    {
        var settings = new TrainingSettings
        {
            Runs = _folder.Path, Name = "a",
            Assignments = ["total_steps=64", "rollout_steps=32", "minibatches=2", "hidden_layers=8", "evaluation_episodes=1", $"anneal_learning_rate={anneal}"],
        };
        Training.Run("ppo", "Pendulum-v1", settings).Dispose();
        var notes = new List<string>();
        Training.Resume(Run("a"), ["total_steps=128"], new() { Noted = notes.Add }).Dispose();

        Assert.Equal(expected, notes.Count(note => note.Contains("The learning rate falls to 0 at training.total_steps, now 128", StringComparison.Ordinal)));
    }

    [Fact]
    public void Resume_OfAFinishedRun_ChangesNothingUnlessStepsAreRaised()
    {
        using var first = Training.Run("td3", "Pendulum-v1", Small(_folder.Path));
        var notes = new List<string>();
        using var second = Training.Resume(first.Folder!, callbacks: new() { Noted = notes.Add });
        Assert.Equal(first.Summary, second.Summary);
        Assert.Contains("The run is finished", Assert.Single(notes));

        using var third = Training.Resume(first.Folder!, ["total_steps=80"]);
        Assert.Equal(80, third.Summary.Steps);
    }

    [Fact]
    public void Run_CallbackThatThrows_EndsTheRunAndFreesTheFolder()
    {
        Assert.Throws<TimeZoneNotFoundException>(() => Training.Run("td3", "Pendulum-v1", Small(_folder.Path), new()
        {
            Evaluated = (_, _) => throw new TimeZoneNotFoundException(),
        }));

        Assert.Contains(nameof(TimeZoneNotFoundException), File.ReadAllText(Run("a/error.log")));
        Assert.False(RunLock.IsTaken(Run("a")));
    }

    [Fact]
    public void Run_RecordAndAssignment_TheAssignmentIsOnTop()
    {
        using var result = Training.Run("td3", "Pendulum-v1", Small(null, "hidden_layers=4"));

        Assert.Equal([4], ((Td3Options)result.Policy.AgentOptions).HiddenLayers);
        Assert.Equal(8, ((Td3Options)result.Policy.AgentOptions).BatchSize);
    }

    [Theory]
    [InlineData(1.4)]
    [InlineData(double.NaN)]
    public void Run_RecordWithAValueThatIsNotAllowed_NamesItAndBeginsNothing(double discount)
    {
        var error = Assert.Throws<UserException>(() => Training.Run(
            "td3", "Pendulum-v1", Small(_folder.Path) with { AgentOptions = new Td3Options { Discount = discount } }));

        Assert.Contains("agent.discount is ", error.Message);
        Assert.Contains("allowed: a number from 0 to 1", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Run_OptionsOfAnotherAgent_AreRefused() => Assert.Contains(
        "td3 takes Td3Options, not DdpgOptions",
        Assert.Throws<UserException>(
            () => Training.Run("td3", "Pendulum-v1", new() { AgentOptions = new DdpgOptions() })).Message);
}
