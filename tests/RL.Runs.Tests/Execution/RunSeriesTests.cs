using RL.Agents;

namespace RL.Runs.Tests;

public sealed class RunSeriesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    TrainingSettings Small(string? name, params string[] assignments) => new()
    {
        AgentOptions = new Td3Options { HiddenLayers = [8], StartSteps = 20, BatchSize = 8, ReplayCapacity = 500 },
        Training = new TrainingOptions { TotalSteps = 40, EvaluationInterval = 20, EvaluationEpisodes = 1, CheckpointInterval = 20, LogInterval = 10 },
        Assignments = assignments,
        Runs = _folder.Path,
        Name = name,
    };

    IReadOnlyList<string> Prepare(string name, params long[] seeds) =>
        RunSeries.Prepare("td3", "Pendulum-v1", Small(name), seeds, _ => { }, TimeProvider.System).Folders;

    [Fact]
    public void Resume_APreparedRun_IsTheRunThatWasNotPrepared()
    {
        var folder = Assert.Single(Prepare("a", 3));
        Assert.Equal(_folder.File("a-s3"), folder);
        Assert.Empty(Preset.Read(Path.Combine(folder, "run.json")).Sessions);
        var notes = new List<string>();
        using var prepared = Training.Resume(folder, callbacks: new() { Noted = notes.Add });
        using var direct = Training.Run("td3", "Pendulum-v1", Small("direct", "seed=3"));

        Assert.Empty(notes);
        Assert.Equal((RunResult.Finished, direct.Last, direct.Best), (prepared.Summary.Status, prepared.Last, prepared.Best));
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(direct.Folder!, "policy.safetensors")), File.ReadAllBytes(Path.Combine(folder, "policy.safetensors")));
        Assert.Single(Preset.Read(Path.Combine(folder, "run.json")).Sessions);
    }

    [Fact]
    public void Resume_APreparedRunOfAPolicy_StartsFromThatPolicyOrSaysThatItHasChanged()
    {
        using var origin = Training.Run("td3", "Pendulum-v1", Small("origin"));
        using var direct = Training.Run("td3", "Pendulum-v1", Small("direct") with { From = "origin" });
        var prepared = Training.Prepare("td3", "Pendulum-v1", Small("prepared") with { From = "origin" });
        var late = Training.Prepare("td3", "Pendulum-v1", Small("late") with { From = "origin" });
        using (var resumed = Training.Resume(prepared))
        {
            Assert.Equal(direct.Last, resumed.Last);
        }

        Training.Resume(origin.Folder!, ["total_steps=60"]).Dispose();
        Assert.Contains("the file is another one now", Assert.Throws<UserException>(() => Training.Resume(late)).Message);
    }

    [Fact]
    public void Prepare_OneNameIsTaken_WritesNothing()
    {
        Prepare("a", 1);
        Assert.Contains("a-s1 exists already", Assert.Throws<UserException>(() => Prepare("a", 0, 1, 2)).Message);
        Assert.Equal([_folder.File("a-s1")], Directory.GetDirectories(_folder.Path));
    }

    [Fact]
    public void Prepare_TheSameSecondTwice_AreTwoSeries()
    {
        var clock = new ManualClock();
        var first = RunSeries.Prepare("td3", "Pendulum-v1", Small(null), [0, 1], _ => { }, clock);
        var second = RunSeries.Prepare("td3", "Pendulum-v1", Small(null), [0, 1], _ => { }, clock);
        Assert.StartsWith("Pendulum-v1__td3__", first.Name);
        Assert.Equal($"{first.Name}-2", second.Name);
        Assert.Equal(first.Folders, RunSeries.Find(_folder.Path, first.Name));
    }

    [Fact]
    public void Find_ASeries_IsItsRunsInTheOrderOfTheirSeeds()
    {
        var folders = Prepare("a", 10, 9, 0);
        Directory.CreateDirectory(_folder.File("a-s1"));
        Prepare("a-s0", 5);
        Assert.Equal([folders[2], folders[1], folders[0]], RunSeries.Find(_folder.Path, "a"));
        Assert.Equal([folders[2], folders[1], folders[0]], RunSeries.Find("elsewhere", _folder.File("a") + "/"));
        Assert.Empty(RunSeries.Find(_folder.Path, "a-s10"));
        Assert.Empty(RunSeries.Find(_folder.Path, "b"));
    }

    [Fact]
    public void CheckChanges_AnythingButMoreSteps_IsRefused()
    {
        var folders = Prepare("a", 0, 1);
        RunSeries.CheckChanges(folders, ["training.total_steps=80"]);
        Assert.Contains("only training.total_steps may be raised", Assert.Throws<UserException>(() => RunSeries.CheckChanges(folders, ["seed=3"])).Message);
        Assert.Contains("allowed when resuming: 40 or more", Assert.Throws<UserException>(() => RunSeries.CheckChanges(folders, ["total_steps=30"])).Message);
    }

    [Fact]
    public void Run_OfAWorker_ReportsEverythingAndStopsWhenItsInputEnds()
    {
        var folder = Assert.Single(Prepare("a", 0));
        using var output = new StringWriter();
        // The input ends at once, so that the run stops before its first step, or soon after.
        var job = System.Text.Json.JsonSerializer.Serialize(new RunJob(folder), OptionsJson.Line);
        Assert.True(Worker.Run(new StringReader(job), output, TimeProvider.System, default));
        var messages = Messages(output);
        Assert.NotNull(messages[^1].Outcome!.Result);
        Assert.Null(messages[^1].Outcome!.Error);

        using var rest = new StringWriter();
        using var open = new BlockingReader(job);
        Assert.True(Worker.Run(open, rest, TimeProvider.System, default));
        messages = Messages(rest);
        Assert.Equal(RunReportKind.Started, messages[0].Report!.Kind);
        Assert.Equal((RunResult.Finished, 40L), (messages[^1].Outcome!.Result!.Status, messages[^1].Outcome!.Result!.Steps));
    }

    [Fact]
    public void Run_OfAWorkerWithPieces_DoesOneAfterTheOtherUntilOneFails()
    {
        using var output = new StringWriter();
        using var input = new BlockingReader("{\"folder\":\"\",\"piece\":\"1\"}", "{\"folder\":\"\",\"piece\":\"2\"}", "{\"folder\":\"\",\"piece\":\"3\"}");
        var done = new List<string>();
        var isGood = Worker.Run(
            input,
            output,
            TimeProvider.System,
            (job, _) =>
            {
                done.Add(job.Piece!);
                if (job.Piece == "2")
                {
                    throw new IOException("The disk is full.");
                }
            },
            TestContext.Current.CancellationToken);
        Assert.False(isGood);
        Assert.Equal(["1", "2"], done);
        Assert.Equal([null, "The disk is full."], Messages(output).Select(message => message.Outcome!.Error));
    }

    [Fact]
    public async Task Execute_Pieces_AreDoneByOneProcessAndByAnotherAfterItIsKilled()
    {
        var file = _folder.File("processes");
        const string Done = "{\"outcome\":{\"result\":null,\"error\":null,\"may_pass\":false}}";
        using var executor = new WorkerProcesses("/bin/sh", ["-c", $"while read -r job; do echo $$ >>{file}; echo '{Done}'; done"], 1);
        string[] Processes() => File.ReadAllLines(file);
        async Task Do() => Assert.Null((await executor.Execute(new("") { Piece = "a" }, _ => { }, TestContext.Current.CancellationToken)).Error);
        await Do();
        await Do();
        Assert.Single(Processes().Distinct());
        using (var process = System.Diagnostics.Process.GetProcessById(int.Parse(Processes()[0], System.Globalization.CultureInfo.InvariantCulture)))
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Do();
        Assert.Equal(2, Processes().Distinct().Count());
    }

    [Fact]
    public void Run_OfAWorkerWhoseRunFails_SaysWhy()
    {
        using var output = new StringWriter();
        using var input = new BlockingReader("{\"folder\":\"/no/such/run\"}");
        Assert.False(Worker.Run(input, output, TimeProvider.System, default));
        Assert.Contains("There is no run '/no/such/run'", Messages(output)[^1].Outcome!.Error);
        Assert.Throws<InvalidDataException>(() => Worker.Run(new StringReader("what"), output, TimeProvider.System, default));
        Assert.Throws<InvalidDataException>(() => Worker.Run(new StringReader(""), output, TimeProvider.System, default));
    }

    [Fact]
    public async Task Execute_AProgramThatIsNone_IsAnOutcome()
    {
        using var executor = new WorkerProcesses("/no/such/program", [], 1);
        var outcome = await executor.Execute(new("a"), _ => { }, TestContext.Current.CancellationToken);
        Assert.Contains("/no/such/program cannot be started", outcome.Error);
    }

    [Fact]
    public async Task Execute_AProgramThatDies_IsAnOutcomeWithItsLastWords()
    {
        using var executor = new WorkerProcesses("/bin/sh", ["-c", "echo no memory >&2; exit 3"], 1);
        var outcome = await executor.Execute(new("a"), _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal("The worker process ended with exit code 3: no memory", outcome.Error);
        using var killed = new WorkerProcesses("/bin/sh", ["-c", "kill -9 $$"], 1);
        outcome = await killed.Execute(new("a"), _ => { }, TestContext.Current.CancellationToken);
        Assert.Equal("The worker process was ended by signal 9.", outcome.Error);
    }

    static List<WorkerMessage> Messages(StringWriter output) =>
        [.. output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => WorkerMessage.Parse(line)!)];

    /// <summary>Lines, and then nothing, but no end.</summary>
    sealed class BlockingReader(params string[] lines) : TextReader
    {
        readonly ManualResetEventSlim _end = new();
        int _read = -1;

        public override string? ReadLine()
        {
            if (Interlocked.Increment(ref _read) is var next && next < lines.Length)
            {
                return lines[next];
            }

            _end.Wait();
            return null;
        }

        protected override void Dispose(bool disposing)
        {
            _end.Set();
            base.Dispose(disposing);
        }
    }
}
