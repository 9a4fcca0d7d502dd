using RL.Agents;

namespace RL.Host;

/// <summary>Some consecutive episodes under one attack.</summary>
sealed record AttackPiece : PolicyPiece<AttackedEvaluationResult>
{
    public required ObservationAttackOptions Attack { get; init; }

    /// <summary>What ε is measured in, where that was measured in clean play.</summary>
    public IReadOnlyList<double>? Deviations { get; init; }

    public required int Episodes { get; init; }

    /// <summary>Of their first states.</summary>
    public required ulong Seed { get; init; }

    public required bool Explore { get; init; }

    /// <summary>
    /// The pieces of a play. Copy i of Reset(seed) is copy 0 of Reset(seed + i): as long as every episode of the whole play has a copy of its own,
    /// its first state is the same whatever the pieces.
    /// </summary>
    public IEnumerable<AttackPiece> Split(int pieces)
    {
        for (var (piece, first) = (0, 0); piece < pieces; piece++)
        {
            var count = (Episodes / pieces) + (piece < Episodes % pieces ? 1 : 0);
            yield return this with { Episodes = count, Seed = Seed + (ulong)first, Attack = Attack with { Seed = Attack.Seed + (ulong)first } };
            first += count;
        }
    }

    /// <inheritdoc/>
    public override AttackedEvaluationResult Do(Policy learnt, string shared, CancellationToken stop) => Play(learnt, stop);

    /// <summary>Plays it here.</summary>
    public AttackedEvaluationResult Play(Policy learnt, CancellationToken stop)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var environment = learnt.MakeEvaluation(Episodes);
        var network = ((IAttackable)learnt.Agent).PolicyNetwork!;
        var device = network.Network.Device;
        var units = Deviations is { } deviations
            ? ObservationUnits.Of(environment.ObservationSpace, deviations, device)
            : ObservationUnits.Of(environment.ObservationSpace, device);
        return AttackedEvaluation.Run(network, environment, units, Attack, Episodes, Seed, Explore, stop: stop);
    }
}
