using Orleans;

namespace RL.Host.Tests;

/// <summary>Files on their way from one machine to another.</summary>
public sealed class SentFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Write(string name, params byte[] bytes)
    {
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    FolderSnapshot Snapshot() => FolderSnapshot.Of(_folder.File("here"), _folder.File("here", "run"), FolderSnapshot.OfRun);

    FolderReceiver Receiver() => new(_folder.File("there"), _ => true, isToStay: true);

    RunTransfer Transfer() => new(new(_folder.File("here", "run")), TimeProvider.System);

    WorkerFiles WorkersFiles() => new(_folder.File("there"), _folder.File("there", "run"), epoch: 7, isPiece: false, () => { });

    LocalWorker Worker() => new(WorkersFiles());

    byte[] Here(string name) => File.ReadAllBytes(_folder.File("here", "run", name));

    /// <summary>Brings all that is missing, and returns how many pieces that were.</summary>
    static int Bring(FolderSnapshot from, FolderReceiver to)
    {
        var missing = to.Begin(from.Files);
        foreach (var (name, piece) in missing)
        {
            to.Put(name, piece, from.Read(name, piece));
        }

        to.Commit();
        return missing.Count;
    }

    [Fact]
    public void Bring_FilesOfSeveralPieces_AreTheSameThereAndOnlyWhatIsNewTravels()
    {
        Write("here/run/checkpoints/replay-0.bin", [.. Enumerable.Range(0, SentFile.PieceBytes + 100).Select(i => (byte)(i * i / 7))]);
        Write("here/run/checkpoints/checkpoint-1.bin", 1);
        Write("here/run/evaluation.csv");
        using var receiver = Receiver();
        using (var first = Snapshot())
        {
            Assert.Equal(3, Bring(first, receiver));
        }

        File.AppendAllText(_folder.File("here", "run", "checkpoints", "replay-0.bin"), "more");
        File.Delete(_folder.File("here", "run", "checkpoints", "checkpoint-1.bin"));
        Write("here/run/checkpoints/checkpoint-2.bin", 2);
        using var second = Snapshot();
        Assert.Equal(2, Bring(second, receiver));
        Assert.Equal(0, Bring(second, receiver));
        Assert.Equal(File.ReadAllBytes(_folder.File("here", "run", "checkpoints", "replay-0.bin")), File.ReadAllBytes(_folder.File("there", "run", "checkpoints", "replay-0.bin")));
        Assert.Equal(
            ["checkpoint-2.bin", "replay-0.bin"],
            Directory.GetFiles(_folder.File("there", "run", "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(File.ReadAllBytes(_folder.File("there", "run", "evaluation.csv")));
    }

    [Fact]
    public void Snapshot_AFileThatIsReplacedOrGrows_IsReadAsItWas()
    {
        Write("here/run/policy.safetensors", 1, 2, 3);
        Write("here/run/monitor.csv", 4);
        Write("here/run/.lock");
        Write("here/run/policy.safetensors.tmp", 9);
        using var snapshot = Snapshot();
        Assert.Equal(["run/monitor.csv", "run/policy.safetensors"], snapshot.Files.Select(file => file.Name));
        File.Move(Write("here/other", 7, 7), _folder.File("here", "run", "policy.safetensors"), overwrite: true);
        File.AppendAllText(_folder.File("here", "run", "monitor.csv"), "more");
        Assert.Equal(new byte[] { 1, 2, 3 }, snapshot.Read("run/policy.safetensors", 0));
        Assert.Equal(new byte[] { 4 }, snapshot.Read("run/monitor.csv", 0));
        Assert.Throws<ArgumentException>(() => snapshot.Read("run/policy.safetensors", 1));
        Assert.Throws<ArgumentException>(() => snapshot.Read("../secret", 0));
    }

    [Fact]
    public void Commit_APieceIsWrongOrMissing_LeavesTheOldFile()
    {
        Write("here/run/policy.safetensors", 1, 2, 3);
        Write("there/run/policy.safetensors", 5);
        using var snapshot = Snapshot();
        using (var receiver = Receiver())
        {
            receiver.Begin(snapshot.Files);
            Assert.Throws<IOException>(() => receiver.Put("run/policy.safetensors", 0, [1, 2, 4]));
            Assert.Throws<IOException>(() => receiver.Put("run/policy.safetensors", 0, [1, 2]));
            Assert.Throws<IOException>(receiver.Commit);
        }

        Assert.Equal(new byte[] { 5 }, File.ReadAllBytes(_folder.File("there", "run", "policy.safetensors")));
        Assert.Single(Directory.GetFiles(_folder.File("there"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("run/../../x")]
    [InlineData("run//x")]
    [InlineData("run\\x")]
    [InlineData("")]
    public void Begin_ANameThatLeadsElsewhere_IsRefused(string name)
    {
        using var receiver = Receiver();
        Assert.Throws<IOException>(() => receiver.Begin([new(name, 0, [])]));
        Assert.False(Directory.Exists(_folder.File("there")));
    }

    [Fact]
    public void Begin_ALinkStandsThere_IsRefused()
    {
        Write("here/run/policy.safetensors", 1);
        Write("elsewhere", 2);
        Directory.CreateDirectory(_folder.File("there", "run"));
        File.CreateSymbolicLink(_folder.File("there", "run", "policy.safetensors"), _folder.File("elsewhere"));
        using var receiver = Receiver();
        using var snapshot = Snapshot();
        Assert.Throws<IOException>(() => receiver.Begin(snapshot.Files));
        Assert.Equal(new byte[] { 2 }, File.ReadAllBytes(_folder.File("elsewhere")));
    }

    [Fact]
    public void Commit_EndsInTheMiddle_HasTheListOfTheFilesFirst()
    {
        string[] names = [".files", "best.safetensors", "evaluation.csv", "policy.safetensors", "run.json"];
        using var receiver = Receiver();
        for (byte time = 0; time < 2; time++)
        {
            foreach (var name in names)
            {
                Write("here/run/" + name, time);
            }

            using var snapshot = Snapshot();
            if (time == 0)
            {
                Bring(snapshot, receiver);
                // Stands where every other file is to go.
                foreach (var name in names[1..])
                {
                    File.Delete(_folder.File("there", "run", name));
                    Write($"there/run/{name}/x");
                }
            }
            else
            {
                Assert.ThrowsAny<Exception>(() => Bring(snapshot, receiver));
            }
        }

        Assert.Equal(new byte[] { 1 }, File.ReadAllBytes(_folder.File("there", "run", ".files")));
    }

    [Fact]
    public async Task Transfer_AnswersAreLostAndOthersPutFilesThere_BringsTheRunsOwnBack()
    {
        Write("here/run/run.json", 1);
        Write("here/run/error.log", 1);
        Write("here/run/notes.txt", 1);
        Write("here/run/videos/a.mp4", 1);
        Write("here/run/checkpoints/checkpoint-100.bin.tmp", 1);
        using var worker = Worker();
        using var transfer = Transfer();
        Assert.True(await transfer.Send(worker, CancellationToken.None));
        Assert.Equal([".epoch", "error.log", "run.json"], Directory.GetFiles(_folder.File("there"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        new RunEpoch(_folder.File("there", "run"), 7).ThrowUnlessHeld();

        Write("here/run/notes.txt", 2);
        File.Delete(_folder.File("there", "run", "error.log"));
        Write("there/run/notes.txt", 3);
        var result = new RunResult("there", "td3", "Pendulum-v1", 0, RunResult.Finished, 200, null, null, 1);
        result.Write(_folder.File("there", "run"));
        Write("there/run/checkpoints/checkpoint-200.bin", 3);
        worker.LosesAnswers = true;
        worker.IsEnd = true;
        var outcome = await transfer.FetchEnd(worker, new(result, null));
        Assert.Equal(new byte[] { 2 }, Here("notes.txt"));
        // Where the run was there is nothing any more.
        Assert.Equal(result with { Run = _folder.File("here", "run") }, outcome.Result);
        Assert.Equal(outcome.Result, RunResult.Read(_folder.File("here", "run")));
        Assert.Equal(
            ["a.mp4", "checkpoint-200.bin", "notes.txt", "result.json", "run.json"],
            Directory.GetFiles(_folder.File("here"), "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Files_TheAnswerIsLost_AreToldAgain()
    {
        using var files = WorkersFiles();
        Write("there/run/checkpoints/checkpoint-200.bin", 3);
        for (var time = 0; time < 2; time++)
        {
            SentFile[]? told;
            while ((told = await files.Changed(newest: null, isEnd: false)) is null)
            {
                await Task.Delay(1, TestContext.Current.CancellationToken);
            }

            Assert.Equal("run/checkpoints/checkpoint-200.bin", Assert.Single(told).Name);
        }

        Assert.Null(await files.Changed("checkpoint-200.bin", isEnd: false));
    }

    [Fact]
    public async Task Send_TheWorkerFailsSomehow_IsAnErrorOfTheFilesAlone()
    {
        Write("here/run/run.json", 1);
        using var worker = Worker();
        worker.Trouble = new KeyNotFoundException("trouble");
        using var transfer = Transfer();
        var problem = await Assert.ThrowsAsync<IOException>(() => transfer.Send(worker, CancellationToken.None));
        Assert.Equal("trouble", problem.Message);
    }

    [Fact]
    public async Task Send_IsStopped_EndsThoughTheWorkerDoesNotAnswer()
    {
        Write("here/run/run.json", 1);
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        using var worker = Worker();
        worker.Trouble = new TimeoutException();
        using var transfer = Transfer();
        await Assert.ThrowsAsync<OperationCanceledException>(() => transfer.Send(worker, stop.Token));
    }

    [Fact]
    public async Task Send_APiece_TakesOfWhatAllShareWhatItReads()
    {
        Write("here/shared/policy.safetensors", 1);
        Write("here/shared/states-000.safetensors", 1);
        Write("here/shared/states-001.safetensors", 1);
        Directory.CreateDirectory(_folder.File("here", "shared", "radii-001"));
        using var worker = new LocalWorker(new(_folder.File("there"), _folder.File("there", "shared", "radii-001"), epoch: 7, isPiece: true, () => { }));
        using var transfer = new RunTransfer(
            new(_folder.File("here", "shared", "radii-001")) { Piece = "{}", Shared = ["policy.safetensors", "states-001.safetensors"] }, TimeProvider.System);
        await transfer.Send(worker, CancellationToken.None);
        Assert.Equal(
            ["policy.safetensors", "states-001.safetensors"],
            Directory.GetFiles(_folder.File("there", "shared")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task PassRequest_OfAnotherProcess_GetsToTheRunAtWork()
    {
        Write("here/run/run.json", 1);
        using var worker = Worker();
        using var transfer = Transfer();
        await transfer.Send(worker, CancellationToken.None);
        using var here = RunLock.TryTake(_folder.File("here", "run"));
        using var there = RunLock.TryTake(_folder.File("there", "run"));
        RunRequest.Write(_folder.File("here", "run"), RunRequest.Checkpoint);
        await transfer.PassRequest(worker);
        Assert.Null(RunRequest.Take(_folder.File("here", "run")));
        Assert.Equal(RunRequest.Checkpoint, RunRequest.Take(_folder.File("there", "run")));
    }

    [Fact]
    public async Task End_OfAWorker_StopsItsRunsAndWaitsForTheirFiles()
    {
        using var room = new WorkerRoom(_folder.File("runs"), new Waiter(), 2, _ => { });
        const string Job = "{\"run\":{\"folder\":\"\",\"piece\":\"{}\"},\"sends_files\":true}";
        var attempt = new RunAttempt(1, "x/a/t0000-s0");
        Assert.True(room.TryTake(attempt.ToString()));
        var files = room.FilesOf(attempt, Job)!;
        files.Begin([]);
        files.End();
        RunOutcome? outcome = null;
        var execution = room.Execute(attempt, Job, files, message => outcome = message.Outcome, CancellationToken.None);
        var end = room.End(TimeSpan.FromMinutes(1), TimeProvider.System);
        await execution;
        Assert.True(outcome is { Error: "The worker has been stopped.", MayPass: true });
        Assert.False(end.IsCompleted);
        Assert.False(room.TryTake("1/y"));
        files.Dispose();
        await end;
    }

    [Fact]
    public void Open_TheListNamesACheckpointAndItsFolderDidNotTravel_GoesOn()
    {
        Directory.CreateDirectory(_folder.File("run"));
        RunFiles.Create(_folder.File("run"));
        File.AppendAllText(_folder.File("run", RunFiles.FileName), "checkpoints/checkpoint-300.bin\n");
        Assert.Empty(RunFiles.Open(_folder.File("run")).Find("checkpoints/"));
    }

    /// <summary>Waits until it is stopped.</summary>
    sealed class Waiter : IRunExecutor
    {
        public async Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop)
        {
            await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return RunOutcome.NotBegun;
        }
    }

    /// <summary>A worker without a network.</summary>
    sealed class LocalWorker(WorkerFiles files) : IRunGrain, IDisposable
    {
        int _answers;

        /// <summary>What comes of every question.</summary>
        public Exception? Trouble { get; set; }

        /// <summary>Of two answers the first.</summary>
        public bool LosesAnswers { get; set; }

        public bool IsEnd { get; set; }

        public void Dispose() => files.Dispose();

        public Task<bool> Start(string job) => throw new NotSupportedException();

        public Task<RunLines> Read(int from) => Answer(Task.FromResult(new RunLines(true, [])));

        public Task Request(string request)
        {
            files.Request(request);
            return Task.CompletedTask;
        }

        public Task Stop() => throw new NotSupportedException();

        public Task Forget() => throw new NotSupportedException();

        public Task<FilePiece[]?> Offer(SentFile[] offered) => Answer(Task.FromResult<FilePiece[]?>([.. files.Begin(offered)]));

        public Task Put(string name, int piece, byte[] bytes)
        {
            files.Put(name, piece, bytes);
            return Answer(Task.FromResult(true));
        }

        public Task Sent()
        {
            files.End();
            return Answer(Task.FromResult(true));
        }

        public Task<SentFile[]?> Files(string? newest) => Answer(files.Changed(newest, IsEnd));

        public Task<byte[]> Get(string name, int piece) => Answer(Task.FromResult(files.Read(name, piece)));

        async Task<T> Answer<T>(Task<T> task)
        {
            var answer = await task;
            return Trouble is not null ? throw Trouble : LosesAnswers && _answers++ % 2 == 0 ? throw new TimeoutException() : answer;
        }
    }
}
