using RL.Agents;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>Consecutive states of a study, which can be attacked and certified apart from the others.</summary>
/// <param name="Number">From 0 on.</param>
/// <param name="Inputs">Network inputs of the true observations [states×InputShape].</param>
/// <param name="Deviations">The standard deviations that ε is measured in, where they were measured in clean play; else null.</param>
/// <param name="Seed">Of what attacks draw.</param>
public sealed record StateShard(int Number, Tensor Inputs, IReadOnlyList<double>? Deviations, ulong Seed)
{
    /// <summary>How many states it has.</summary>
    public int Count => (int)Inputs.shape[0];

    /// <summary>Divides states into shards that differ by one state at most; there are no empty ones.</summary>
    /// <param name="inputs">All of them.</param>
    /// <param name="deviations">See <see cref="Deviations"/>.</param>
    /// <param name="seed">Of the whole.</param>
    /// <param name="shards">Their number, if there are as many states.</param>
    internal static IReadOnlyList<StateShard> Split(Tensor inputs, IReadOnlyList<double>? deviations, ulong seed, int shards)
    {
        var states = (int)inputs.shape[0];
        shards = Math.Min(shards, states);
        if (shards == 1)
        {
            return [new(0, inputs, deviations, seed)];
        }

        // Copies, so that the memory of a shard looks the same wherever it is certified.
        int First(int shard) => (int)((long)states * shard / shards);
        return
        [
            .. Enumerable.Range(0, shards).Select(shard => new StateShard(
                shard, inputs.narrow(0, First(shard), First(shard + 1) - First(shard)).clone(), deviations, seed + (ulong)First(shard))),
        ];
    }
}

/// <summary>A shard under one ε.</summary>
/// <param name="States">In the order of the shard; the first ones alone if it was stopped.</param>
/// <param name="Attacked">
/// What the attack made of all states [states×InputShape]; null where no sheet shows it (<see cref="CertifiedStates.AreDrawn"/>). From elsewhere it is
/// in no dispose scope.
/// </param>
/// <param name="AttackMilliseconds">CPU time of the attack, per state.</param>
public sealed record ShardCertificates(IReadOnlyList<StateCertificate> States, Tensor? Attacked, double AttackMilliseconds);

/// <summary>Attacks and certifies shards, somewhere. Questions may be asked at the same time; what was stopped ends in an <see cref="OperationCanceledException"/>.</summary>
public interface IShardCertifier
{
    /// <summary>All of a shard's states under one ε.</summary>
    Task<ShardCertificates> Certify(StateShard shard, double epsilon, CancellationToken stop);

    /// <summary>Their radii, up to a largest one.</summary>
    Task<IReadOnlyList<StateRadius>> Radii(StateShard shard, double largest, CancellationToken stop);
}

/// <summary>Certifies shards here, one at a time.</summary>
sealed class LocalCertifier(Func<StateShard, CertifiedStates> statesOf) : IShardCertifier
{
    readonly Dictionary<int, CertifiedStates> _states = [];

    /// <inheritdoc/>
    public Task<ShardCertificates> Certify(StateShard shard, double epsilon, CancellationToken stop) => Task.FromResult(States(shard).Certify(epsilon, stop));

    /// <inheritdoc/>
    public Task<IReadOnlyList<StateRadius>> Radii(StateShard shard, double largest, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        return Task.FromResult(States(shard).Radii(largest, stop));
    }

    CertifiedStates States(StateShard shard) =>
        _states.TryGetValue(shard.Number, out var known) ? known : _states[shard.Number] = statesOf(shard);
}
