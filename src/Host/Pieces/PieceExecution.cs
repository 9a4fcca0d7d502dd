using System.Text.Json;

namespace RL.Host;

/// <summary>Has pieces of work done by an executor, and reads their results.</summary>
/// <param name="executor">Does them.</param>
/// <param name="folder">Each piece has a folder of its own in it.</param>
/// <param name="workers">As many at a time.</param>
/// <param name="assemblies">With user-defined environments.</param>
/// <param name="report">Takes a line on what is tried again.</param>
sealed class PieceExecution(IRunExecutor executor, string folder, int workers, IReadOnlyList<string> assemblies, Action<string> report) : IDisposable
{
    /// <summary>A piece whose workers are killed one after the other is given up.</summary>
    const int MostAttempts = 10;

    readonly SemaphoreSlim _free = new(workers);

    /// <summary>Has a piece done.</summary>
    /// <param name="name">Name of its folder.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<T> Execute<T>(string name, PolicyPiece<T> piece, CancellationToken stop)
    {
        await _free.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            var path = Directory.CreateDirectory(Path.Combine(folder, name)).FullName;
            var job = new RunJob(path) { Assemblies = assemblies, Piece = JsonSerializer.Serialize<PolicyPiece>(piece, OptionsJson.Line), Shared = piece.Shared() };
            for (var attempt = 1; ; attempt++)
            {
                var outcome = await executor.Execute(job, _ => { }, stop).ConfigureAwait(false);
                if (outcome.Error is null && File.Exists(Path.Combine(path, PolicyPiece.ResultName)))
                {
                    return piece.Read(path);
                }

                stop.ThrowIfCancellationRequested();
                var error = outcome.Error ?? "there is no result";
                if (!outcome.MayPass || attempt == MostAttempts)
                {
                    throw new InvalidOperationException($"{name} failed: {error}");
                }

                report($"{name} is tried again: {error}");
            }
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
