using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// a* = argmax Q(s, a) over |a − a₀| ≤ radius, a ∈ [−1, 1]. For a given s the critic is a ReLU network of the action alone, so any
/// optimiser of network inputs does it.
/// </summary>
/// <param name="critic">Q as a network of [s; a], with its weights as they are at the call.</param>
/// <param name="optimizer">The search.</param>
/// <param name="generator">What the search draws from; saved and disposed with the refiner.</param>
/// <param name="radius">Most that an element of the action may change.</param>
/// <param name="seed">
/// Searches every row alone, with random numbers that begin here, so that a row's result depends on the row alone and nothing is left of
/// a call; null: the generator moves on.
/// </param>
public sealed class CriticAscent(
    Func<ReluNetwork> critic, IInputOptimizer optimizer, Generator generator, double radius, ulong? seed = null) : IActionRefiner
{
    /// <inheritdoc/>
    public RefinedActions Refine(Tensor observations, Tensor actions)
    {
        var q = critic();
        if (seed is not { } first)
        {
            return Ascend(q, observations, actions);
        }

        var rows = new RefinedActions[actions.shape[0]];
        for (var row = 0; row < rows.Length; row++)
        {
            generator.manual_seed((long)first);
            rows[row] = Ascend(q, observations.narrow(0, row, 1), actions.narrow(0, row, 1));
        }

        return new RefinedActions(cat([.. rows.Select(row => row.Actions)]), cat([.. rows.Select(row => row.Gain)]));
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        if (seed is null)
        {
            using var state = generator.get_state();
            state.Save(writer);
        }
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        if (seed is null)
        {
            using var state = generator.get_state();
            state.Load(reader);
            generator.set_state(state);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => generator.Dispose();

    RefinedActions Ascend(ReluNetwork q, Tensor observations, Tensor actions)
    {
        var optimum = optimizer.Maximize(new Objective(q.Given(observations)), actions, Box.Ball(actions, radius, -1, 1));
        return new RefinedActions(optimum.X, optimum.Gain);
    }
}

/// <summary>The critics that a refinement may maximise.</summary>
/// <param name="Online">Q₁.</param>
/// <param name="Targets">Q₁′, and Q₂′ where there are twins.</param>
sealed record RefinementCritics(Critic Online, params Critic[] Targets)
{
    /// <summary>The critic that <see cref="RefinementPlace.Critic"/> names, and of the minimum the other one.</summary>
    public (Critic First, Critic? Second) Pair(string name) => name switch
    {
        "online" => (Online, null),
        "minimum" => (Targets[0], Targets[1]),
        _ => (Targets[0], null),
    };

    /// <summary>The network of [s; a] that <see cref="RefinementPlace.Critic"/> names, with its weights as they are at each call.</summary>
    /// <param name="name">The critic.</param>
    /// <param name="option">Where it is named, for errors.</param>
    /// <exception cref="ArgumentException">The name is unknown, or the agent has no such critic.</exception>
    public Func<ReluNetwork> Named(string name, string option) => name switch
    {
        "target" => () => ReluNetwork.FromModule(Targets[0].Net),
        "online" => () => ReluNetwork.FromModule(Online.Net),
        "minimum" when Targets.Length == 2 =>
            () => ReluNetwork.Minimum(ReluNetwork.FromModule(Targets[0].Net), ReluNetwork.FromModule(Targets[1].Net)),
        _ => throw new ArgumentException(
            $"{option} is {name}; allowed: target, online{(Targets.Length == 2 ? ", minimum" : ", because the agent has one critic")}."),
    };
}
