using System.Text.Json;
using RL.Agents;
using RL.Studies;

namespace RL.Host.Tests;

/// <summary>Pieces of a certification, done in this process as worker processes do them.</summary>
public sealed class PolicyPiecesTests(SwingRun run) : IClassFixture<SwingRun>, IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly CertificationOptions _options = new() { Epsilon = [0.02, 0.3], States = 4, AttackPasses = 2 };

    public void Dispose() => _folder.Dispose();

    /// <summary>What a worker process does with its input, and before that whatever is to go wrong.</summary>
    sealed class InProcess(Func<RunJob, RunOutcome?> before) : IRunExecutor
    {
        public Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop) => Task.Run(() =>
        {
            if (before(job) is { } outcome)
            {
                return outcome;
            }

            using var output = new StringWriter();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
            using var input = new Endless(JsonSerializer.Serialize(job, OptionsJson.Line), end.Token);
            Worker.Run(
                input,
                output,
                TimeProvider.System,
                (piece, stopped) =>
                {
                    try
                    {
                        PolicyPiece.Execute(piece, stopped);
                    }
                    finally
                    {
                        // Without it the worker would wait for another piece.
                        end.Cancel();
                    }
                },
                CancellationToken.None);
            return WorkerMessage.Parse(output.ToString())!.Outcome!;
        });
    }

    /// <summary>A line, and no end until it is stopped.</summary>
    sealed class Endless(string line, CancellationToken stop) : StringReader(line)
    {
        public override string? ReadLine()
        {
            if (base.ReadLine() is { } text)
            {
                return text;
            }

            stop.WaitHandle.WaitOne();
            return null;
        }
    }

    CertificationStudy Certify(
        int shards, Func<RunJob, RunOutcome?>? before = null, List<string>? said = null, bool radius = false, CancellationToken stop = default)
    {
        var options = _options with { Radius = radius };
        var trained = TrainedPolicy.Find(run.Runs, "swing");
        using var learnt = trained.Open(TimeProvider.System);
        using var environment = learnt.MakeEvaluation(2);
        using var pieces = before is null ? null : new PolicyPieces(new InProcess(before), 2, _folder.File("pieces"), trained, [], text => said?.Add(text));
        return CertificationStudy.Run(
            learnt.Network!, environment, options, 2, 5, TimeProvider.System, null, shards, pieces is null ? null : new PieceCertifier(pieces, options), stop: stop);
    }

    static string Bits(CertificationStudy study) => JsonSerializer.Serialize(
        new
        {
            study.Clean.Returns,
            Results = study.Results.Select(result => result with
            {
                AttackMilliseconds = 0,
                States = [.. result.States.Select(state => state with { Milliseconds = 0 })],
            }),
            study.Radii,
        },
        OptionsJson.Line);

    [Fact]
    public void Certify_ByWorkersOfWhichSomeDie_HasTheBitsOfOneProcess()
    {
        var (killed, said) = (new HashSet<string>(), new List<string>());

        RunOutcome? KillOnce(RunJob job)
        {
            lock (killed)
            {
                return Path.GetFileName(job.Folder) is "epsilon-0.3-001" or "radii-002" && killed.Add(job.Folder)
                    ? new(null, "The worker process was ended by signal 9.") { MayPass = true }
                    : null;
            }
        }

        var here = Bits(Certify(3, radius: true));
        Assert.Equal(here, Bits(Certify(3, KillOnce, said, radius: true)));
        Assert.Equal(["epsilon-0.3-001 is tried again: The worker process was ended by signal 9.", "radii-002 is tried again: The worker process was ended by signal 9."], said.Order());
        // Each shard draws by itself.
        Assert.NotEqual(here, Bits(Certify(1, radius: true)));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Certify_APieceFails_EndsTheOthersAndLeavesNothing()
    {
        var failure = Assert.Throws<InvalidOperationException>(() => Certify(
            2, job => Path.GetFileName(job.Folder) == "epsilon-0.02-001" ? new(null, "No room.") : null));
        Assert.Equal("epsilon-0.02-001 failed: No room.", failure.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Certify_StoppedAfterTheFirstEpsilon_KnowsThatOne()
    {
        using var stop = new CancellationTokenSource();
        RunOutcome? StopInTheSecond(RunJob job)
        {
            if (Path.GetFileName(job.Folder).StartsWith("epsilon-0.3", StringComparison.Ordinal))
            {
                bool IsDone(int shard) => File.Exists(_folder.File("pieces", $"epsilon-0.02-00{shard}", PolicyPiece.ResultName));
                SpinWait.SpinUntil(() => IsDone(0) && IsDone(1));
                stop.Cancel();
                return RunOutcome.NotBegun;
            }

            return null;
        }

        var study = Certify(2, StopInTheSecond, radius: true, stop: stop.Token);
        Assert.Equal(4, Assert.Single(study.Results).States.Count);
        Assert.Null(study.Radii);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
