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
