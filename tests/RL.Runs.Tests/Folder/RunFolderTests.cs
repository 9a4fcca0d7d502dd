using System.Diagnostics;
using System.Text.Json.Nodes;
using RL.Agents;
using RL.Environments;

namespace RL.Runs.Tests;

public sealed class RunFolderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly ManualClock _clock = new();
    readonly FakeAgent _agent = new();
    readonly RunOptions _options = RunOptions.Resolve("td3", "Pendulum-v1", null, ["total_steps=100"]);

    public void Dispose()
    {
        _agent.Dispose();
        _folder.Dispose();
    }

    RunSession Session(long step = 0) => new(_clock.GetUtcNow(), step, "./rl train", new Dictionary<string, string>(), null, false);

    RunFolder Create(string? name = null) => RunFolder.Create(_folder.Path, name, _options, Session(), _clock);

    static EvaluationResult Evaluation(long step, double value) => new(step, [value - 1, value + 1], [10, 20]);

    [Fact]
    public void Create_NoName_IsNamedAfterTaskAgentSeedAndTime()
    {
        using var run = Create();
        using var second = Create();

        Assert.Equal("Pendulum-v1__td3__s0__20250131-235959", Path.GetFileName(run.Path));
        Assert.Equal("Pendulum-v1__td3__s0__20250131-235959-2", Path.GetFileName(second.Path));
        Assert.Equal("coinrun-hard-1__td3__s3__20250131-235959", RunNames.Default("coinrun:hard/1", "td3", 3, _clock.GetUtcNow()));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public void Create_NameThatIsNone_IsRefused(string name)
    {
        Assert.Throws<UserException>(() => Create(name));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("a\nb", "U+000A")]
    [InlineData("a\u001b[31mb", "U+001B")]
    [InlineData("a\u202eb", "U+202E")]
    [InlineData("a\u200fb", "U+200F")]
    [InlineData("a\u2028b", "U+2028")]
    [InlineData("a\0b", "U+0000")]
    [InlineData("a\U000E0041b", "U+E0041")]
    [InlineData("a\u3164b", "U+3164")]
    public void Create_NameWithCharactersThatAreNotShown_IsRefusedWithoutPrintingThem(string name, string expected)
    {
        var error = Assert.Throws<UserException>(() => Create(name)).Message;

        Assert.Contains(expected, error);
        Assert.Null(Shown.FirstHidden(error));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        error = Assert.Throws<UserException>(() => RunOptions.FindEnvironment(name)).Message;
        Assert.Contains(expected, error);
        Assert.Null(Shown.FirstHidden(error));
        Assert.Null(Shown.FirstHidden(Assert.Throws<UserException>(() => RunNames.Find(_folder.Path, name)).Message));
    }

    [Theory]
    [InlineData(241, "it has 241 bytes; allowed: 240")]
    [InlineData(300, "it has 300 bytes; allowed: 240")]
    public void Create_NameThatIsTooLong_IsRefused(int length, string expected)
    {
        var name = new string('x', length);

        Assert.Contains(expected, Assert.Throws<UserException>(() => Create(name)).Message);
        Assert.Contains(expected, Assert.Throws<UserException>(() => RunOptions.FindEnvironment(name)).Message);
        Assert.Contains("; --name gives it another name", Assert.Throws<UserException>(() => RunNames.Create(_folder.Path, null, name)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
        using var @lock = RunNames.Create(_folder.Path, new string('x', 240), "").Lock;
    }

    [Fact]
    public void Create_AfterAStartThatFailed_TakesTheNameAgain()
    {
        // A process that was killed before its run was one.
        Directory.CreateDirectory(_folder.File("mine"));
        File.WriteAllText(_folder.File("mine", ".lock"), "");
        File.WriteAllText(_folder.File("mine", "run.json.tmp"), "{");
        Create("mine").Dispose();
        Assert.True(File.Exists(_folder.File("mine", "run.json")));

        // A start that fails cleans up after itself: the record cannot be written.
        var broken = _options with { Notes = [], Preset = "\ud800" };
        Assert.ThrowsAny<Exception>(() => RunFolder.Create(_folder.Path, "other", broken, null!, _clock));
        Assert.False(Directory.Exists(_folder.File("other")));

        // A folder of the user's is none.
        Directory.CreateDirectory(_folder.File("notes"));
        File.WriteAllText(_folder.File("notes", "a.txt"), "");
        Assert.Contains("is no run", Assert.Throws<UserException>(() => Create("notes")).Message);
    }

    [Fact]
    public void IsTaken_LooksAtTheLockWithoutWriting()
    {
        using (var run = Create("mine"))
        {
            Assert.True(RunLock.IsTaken(run.Path));
        }

        var file = _folder.File("mine", ".lock");
        File.SetAttributes(file, FileAttributes.ReadOnly);
        Assert.False(RunLock.IsTaken(_folder.File("mine")));
        File.Delete(file);
        Assert.False(RunLock.IsTaken(_folder.File("mine")));
        Assert.False(File.Exists(file));
    }

    [Fact]
    public void Create_NameThatIsTaken_IsRefused()
    {
        Create("mine").Dispose();

        Assert.Contains("exists already", Assert.Throws<UserException>(() => Create("mine")).Message);
    }

    [Fact]
    public void Create_RunJson_IsAPresetOfTheSameOptions()
    {
        using var run = Create();
        var again = RunOptions.Resolve("td3", "Pendulum-v1", Path.Combine(run.Path, "run.json"), []);

        Assert.Equal(100, again.Training.TotalSteps);
        Assert.All(_options.Tree.Keys, key => Assert.Equal(_options.Tree[key]?.ToJsonString(), again.Tree[key]?.ToJsonString()));
    }

    [Fact]
    public void Resolve_RunJsonForAnotherTask_LeavesOutItsEnvOptionsAndSaysSo()
    {
        using var run = Create();
        var other = RunOptions.Resolve("td3", "HalfCheetah-v5", Path.Combine(run.Path, "run.json"), []);

        Assert.Contains(other.Notes, note => note.Contains("for Pendulum-v1 and are ignored", StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluated_BetterThenWorse_KeepsBothPolicies()
    {
        using var run = Create();
        run.Evaluated(Evaluation(10, 5), _agent);
        run.Evaluated(Evaluation(20, 4), _agent);

        Assert.Equal((10, 20), (run.Best!.Step, run.Last!.Step));
        Assert.Equal("20", RL.InputOpt.SafeTensors.ReadMetadata(Path.Combine(run.Path, "policy.safetensors"))["step"]);
        Assert.Equal("10", RL.InputOpt.SafeTensors.ReadMetadata(Path.Combine(run.Path, "best.safetensors"))["step"]);
        Assert.Equal(
            "step,episodes,mean,std,min,max,length\n10,2,5,1,4,6,15\n20,2,4,1,3,5,15\n",
            File.ReadAllText(Path.Combine(run.Path, "evaluation.csv")));
    }

    [Fact]
    public void Evaluated_NotANumberFirst_IsNeverTheBest()
    {
        using (var run = Create("mine"))
        {
            run.Evaluated(Evaluation(10, double.NaN), _agent);
            Assert.Null(run.Best);
            run.Evaluated(Evaluation(20, -7), _agent);
            run.Evaluated(Evaluation(30, double.NaN), _agent);
            Assert.Equal((20, 30), (run.Best!.Step, run.Last!.Step));
            run.Checkpoint(30, writer => writer.Write(1));
        }

        Assert.Equal("20", StepOf(_folder.File("mine"), "best"));
        Resume(_folder.File("mine"));
        Assert.Equal(("20", "30"), (StepOf(_folder.File("mine"), "best"), StepOf(_folder.File("mine"), "policy")));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void ObservedRun_NetworkOrLossThatIsNotFinite_EndsTheRunAndLeavesTheLastCheckpoint(float value)
    {
        using var run = Create("mine");
        var observed = new ObservedRun(_agent, run, new(), new("", 0), () => { }, _clock);
        observed.Scalar("loss/critic", 1, 5);
        observed.Scalar("value/explained_variance", double.NaN, 5);
        observed.Checkpoint(10, writer => writer.Write(1));
        Assert.Contains("At step 15 loss/critic is ", Assert.Throws<NonFiniteValueException>(() => observed.Scalar("loss/critic", value, 15)).Message);

        _agent.Spoil(value);

        Assert.Contains(
            "At step 20 actor.weight has a value",
            Assert.Throws<NonFiniteValueException>(() => observed.Checkpoint(20, writer => writer.Write(1))).Message);
        Assert.Throws<NonFiniteValueException>(() => observed.Evaluated(Evaluation(20, 1), _agent));
        Assert.Equal(
            ["checkpoint-10.bin"], Directory.GetFiles(Path.Combine(run.Path, "checkpoints")).Select(Path.GetFileName));
        Assert.False(File.Exists(Path.Combine(run.Path, "policy.safetensors")));
    }

    [Fact]
    public void Open_RunInUse_IsRefused()
    {
        using var run = Create();
        run.Checkpoint(10, writer => writer.Write(1));

        Assert.Contains("in use", Assert.Throws<UserException>(() => Resumption.Open(run.Path, _ => { })).Message);
    }

    [Fact]
    public void Resume_AfterMoreWasLogged_DropsItAndTellsReaders()
    {
        string path;
        using (var run = Create())
        {
            path = run.Path;
            run.Scalar("loss", 1, 1);
            run.Evaluated(Evaluation(10, 5), _agent);
            run.Checkpoint(10, writer => writer.Write(1));
            run.Scalar("loss", 2, 11);
            run.Evaluated(Evaluation(20, 9), _agent);
        }

        // What a process that is killed leaves of a checkpoint: its name in the list, and half a file.
        File.AppendAllText(Path.Combine(path, ".files"), "checkpoints/checkpoint-20.bin\nhalf a na");
        File.WriteAllText(Path.Combine(path, "checkpoints", "checkpoint-20.bin.tmp"), "half");
        // Twice, so that the event file of a session without a checkpoint is met as well.
        for (var session = 0; session < 2; session++)
        {
            using var resumption = Resumption.Open(path, _ => { });
            using var run = RunFolder.Resume(resumption, resumption.Options([]), Session(10), _clock);
            Assert.Equal((10, 10), (run.Best!.Step, run.Last!.Step));
            run.Scalar("loss", 3, 11);
        }

        var files = Directory.GetFiles(path, "events*").Order(StringComparer.Ordinal).Select(EventReader.Read).ToList();
        Assert.Equal(2, files.Count);
        Assert.Equal(["options/text_summary", "_hparams_/session_start_info", "custom_scalars__config__", "loss"], files[0].Select(record => record.Tag).OfType<string>());
        Assert.Equal(("brain.Event:2", null, 0L), (files[1][0].FileVersion, files[1][0].Session, files[1][0].Step));
        Assert.Equal((1, 11L), (files[1][1].Session, files[1][1].Step));
        Assert.Equal(("loss", 3f), (files[1][2].Tag, files[1][2].Value));
        Assert.Equal(2, File.ReadAllLines(Path.Combine(path, "evaluation.csv")).Length);
        Assert.Equal(3, Preset.Read(Path.Combine(path, "run.json")).Sessions.Count);
        Assert.Empty(Directory.GetFiles(path, "*.tmp", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("total_steps=99", "allowed when resuming: 100 or more")]
    [InlineData("batch_size=3", "only training.total_steps may be raised")]
    public void Options_AnythingButMoreSteps_IsRefused(string assignment, string expected)
    {
        string path;
        using (var run = Create())
        {
            path = run.Path;
            run.Checkpoint(10, writer => writer.Write(1));
        }

        using var resumption = Resumption.Open(path, _ => { });

        Assert.Contains(expected, Assert.Throws<UserException>(() => resumption.Options([assignment])).Message);
        Assert.Equal(200, resumption.Options(["training.total_steps=200"]).Training.TotalSteps);
    }

    string Interrupted(Action<RunFolder>? work = null)
    {
        using var run = Create("mine");
        run.Evaluated(Evaluation(10, 5), _agent);
        run.Checkpoint(10, writer => writer.Write(1));
        work?.Invoke(run);
        return run.Path;
    }

    void Resume(string path, params string[] assignments)
    {
        using var resumption = Resumption.Open(path, _ => { });
        RunFolder.Resume(resumption, resumption.Options(assignments), Session(10), _clock).Dispose();
    }

    [Fact]
    public void Resume_FilesOfTheUser_AreLeftAlone()
    {
        var path = Interrupted();
        string[] own = ["notes.tmp", "policy.safetensors.partial", "events.out.tfevents.mine", "checkpoints/checkpoint-backup.bin", "checkpoints/checkpoint-3.bin", "checkpoints/a.tmp"];
        foreach (var name in own)
        {
            File.WriteAllText(Path.Combine(path, name), name);
        }

        for (var session = 0; session < 3; session++)
        {
            using var resumption = Resumption.Open(path, _ => { });
            using var run = RunFolder.Resume(resumption, resumption.Options([]), Session(10), _clock);
            run.Checkpoint(20 + session, writer => writer.Write(1));
        }

        Assert.All(own, name => Assert.Equal(name, File.ReadAllText(Path.Combine(path, name))));
        Assert.False(File.Exists(Path.Combine(path, "checkpoints", "checkpoint-10.bin")));
    }

    [Theory]
    [InlineData("evaluation.csv")]
    [InlineData("events.out.tfevents.1738367999*")]
    public void Open_LogThatWasDamagedBeforeTheCheckpoint_IsRefusedByName(string name)
    {
        var file = Directory.GetFiles(Interrupted(), name).Single();
        var bytes = File.ReadAllBytes(file);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(file, bytes);
        var warnings = new List<string>();

        Assert.Contains("no whole checkpoint", Assert.Throws<UserException>(() => Resumption.Open(_folder.File("mine"), warnings.Add)).Message);
        Assert.Contains($"{file}, which a checkpoint needs, is damaged", Assert.Single(warnings));
    }

    [Fact]
    public void Open_LogThatIsGone_IsMissedButNotNeeded()
    {
        var path = Interrupted();
        var events = Directory.GetFiles(path, "events*").Single();
        File.Delete(events);
        var warnings = new List<string>();
        using (var resumption = Resumption.Open(path, warnings.Add))
        using (var run = RunFolder.Resume(resumption, resumption.Options([]), Session(10), _clock))
        {
            run.Checkpoint(20, writer => writer.Write(1));
        }

        Assert.Contains($"{events} is gone", Assert.Single(warnings));
        using (Resumption.Open(path, warnings.Add))
        {
            Assert.Single(warnings);
        }

        File.Delete(Path.Combine(path, "evaluation.csv"));
        Assert.Throws<UserException>(() => Resumption.Open(path, warnings.Add));
        Assert.Contains("evaluation.csv, which a checkpoint needs, is gone", warnings[1]);
    }

    [Fact]
    public void Open_ListOfFilesThatLostNames_IsRefused()
    {
        var path = Interrupted();
        var list = Path.Combine(path, ".files");
        var names = File.ReadAllLines(list);

        File.WriteAllText(list, "");
        Assert.Contains($"{list} is damaged: it does not list ", Assert.Throws<UserException>(() => Resumption.Open(path, _ => { })).Message);
        File.WriteAllLines(list, names.Where(name => !name.Contains("checkpoint-")));
        Assert.Contains("checkpoint-10.bin is not among the run's files", Assert.Throws<UserException>(() => Resumption.Open(path, _ => { })).Message);
    }

    [Fact]
    public void Open_ListOfFilesOfGigabytes_IsRefusedUnread()
    {
        var list = Path.Combine(Interrupted(), ".files");
        using (var file = File.OpenWrite(list))
        {
            file.SetLength(40L << 30);
        }

        Assert.Equal(
            $"{list} has 42949672960 bytes; allowed: 67108864.",
            Assert.ThrowsAny<Exception>(() => Resumption.Open(_folder.File("mine"), _ => { })).Message);
    }

    [Theory]
    [InlineData("evaluation.csv")]
    [InlineData(".files")]
    [InlineData("run.json")]
    public void Open_PipeInPlaceOfAFile_IsRefusedInsteadOfWaitedFor(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made by mkfifo");
        var file = Path.Combine(Interrupted(), name);
        File.Delete(file);
        Process.Start("mkfifo", [file]).WaitForExit();

        Assert.Contains(
            $"{file} stands where the run has a file: it is a named pipe",
            Assert.Throws<UserException>(() => Resumption.Open(_folder.File("mine"), _ => { })).Message);
    }

    [Fact]
    public void Open_PipeInPlaceOfTheNewestCheckpoint_TakesTheOlder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "named pipes are made by mkfifo");
        var path = Interrupted(run => run.Checkpoint(20, writer => writer.Write(2)));
        var newest = Path.Combine(path, "checkpoints", "checkpoint-20.bin");
        File.Delete(newest);
        Process.Start("mkfifo", [newest]).WaitForExit();

        using var resumption = Resumption.Open(path, _ => { });
        Assert.Equal(10, resumption.Checkpoint!.Step);
    }

    [Theory]
    [InlineData("evaluation.csv")]
    [InlineData(".lock")]
    [InlineData("run.json")]
    [InlineData(".files")]
    [InlineData("checkpoints")]
    [InlineData("something")]
    [InlineData("")]
    public void Open_SymbolicLinks_AreRefusedByName(string name)
    {
        var path = Interrupted();
        var link = Path.TrimEndingDirectorySeparator(Path.Combine(path, name));
        var outside = _folder.File("outside");
        if (Path.Exists(link))
        {
            Directory.Move(link, outside);
        }
        else
        {
            File.WriteAllText(outside, "not the run's");
        }

        File.CreateSymbolicLink(link, outside);
        var before = Contents(outside);

        var error = Assert.Throws<UserException>(() => Resumption.Open(path, _ => { })).Message;
        Assert.StartsWith($"{link} is a symbolic link (to {outside})", error);
        Assert.Equal(before, Contents(outside));
    }

    [Fact]
    public void Resume_FilesThatABackupHasToo_LeavesTheBackupAsItWas()
    {
        var path = Interrupted();
        var backup = _folder.File("backup");
        Directory.CreateDirectory(backup);
        var files = Directory.GetFiles(path).Where(file => new FileInfo(file).Length > 0).ToList();
        foreach (var file in files)
        {
            File.AppendAllText(file, file.EndsWith(".csv", StringComparison.Ordinal) ? "9,2,1,1,1,1,1\n" : "");
            Process.Start("ln", [file, Path.Combine(backup, Path.GetFileName(file))]).WaitForExit();
        }

        var before = files.ToDictionary(file => file, File.ReadAllBytes);
        using (var resumption = Resumption.Open(path, _ => { }))
        using (RunFolder.Resume(resumption, resumption.Options([]), Session(10), _clock))
        {
        }

        Assert.Contains(files, file => file.EndsWith("evaluation.csv", StringComparison.Ordinal));
        Assert.All(files, file => Assert.Equal(before[file], File.ReadAllBytes(Path.Combine(backup, Path.GetFileName(file)))));
    }

    [Fact]
    public void Open_FolderInPlaceOfACheckpoint_IsNamed()
    {
        var path = Interrupted();
        var checkpoint = Directory.GetFiles(Path.Combine(path, RunFiles.Checkpoints), "checkpoint-*.bin")[0];
        File.Delete(checkpoint);
        Directory.CreateDirectory(checkpoint);

        Assert.StartsWith($"{checkpoint} stands where the run has a file", Assert.Throws<UserException>(() => Resumption.Open(path, _ => { })).Message);
    }

    [Fact]
    public void Open_CheckpointOfAStepBeyondAllNumbers_IsNoFileOfARun()
    {
        var path = Interrupted();
        File.AppendAllText(Path.Combine(path, ".files"), "checkpoints/checkpoint-99999999999999999999.bin\n");

        Assert.Contains("which is no file of a run", Assert.Throws<UserException>(() => Resumption.Open(path, _ => { })).Message);
    }

    [Theory]
    [InlineData(RunFolder.DocumentName)]
    [InlineData("evaluation.csv")]
    [InlineData("result.json")]
    public void Read_FileThatIsFarTooLarge_IsAProblemOfThatRunAndNotRead(string name)
    {
        var path = Interrupted();
        using (var file = new FileStream(Path.Combine(path, name), FileMode.OpenOrCreate))
        {
            // Sparse: none of it is on the disk.
            file.SetLength(1L << 40);
        }

        Assert.Contains($"{name} has 1099511627776 bytes; allowed: ", RunInfo.Read(path).Problem);
    }

    [Theory]
    [InlineData("", "--runs is ''; allowed: a folder.")]
    [InlineData("a file", "which is a file; allowed: a folder.")]
    [InlineData("a file/below", "where no folder can be made")]
    [InlineData(null, "where no folder can be made")]
    public void MakeFolder_WhereThereCanBeNone_IsRefusedByItsOption(string? name, string expected)
    {
        File.WriteAllText(_folder.File("a file"), "");
        var path = name is "" ? "" : _folder.File(name ?? new string('a', 300));

        Assert.Contains(expected, Assert.Throws<UserException>(() => RunNames.MakeFolder("--runs", path)).Message);
    }

    [Fact]
    public void CheckFolder_OneThatCanBeMade_LeavesNone()
    {
        RunNames.CheckFolder("--out", _folder.File("a/b/c"));
        Assert.False(Directory.Exists(_folder.File("a")));
    }

    static List<string> Contents(string path) => Directory.Exists(path)
        ? [.. Directory.GetFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(file => $"{file} {new FileInfo(file).Length}")]
        : [File.ReadAllText(path)];

    [Fact]
    public void Open_AListThatNamesFilesOutside_IsRefused()
    {
        var path = Interrupted();
        var outside = _folder.File("victim.tmp");
        File.WriteAllText(outside, "");
        File.AppendAllText(Path.Combine(path, ".files"), "../victim\n");

        Assert.Contains("'../victim', which is no file of a run", Assert.Throws<UserException>(() => Resumption.Open(path, _ => { })).Message);
        Assert.True(File.Exists(outside));
    }

    [Theory]
    [InlineData("agent", "discount", "0.5", "agent.discount is 0.5 (was 0.99)")]
    [InlineData("agent", "batch_size", "8", "agent.batch_size is 8 (was 256)")]
    [InlineData("training", "seed", "1", "training.seed is 1 (was 0)")]
    [InlineData("training", "copies", "3", "training.copies is 3 (was 1)")]
    [InlineData("training", "evaluation_interval", "7", "training.evaluation_interval is 7 (was 5000)")]
    [InlineData("training", "total_steps", "300", null)]
    [InlineData("training", "environment_threads", "2", null)]
    [InlineData("training", "checkpoints_kept", "5", null)]
    public void Options_RunJsonThatWasEdited_IsRefusedUnlessResultsStayTheSame(string section, string name, string value, string? expected)
    {
        var path = Interrupted();
        var file = Path.Combine(path, "run.json");
        var document = JsonNode.Parse(File.ReadAllText(file))!;
        document[section]![name] = JsonNode.Parse(value);
        File.WriteAllText(file, document.ToJsonString());

        if (expected is null)
        {
            Resume(path);
        }
        else
        {
            Assert.Contains(expected, Assert.Throws<UserException>(() => Resume(path)).Message);
        }
    }

    [Fact]
    public void Resume_BeforeAnEvaluationThatWasTheBest_HasTheBestPolicyOfThen()
    {
        // As a finished run is: a last evaluation after the last checkpoint, which a longer run does not have.
        var path = Interrupted(run =>
        {
            run.Evaluated(Evaluation(20, 4), _agent);
            run.Checkpoint(30, writer => writer.Write(1));
            run.Evaluated(Evaluation(40, 9), _agent);
        });
        Assert.Equal("40", StepOf(path, "best"));

        Resume(path);

        Assert.Equal(("10", "20"), (StepOf(path, "best"), StepOf(path, "policy")));
    }

    static string StepOf(string path, string policy) =>
        RL.InputOpt.SafeTensors.ReadMetadata(Path.Combine(path, $"{policy}.safetensors"))["step"];

    [Fact]
    public void Resume_BeforeTheFirstCheckpoint_BeginsAnew()
    {
        string path;
        using (var run = Create("mine"))
        {
            path = run.Path;
            run.Scalar("loss", 1, 1);
            run.Evaluated(Evaluation(10, 5), _agent);
        }

        Resume(path);

        Assert.False(File.Exists(Path.Combine(path, "policy.safetensors")));
        Assert.Empty(EvaluationTable.Read(path));
        var events = Assert.Single(Directory.GetFiles(path, "events*"));
        Assert.Equal(["options/text_summary", "_hparams_/session_start_info", "custom_scalars__config__"], EventReader.Read(events).Select(record => record.Tag).OfType<string>());
    }
}
