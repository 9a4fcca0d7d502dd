using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// a* = argmax Q(s, a) over |a − μ(s)| ≤ radius, a ∈ [−1, 1]. For a given s the critic is a ReLU network of the action alone, so any
/// optimiser of network inputs does it.
/// </summary>
/// <param name="critic">Q as a network of [s; a], with its weights as they are at the call.</param>
/// <param name="optimizer">The search.</param>
/// <param name="generator">What the search draws from; saved and disposed with the refiner.</param>
/// <param name="radius">Most that an element of the action may change.</param>
public sealed class CriticAscent(Func<ReluNetwork> critic, IInputOptimizer optimizer, Generator generator, double radius) : IActionRefiner
{
    /// <summary>The refiner of <paramref name="options"/>; null if refinement is off.</summary>
    /// <exception cref="ArgumentException">An option is not what the agent's critics allow.</exception>
    internal static IActionRefiner? Create(RefinementOptions options, RefinementCritics critics, Device device, long seed)
    {
        if (!options.Enabled)
        {
            return null;
        }
        var critic = critics.Named(options.Critic);
        var generator = new Generator(Seeds.Of(seed, Purpose.Refinement), device);
        IInputOptimizer optimizer = options.Optimizer switch
        {
            "sharp" => new Sharp(options.Sharp, generator),
            "adr-gd" => new AdrGd(options.AdrGd, generator),
            _ => throw new ArgumentException($"The refinement's optimizer is {options.Optimizer}; allowed: sharp, adr-gd."),
        };
        return new CriticAscent(critic, optimizer, generator, options.Radius);
    }

    /// <inheritdoc/>
    public RefinedActions Refine(Tensor observations, Tensor actions)
    {
        var q = critic().Given(observations);
        var optimum = optimizer.Maximize(new Objective(q), actions, Box.Ball(actions, radius, -1, 1));
        return new RefinedActions(optimum.X, optimum.Gain);
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        using var state = generator.get_state();
        state.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        using var state = generator.get_state();
        state.Load(reader);
        generator.set_state(state);
    }

    /// <inheritdoc/>
    public void Dispose() => generator.Dispose();
}

/// <summary>The critics that a refinement may maximise.</summary>
/// <param name="Online">Q₁.</param>
/// <param name="Targets">Q₁′, and Q₂′ where there are twins.</param>
sealed record RefinementCritics(Critic Online, params Critic[] Targets)
{
    /// <summary>The network of [s; a] that <see cref="RefinementOptions.Critic"/> names, with its weights as they are at each call.</summary>
    /// <exception cref="ArgumentException">The name is unknown, or the agent has no such critic.</exception>
    public Func<ReluNetwork> Named(string name) => name switch
    {
        "target" => () => ReluNetwork.FromModule(Targets[0].Net),
        "online" => () => ReluNetwork.FromModule(Online.Net),
        "minimum" when Targets.Length == 2 =>
            () => ReluNetwork.Minimum(ReluNetwork.FromModule(Targets[0].Net), ReluNetwork.FromModule(Targets[1].Net)),
        _ => throw new ArgumentException(
            $"agent.refine.critic is {name}; allowed: target, online{(Targets.Length == 2 ? ", minimum" : ", because the agent has one critic")}."),
    };
}
