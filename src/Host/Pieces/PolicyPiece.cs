using System.Text.Json;
using System.Text.Json.Serialization;

namespace RL.Host;

/// <summary>
/// A piece of work on a policy, which a worker process does apart from the others. The policy is in the folder above the piece's own, so that the
/// piece names no file.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(AttackPiece), "attack")]
[JsonDerivedType(typeof(CertificationPiece), "certify")]
abstract record PolicyPiece
{
    /// <summary>The policy of all pieces, in the folder of their folders.</summary>
    public const string PolicyName = "policy.safetensors";

    /// <summary>What came of a piece, in its folder; it is written last.</summary>
    public const string ResultName = "result.json";

    /// <summary>Does what a job names, and writes the result into the job's folder.</summary>
    /// <exception cref="IOException">Another attempt at the piece has the folder by now.</exception>
    public static void Execute(RunJob job, CancellationToken stop)
    {
        var piece = JsonSerializer.Deserialize<PolicyPiece>(job.Piece!, OptionsJson.Line) ?? throw new InvalidDataException("A piece is null.");
        UserAssemblies.Load(job.Assemblies);
        var folder = Path.GetFullPath(job.Folder);
        using var learnt = TrainedPolicy.Find(".", Path.Combine(Path.GetDirectoryName(folder)!, PolicyName)).Open(TimeProvider.System);
        piece.Execute(learnt, folder, () =>
        {
            if (job.Epoch is { } epoch)
            {
                new RunEpoch(folder, epoch).ThrowUnlessHeld();
            }
        }, stop);
    }

    /// <summary>Names of the files in the folder above its own that it reads.</summary>
    public virtual IReadOnlyList<string> Shared() => [PolicyName];

    /// <summary>Does it.</summary>
    /// <param name="learnt">The policy.</param>
    /// <param name="folder">For the result.</param>
    /// <param name="throwUnlessHeld">To be called before anything is written: fails if another attempt has the folder.</param>
    /// <param name="stop">Ends it; nothing is written.</param>
    protected abstract void Execute(Policy learnt, string folder, Action throwUnlessHeld, CancellationToken stop);
}

/// <summary>A piece with a result of a type.</summary>
abstract record PolicyPiece<T> : PolicyPiece
{
    /// <summary>Does it here.</summary>
    /// <param name="learnt">The policy.</param>
    /// <param name="shared">The folder of all pieces.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public abstract T Do(Policy learnt, string shared, CancellationToken stop);

    /// <summary>Reads the result that <see cref="Write"/> wrote.</summary>
    public virtual T Read(string folder) => JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(folder, ResultName)), OptionsJson.Line)!;

    /// <summary>Writes the result, <see cref="PolicyPiece.ResultName"/> last.</summary>
    protected virtual void Write(string folder, T result) =>
        AtomicFile.WriteText(Path.Combine(folder, ResultName), JsonSerializer.Serialize(result, OptionsJson.Line) + "\n");

    /// <inheritdoc/>
    protected sealed override void Execute(Policy learnt, string folder, Action throwUnlessHeld, CancellationToken stop)
    {
        var result = Do(learnt, Path.GetDirectoryName(folder)!, stop);
        throwUnlessHeld();
        Write(folder, result);
    }
}
