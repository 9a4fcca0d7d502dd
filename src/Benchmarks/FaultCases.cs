using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using RL.Host;
using RL.Runs;

namespace RL.Benchmarks;

/// <summary>
/// The faults of one small run. Training and resuming are the command line within this process, with a clock that stands still; what a
/// process killed at an operation leaves behind is the folder as it is before it, which <see cref="FaultShim"/> copies.
/// </summary>
sealed class FaultCases : IDisposable
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    readonly string _root = Directory.CreateTempSubdirectory("rl-faults-").FullName;
    readonly string[] _train;
    readonly Lazy<Dictionary<string, string>> _expected;
    readonly Lazy<string> _middle;

    readonly int _every;

    /// <param name="run">Agent, task and options of the run.</param>
    /// <param name="every">Of all operations and damages every one, every second…</param>
    public FaultCases(string[] run, int every)
    {
        _every = every;
        _train = ["train", .. run, "--name", "run", "--runs", Path.Combine(_root, "runs"), "--quiet"];
        _expected = new(() => Start() is (0, _) ? RunContent.Of(Folder) : throw new InvalidOperationException("The undisturbed run failed."));
        _middle = new(KeepMiddle);
    }

    string Folder => Path.Combine(_root, "runs", "run");

    string Copies => Path.Combine(_root, "copies");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    public IEnumerable<FaultResult> KilledWhileTraining()
    {
        _ = _expected.Value;
        Clear();
        Watched(Copies, 0, 0, false, Start);
        return Killed().ToList();
    }

    public IEnumerable<FaultResult> KilledWhileResuming()
    {
        Restore(_middle.Value);
        Watched(Copies, 0, 0, false, Resume);
        return Killed().ToList();
    }

    public IEnumerable<FaultResult> ErrorsWhileTraining(int error, bool staysFull) => Errors(error, staysFull, Clear, Start);

    public IEnumerable<FaultResult> ErrorsWhileResuming(int error, bool staysFull) => Errors(error, staysFull, () => Restore(_middle.Value), Resume);

    /// <summary>Every file of a run that was killed: gone, empty, cut, one bit wrong, and something else in its place.</summary>
    public IEnumerable<FaultResult> Damaged()
    {
        var files = Directory.GetFiles(_middle.Value, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(_middle.Value, file));
        var damages = new Dictionary<string, Action<string>>
        {
            ["is gone"] = File.Delete,
            ["is empty"] = file => File.WriteAllBytes(file, []),
            ["is cut in half"] = file => File.WriteAllBytes(file, File.ReadAllBytes(file)[..(int)(new FileInfo(file).Length / 2)]),
            ["lacks its last byte"] = file => File.WriteAllBytes(file, File.ReadAllBytes(file)[..^1]),
            ["has a wrong bit at its beginning"] = file => Flip(file, 0),
            ["has a wrong bit at a quarter"] = file => Flip(file, 0.25),
            ["has a wrong bit in its middle"] = file => Flip(file, 0.5),
            ["has a wrong bit at its end"] = file => Flip(file, 1),
            ["is a folder"] = file => Replace(file, () => Directory.CreateDirectory(file)),
            ["is a named pipe"] = file => Replace(file, () => FaultShim.MakePipe(file)),
            ["is a link to nothing"] = file => Replace(file, () => File.CreateSymbolicLink(file, "/nowhere/at/all")),
        };
        _ = _expected.Value;
        var all = files.Where(file => new FileInfo(Path.Combine(_middle.Value, file)).Length > 0).Order(StringComparer.Ordinal)
            .SelectMany(file => damages, (file, damage) => (File: file, damage.Key, damage.Value)).ToList();
        foreach (var (file, name, damage) in all.Where((_, i) => i % _every == 0))
        {
            Restore(_middle.Value);
            damage(Path.Combine(Folder, file));
            yield return AfterDamage(file, $"{file} {name}");
        }
    }

    /// <summary>Processes of their own, signalled at several moments.</summary>
    public IEnumerable<FaultResult> Signalled()
    {
        foreach (var (name, signals) in new (string, PosixSignal[])[]
        {
            ("SIGINT", [PosixSignal.SIGINT]), ("SIGTERM", [PosixSignal.SIGTERM]), ("SIGHUP", [PosixSignal.SIGHUP]),
            ("SIGKILL", [FaultShim.Kill]), ("SIGINT twice", [PosixSignal.SIGINT, PosixSignal.SIGINT]),
        })
        {
            for (var moment = 0; moment < 12; moment++)
            {
                yield return Signalled(string.Create(CultureInfo.InvariantCulture, $"{name} at moment {moment}"), signals, moment);
            }
        }
    }

    FaultResult Signalled(string name, PosixSignal[] signals, int moment)
    {
        _ = _expected.Value;
        Clear();
        // Long pauses between steps are not needed: the run is short, so the moments lie within its start, its steps and its end.
        using var process = FaultShim.StartProgram(_train);
        WaitFor(process, moment);
        foreach (var signal in signals)
        {
            FaultShim.Send(process, signal);
        }

        if (!process.WaitForExit(_patience))
        {
            process.Kill();
            return new(name, FaultOutcome.Failed, "it does not end");
        }

        var error = process.StandardError.ReadToEnd();
        return error.Contains("   at ", StringComparison.Ordinal) ? new(name, FaultOutcome.Failed, error) : GoOn(name, FaultOutcome.Same);
    }

    /// <summary>Moments 0 to 3: while the process starts; from 4 on: once the run has made so many files.</summary>
    void WaitFor(Process process, int moment)
    {
        if (moment < 4)
        {
            process.WaitForExit(TimeSpan.FromMilliseconds(100 * (1 + moment)));
            return;
        }

        while (!process.HasExited && (!Directory.Exists(Folder) || Directory.GetFiles(Folder, "*", SearchOption.AllDirectories).Length < (moment - 4) * 2))
        {
            process.WaitForExit(TimeSpan.FromMilliseconds(1));
        }
    }

    IEnumerable<FaultResult> Killed()
    {
        var states = Directory.GetDirectories(Copies).OrderBy(state => Path.GetFileName(state), StringComparer.Ordinal).ToList();
        foreach (var state in states.Where((_, i) => i % _every == 0))
        {
            Restore(state);
            yield return GoOn($"operation {Path.GetFileName(state)}", FaultOutcome.Same);
        }

        Directory.Delete(Copies, recursive: true);
    }

    IEnumerable<FaultResult> Errors(int error, bool staysFull, Action prepare, Func<(int Code, string Error)> act)
    {
        _ = _expected.Value;
        prepare();
        var (count, _, _) = Watched("", 0, 0, false, act);
        for (var at = 1; at <= count; at += _every)
        {
            prepare();
            var (_, hit, (code, text)) = Watched("", at, error, staysFull, act);
            yield return code == 0 && text.Length == 0 ? Compared(hit, FaultOutcome.Same)
                : Problem(code, text) is { } problem ? new(hit, FaultOutcome.Failed, problem)
                : GoOn(hit, FaultOutcome.ErrorThenSame);
        }
    }

    /// <summary>A run that goes on may lack what was in the file, if it says so.</summary>
    FaultResult AfterDamage(string file, string name)
    {
        var (code, text) = Resume();
        return code == 0 && Compared(name, FaultOutcome.Same, text) is var result
                ? result.Outcome == FaultOutcome.Failed && text.Contains($"{file} is gone", StringComparison.Ordinal)
                    ? result with { Outcome = FaultOutcome.Error } : result
            : Problem(code, text) is { } problem ? new(name, FaultOutcome.Failed, problem)
            : new(name, FaultOutcome.Error, text);
    }

    /// <summary>Resumes the run, or begins it if it has left nothing to resume.</summary>
    FaultResult GoOn(string name, FaultOutcome outcome)
    {
        var (code, text) = File.Exists(Path.Combine(Folder, RunFolder.DocumentName)) ? Resume() : Start();
        return code == 0 ? Compared(name, outcome, text) : new(name, FaultOutcome.Failed, $"code {code}: {text}");
    }

    FaultResult Compared(string name, FaultOutcome outcome, string text = "")
    {
        Dictionary<string, string> content;
        try
        {
            content = RunContent.Of(Folder);
        }
        catch (InvalidDataException exception)
        {
            return new(name, FaultOutcome.Failed, $"the run says that all is well, but {exception.Message}");
        }

        var differing = _expected.Value.Keys.Union(content.Keys)
            .Where(key => _expected.Value.GetValueOrDefault(key) != content.GetValueOrDefault(key)).ToList();
        return differing.Count == 0
            ? new(name, outcome, text)
            : new(name, FaultOutcome.Failed, $"not the same: {string.Join(", ", differing)}; {text}");
    }

    /// <summary>What is wrong with an error: nothing if it is in words, with code 1 or 2.</summary>
    static string? Problem(int code, string text) =>
        code is not (1 or 2) ? $"code {code}: {text}"
        : text.Split('\n').All(line => line.Length == 0 || line.StartsWith("rl: ", StringComparison.Ordinal) || !line.Contains("   at ", StringComparison.Ordinal))
            && text.Contains("rl: ", StringComparison.Ordinal) ? null
        : $"not in words: {text}";

    string KeepMiddle()
    {
        // Killed behind its second checkpoint and its first evaluations, within a write.
        _ = _expected.Value;
        Clear();
        Watched(Copies, 0, 0, false, Start);
        var states = Directory.GetDirectories(Copies).OrderBy(state => long.Parse(Path.GetFileName(state).Split('-')[0], CultureInfo.InvariantCulture));
        var middle = states.Last(state => Directory.Exists(Path.Combine(state, "checkpoints"))
            && !File.Exists(Path.Combine(state, "checkpoints", "checkpoint-60.bin")));
        var kept = Path.Combine(_root, "middle");
        Directory.Move(middle, kept);
        Directory.Delete(Copies, recursive: true);
        return kept;
    }

    (int Code, string Error) Start() => Call(_train);

    (int Code, string Error) Resume() => Call(["train", "--resume", Folder, "--quiet"]);

    static (int Code, string Error) Call(string[] arguments)
    {
        using var error = new StringWriter();
        var call = Task.Run(() => CommandLine.Run(arguments, new HostConsole(TextWriter.Null, error, null, StandingClock.Instance)));
        return call.Wait(_patience) ? (call.Result, error.ToString()) : (-1, "it does not end");
    }

    (long Count, string Hit, (int Code, string Error) Result) Watched(
        string copies, long at, int error, bool staysFull, Func<(int Code, string Error)> act)
    {
        if (copies.Length > 0)
        {
            Directory.CreateDirectory(copies);
        }

        FaultShim.Begin(Folder, copies, at, error, staysFull);
        var result = act();
        return (FaultShim.End(), FaultShim.Hit.Replace(_root, "", StringComparison.Ordinal), result);
    }

    void Clear()
    {
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    void Restore(string state)
    {
        Clear();
        Directory.CreateDirectory(Folder);
        foreach (var folder in Directory.GetDirectories(state, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(Folder, Path.GetRelativePath(state, folder)));
        }

        foreach (var file in Directory.GetFiles(state, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(Folder, Path.GetRelativePath(state, file)));
        }
    }

    static void Flip(string file, double at)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[(int)(at * (bytes.Length - 1))] ^= 0x10;
        File.WriteAllBytes(file, bytes);
    }

    static void Replace(string file, Action make)
    {
        File.Delete(file);
        make();
    }

    sealed class StandingClock : TimeProvider
    {
        public static StandingClock Instance { get; } = new();

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddYears(55);

        public override long GetTimestamp() => 0;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
