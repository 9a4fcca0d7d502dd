using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace RL.Sweeps.Tests;

public sealed class SweepTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static SweepSpec Small(params string[] settings) => new()
    {
        Agent = "ppo",
        Environment = "CartPole-v1",
        Search = SearchMethod.Halving,
        Trials = 5,
        Factor = 2,
        FirstRung = 64,
        Seeds = "0,1",
        Settings = new(
            ((string[])
            [
                "learning_rate=1e-4..1e-1:log", "total_steps=256", "rollout_steps=16", "epochs=2", "minibatches=1", "hidden_layers=8",
                "evaluation_interval=32", "evaluation_episodes=1", "checkpoint_interval=32", "log_interval=1000", .. settings,
            ]).Select(setting => KeyValuePair.Create(setting.Split('=')[0], (JsonNode?)setting.Split('=')[1]))),
    };

    /// <summary>Runs in this process, on threads of their own as in workers.</summary>
    sealed class InProcess(Func<RunJob, RunOutcome?>? before = null) : IRunExecutor
    {
        public Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop) =>
            Task.Run(() => before?.Invoke(job) ?? Worker.Execute(job, report, TimeProvider.System, stop));
    }

    static SweepProgress Run(SweepFolder folder, IRunExecutor executor, int workers = 1, SweepCallbacks? callbacks = null, CancellationToken stop = default)
    {
        using var sweep = new Sweep(folder, callbacks ?? new(), "test", TimeProvider.System);
        sweep.Run(executor, workers, stop).GetAwaiter().GetResult();
        return sweep.Progress;
    }

    SweepFolder Create(string name, SweepSpec spec) => SweepFolder.Create(_folder.Path, name, SweepPlan.Of(spec), TimeProvider.System);

    /// <summary>Every file of a sweep whose bytes do not depend on time.</summary>
    Dictionary<string, string> Bytes(string sweep) => Directory.EnumerateFiles(_folder.File(sweep), "*", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) is "policy.safetensors" or "best.safetensors" or "evaluation.csv")
        .ToDictionary(file => Path.GetRelativePath(_folder.File(sweep), file), file => Convert.ToBase64String(File.ReadAllBytes(file)));

    List<string> Table(string sweep, string table)
    {
        using var connection = new SqliteConnection($"Data Source={_folder.File(sweep, SweepStore.FileName)};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SELECT * FROM {table}";
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(reader.GetValue)));
        }

        return rows;
    }

    [Fact]
    public void Run_StoppedAndResumedAgainAndAgain_EndsWithTheSameBits()
    {
        var whole = Run(Create("whole", Small()), new InProcess());
        Assert.Equal([TrialState.Stopped, TrialState.Finished], whole.Trials.Select(trial => trial.State).Distinct().Order());

        // Each time it is stopped a few reports later, in the middle of runs, with two runs at a time.
        var (reports, sessions) = (0, 0);
        SweepProgress halves;
        do
        {
            using var stop = new CancellationTokenSource();
            var limit = 9 + (4 * sessions++);
            reports = 0;
            var callbacks = new SweepCallbacks
            {
                Reported = (_, _) =>
                {
                    if (Interlocked.Increment(ref reports) == limit)
                    {
                        stop.Cancel();
                    }
                },
            };
            halves = Run(sessions == 1 ? Create("halves", Small()) : SweepFolder.Resume(_folder.Path, "halves"), new InProcess(), 2, callbacks, stop.Token);
        }
        while (halves.Open().Any());

        Assert.True(sessions > 2);
        var (expected, actual) = (Bytes("whole"), Bytes("halves"));
        Assert.Equal(expected.Keys.Order(), actual.Keys.Order());
        Assert.All(expected, file => Assert.Equal((file.Key, file.Value), (file.Key, actual[file.Key])));
        Assert.Equal(JsonSerializer.Serialize(whole.Trials.Select(trial => trial.Scores)), JsonSerializer.Serialize(halves.Trials.Select(trial => trial.Scores)));
        foreach (var table in new[] { "trials", "settings", "runs", "scores" })
        {
            Assert.NotEmpty(Table("whole", table));
            Assert.Equal(Table("whole", table), Table("halves", table));
        }
    }

    [Fact]
    public void Run_APromotedTrial_IsTheRunThatWasNeverPausedAndItsPresetRepeatsIt()
    {
        var folder = Create("a", Small() with { Seeds = "3" });
        var progress = Run(folder, new InProcess());
        var best = progress.Best!;
        Assert.Equal(TrialState.Finished, best.State);
        SweepReport.Write(folder, progress);

        using var alone = Training.Run("ppo", "CartPole-v1", new TrainingSettings
        {
            Preset = _folder.File("a", SweepFolder.BestName),
            Assignments = ["seed=3"],
            Runs = _folder.Path,
            Name = "alone",
        });
        Assert.Equal(File.ReadAllBytes(_folder.File("alone", "evaluation.csv")), File.ReadAllBytes(Path.Combine(best.Runs[0].Folder, "evaluation.csv")));
    }

    [Fact]
    public void Run_ATrialFails_SaysWhyAndTheOthersFinish()
    {
        var spec = Small("max_gradient_norm=0.5") with { Search = SearchMethod.Grid, Trials = null, FirstRung = null, Seeds = "0" };
        spec.Settings["learning_rate"] = "1e-3,1e-2";
        var executed = new List<string>();
        RunOutcome? Before(RunJob job)
        {
            executed.Add(Path.GetFileName(job.Folder));
            return job.Folder.EndsWith("t0000-s0", StringComparison.Ordinal) ? new(null, "The loss is not a number.") : null;
        }

        var progress = Run(Create("a", spec), new InProcess(Before));
        Assert.Equal((TrialState.Failed, "The loss is not a number."), (progress.Trials[0].State, progress.Trials[0].Error));
        Assert.Equal((TrialState.Finished, 1), (progress.Trials[1].State, progress.Best!.Trial.Number));
        Assert.Equal("The loss is not a number.", Table("a", "trials")[0].Split('|')[^1]);

        // It would fail again.
        executed.Clear();
        progress = Run(SweepFolder.Resume(_folder.Path, "a"), new InProcess(Before));
        Assert.Empty(executed);
        Assert.Equal(TrialState.Failed, progress.Trials[0].State);
    }

    [Fact]
    public void Run_AWorkerDies_IsTriedAgainAndLeftForResumeAtLast()
    {
        var spec = Small() with { Search = SearchMethod.Random, Trials = 2, FirstRung = null, Seeds = "0" };
        var (attempts, warnings) = (0, new List<string>());
        var dying = new InProcess(job => job.Folder.EndsWith("t0000-s0", StringComparison.Ordinal) && attempts++ < 4
            ? new(null, "The worker process was ended by signal 9.") { MayPass = true }
            : null);
        var progress = Run(Create("a", spec), dying, callbacks: new() { Warned = warnings.Add });
        Assert.Equal(3, attempts);
        Assert.Equal([TrialState.Begun, TrialState.Finished], progress.Trials.Select(trial => trial.State));
        Assert.Contains("t0000-s0 is left for --resume after 3 attempts: The worker process was ended by signal 9.", warnings);

        progress = Run(SweepFolder.Resume(_folder.Path, "a"), dying);
        Assert.Equal(5, attempts);
        Assert.All(progress.Trials, trial => Assert.Equal(TrialState.Finished, trial.State));
    }

    [Fact]
    public void Run_TheDatabaseIsLostOrCannotBeWritten_LosesNothing()
    {
        var spec = Small() with { Search = SearchMethod.Random, Trials = 2, FirstRung = null, Seeds = "0" };
        var expected = Run(Create("a", spec), new InProcess());
        var rows = Table("a", "scores");
        File.WriteAllText(_folder.File("a", SweepStore.FileName), "This is no database.");
        Run(SweepFolder.Resume(_folder.Path, "a"), new InProcess(_ => throw new InvalidOperationException("Nothing is left to be executed.")));
        Assert.Equal(rows, Table("a", "scores"));

        // A folder in its place is as bad as a full disk.
        File.Delete(_folder.File("a", SweepStore.FileName));
        Directory.CreateDirectory(_folder.File("a", SweepStore.FileName));
        var warnings = new List<string>();
        var progress = Run(SweepFolder.Resume(_folder.Path, "a", 3), new InProcess(), callbacks: new() { Warned = warnings.Add });
        Assert.Equal(3, progress.Trials.Count(trial => trial.State == TrialState.Finished));
        Assert.Equal(expected.Trials[0].Scores, progress.Trials[0].Scores);
        Assert.Contains(warnings, warning => warning.StartsWith("sweep.db cannot be written, and is made anew later", StringComparison.Ordinal));
    }

    [Fact]
    public void Resume_WhatIsNotAllowed_NamesIt()
    {
        using (Create("a", Small()))
        {
            Assert.Contains("is in use by another process", Assert.Throws<UserException>(() => SweepFolder.Resume(_folder.Path, "a")).Message);
            Assert.Contains("The sweep", Assert.Throws<UserException>(() => Create("a", Small())).Message);
        }

        Assert.Contains("--trials is 4; allowed when resuming: 5 or more", Assert.Throws<UserException>(() => SweepFolder.Resume(_folder.Path, "a", 4)).Message);
        Assert.Contains("There is no sweep 'b'", Assert.Throws<UserException>(() => SweepFolder.Resume(_folder.Path, "b")).Message);
        File.WriteAllText(_folder.File("a", SweepFolder.DocumentName), "{\"agents\": \"ppo\"}");
        Assert.Contains("agents", Assert.Throws<UserException>(() => SweepFolder.Resume(_folder.Path, "a")).Message);
    }
}
