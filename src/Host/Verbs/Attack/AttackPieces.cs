using System.Globalization;
using RL.Agents;

namespace RL.Host;

/// <summary>Plays attacks in pieces: here, in worker processes of this machine, or on the workers of a cluster. The result is the same.</summary>
sealed class AttackPieces : IDisposable
{
    readonly int _shards;
    readonly Policy _learnt;
    readonly string? _folder;
    readonly WorkersExecutor? _executor;
    readonly PieceExecution? _execution;
    int _attacks;

    AttackPieces(int shards, Policy learnt, string? folder, WorkersExecutor? executor, PieceExecution? execution) =>
        (_shards, _learnt, _folder, _executor, _execution) = (shards, learnt, folder, executor, execution);

    /// <summary>Decides where they are played.</summary>
    /// <param name="place">--cluster and --workers, if they are given, and --runs.</param>
    /// <param name="shards">Pieces of each attack.</param>
    /// <param name="trained">The policy as it was found.</param>
    /// <param name="learnt">The policy.</param>
    /// <param name="assembly">With the task, if it is the user's.</param>
    /// <param name="report">Takes a line on what is tried again.</param>
    /// <param name="clock">The clock.</param>
    /// <returns>Null: all is played here and whole.</returns>
    /// <exception cref="UserException">No worker of the cluster answers.</exception>
    public static AttackPieces? Of(
        (ClusterAddress? Cluster, int? Workers, string Runs) place, int shards, TrainedPolicy trained, Policy learnt, string? assembly, Action<string> report, TimeProvider clock)
    {
        if (place is { Cluster: null, Workers: null })
        {
            return shards == 1 ? null : new(shards, learnt, null, null, null);
        }

        var workers = place.Workers ?? Environment.ProcessorCount;
        Require.Within("--workers", workers, 1, 1024);
        var executor = new WorkersExecutor(place.Cluster, place.Runs, workers, clock);
        // Workers of other machines share the folder of the runs.
        var folder = place.Cluster is null
            ? Directory.CreateTempSubdirectory("rl-attack-").FullName
            : Path.Combine(place.Runs, string.Create(CultureInfo.InvariantCulture, $"attack__{clock.GetUtcNow():yyyyMMdd-HHmmss}__{Environment.ProcessId}"));
        var pieces = new AttackPieces(shards, learnt, folder, executor, new(executor, folder, workers, assembly is null ? [] : [assembly], report));
        try
        {
            Directory.CreateDirectory(folder);
            var (networks, moments) = trained.Read();
            PolicyFile.Write(Path.Combine(folder, AttackPiece.PolicyName), networks, moments, trained.Options, trained.Step() ?? 0);
            return pieces;
        }
        catch
        {
            pieces.Dispose();
            throw;
        }
    }

    /// <summary>Plays the episodes of an attack.</summary>
    public async Task<AttackedEvaluationResult> Play(AttackPiece whole, CancellationToken stop)
    {
        var pieces = whole.Split(_shards);
        if (_execution is null)
        {
            return AttackedEvaluationResult.Of([.. pieces.Select(piece => piece.Play(_learnt, stop))]);
        }

        var attack = Interlocked.Increment(ref _attacks);
        return AttackedEvaluationResult.Of(await Task.WhenAll(pieces.Select((piece, number) =>
            _execution.Execute<AttackedEvaluationResult>(string.Create(CultureInfo.InvariantCulture, $"a{attack:000}-{number:000}"), piece, stop))).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _execution?.Dispose();
        _executor?.Dispose();
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }
}
