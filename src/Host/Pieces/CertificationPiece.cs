using System.Globalization;
using RL.Agents;
using RL.InputOpt;
using RL.Studies;
using TorchSharp;

namespace RL.Host;

/// <summary>A shard of a study's states under one ε, or their radii. The states are in a file beside the policy.</summary>
sealed record CertificationPiece : PolicyPiece<CertificationPieceResult>
{
    const string Tensor = "inputs";
    const string AttackedName = "attacked.safetensors";

    /// <summary>Number of the shard.</summary>
    public required int Shard { get; init; }

    public required CertificationOptions Options { get; init; }

    /// <summary>What ε is measured in, where that was measured in clean play.</summary>
    public IReadOnlyList<double>? Deviations { get; init; }

    /// <summary>Of what attacks draw.</summary>
    public required ulong Seed { get; init; }

    /// <summary>ε, or the largest radius.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Whether the states' radii are asked for.</summary>
    public required bool IsRadius { get; init; }

    /// <summary>Writes the states of a shard for the pieces that look at them.</summary>
    public static void WriteStates(string shared, StateShard shard) => WriteInputs(StatesFile(shared, shard.Number), shard.Inputs);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Shared() => [PolicyName, StatesName(Shard)];

    /// <inheritdoc/>
    public override CertificationPieceResult Do(Policy learnt, string shared, CancellationToken stop)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        using var environment = learnt.MakeEvaluation(1);
        var network = ((IAttackable)learnt.Agent).PolicyNetwork!;
        var (space, device) = (environment.ObservationSpace, network.Network.Device);
        var units = Deviations is { } deviations ? ObservationUnits.Of(space, deviations, device) : ObservationUnits.Of(space, device);
        var inputs = SafeTensors.Read(StatesFile(shared, Shard))[Tensor].to(device);
        var states = new CertifiedStates(network, Options, units, inputs, Seed, new CpuClock());
        if (IsRadius)
        {
            return new([], 0, states.Radii(Epsilon, stop));
        }

        var found = states.Certify(Epsilon, stop);
        // Half a shard is nothing that could be told apart from a whole one.
        stop.ThrowIfCancellationRequested();
        return new(found.States, found.AttackMilliseconds, null) { Attacked = found.Attacked?.cpu().DetachFromDisposeScope() };
    }

    /// <inheritdoc/>
    public override CertificationPieceResult Read(string folder)
    {
        using var scope = torch.NewDisposeScope();
        var attacked = Path.Combine(folder, AttackedName);
        return base.Read(folder) with { Attacked = File.Exists(attacked) ? SafeTensors.Read(attacked)[Tensor].DetachFromDisposeScope() : null };
    }

    /// <inheritdoc/>
    protected override void Write(string folder, CertificationPieceResult result)
    {
        if (result.Attacked is { } attacked)
        {
            WriteInputs(Path.Combine(folder, AttackedName), attacked);
        }

        base.Write(folder, result);
    }

    static string StatesFile(string shared, int shard) => Path.Combine(shared, StatesName(shard));

    static string StatesName(int shard) => string.Create(CultureInfo.InvariantCulture, $"states-{shard:000}.safetensors");

    static void WriteInputs(string path, torch.Tensor inputs) =>
        AtomicFile.Write(path, stream => SafeTensors.Write(stream, new Dictionary<string, torch.Tensor> { [Tensor] = inputs }));
}

/// <summary>What came of a <see cref="CertificationPiece"/>.</summary>
/// <param name="States">Of a shard under one ε; else none.</param>
/// <param name="AttackMilliseconds">CPU time of the attack, per state.</param>
/// <param name="Radii">Of the states, where they were asked for.</param>
sealed record CertificationPieceResult(IReadOnlyList<StateCertificate> States, double AttackMilliseconds, IReadOnlyList<StateRadius>? Radii)
{
    /// <summary>What the attack made of the states, where it is drawn; in a file of its own, and in no dispose scope.</summary>
    [System.Text.Json.Serialization.JsonIgnore] public torch.Tensor? Attacked { get; init; }
}

/// <summary>Has the shards of a study certified as pieces.</summary>
sealed class PieceCertifier(PolicyPieces pieces, CertificationOptions options) : IShardCertifier
{
    readonly HashSet<int> _written = [];

    /// <inheritdoc/>
    public async Task<ShardCertificates> Certify(StateShard shard, double epsilon, CancellationToken stop)
    {
        var result = await Ask(shard, epsilon, isRadius: false, stop).ConfigureAwait(false);
        return new(result.States, result.Attacked, result.AttackMilliseconds);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<StateRadius>> Radii(StateShard shard, double largest, CancellationToken stop) =>
        (await Ask(shard, largest, isRadius: true, stop).ConfigureAwait(false)).Radii!;

    Task<CertificationPieceResult> Ask(StateShard shard, double epsilon, bool isRadius, CancellationToken stop)
    {
        if (_written.Add(shard.Number))
        {
            CertificationPiece.WriteStates(pieces.Folder, shard);
        }

        var piece = new CertificationPiece
        {
            Shard = shard.Number,
            Options = options,
            Deviations = shard.Deviations,
            Seed = shard.Seed,
            Epsilon = epsilon,
            IsRadius = isRadius,
        };
        var what = isRadius ? "radii" : string.Create(CultureInfo.InvariantCulture, $"epsilon-{epsilon:R}");
        return pieces.Do(string.Create(CultureInfo.InvariantCulture, $"{what}-{shard.Number:000}"), piece, stop);
    }
}
