using System.ComponentModel.DataAnnotations;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>How an action that maximises a critic is searched for.</summary>
public sealed record MaximizerOptions
{
    /// <summary>The search: gradient (steps along the gradient's signs), sharp or adr-gd.</summary>
    [AllowedValues("gradient", "sharp", "adr-gd")] public string Method { get; init; } = "sharp";

    /// <summary>Q: the first critic Q₁ itself, the first target critic Q₁′, or the smaller of the two target critics.</summary>
    [AllowedValues("target", "online", "minimum")] public string Critic { get; init; } = "online";

    /// <summary>Passes of the search from each start.</summary>
    [Range(1, 10_000_000)] public int Passes { get; init; } = 50;

    /// <summary>Random actions to start from beside the last maximiser.</summary>
    [Range(0, 10_000)] public int RandomStarts { get; init; } = 1;
}

/// <summary>a* = argmax Q(s, a) over a ∈ [−1, 1], searched from a known action and from random ones.</summary>
/// <param name="critic">Q as a network of [s; a], with its weights as they are at the call.</param>
/// <param name="optimizer">The search.</param>
/// <param name="generator">What the search draws from; saved and disposed with this.</param>
/// <param name="options">The number of starts.</param>
sealed class ActionMaximizer(Func<ReluNetwork> critic, IInputOptimizer optimizer, Generator generator, MaximizerOptions options)
    : IDisposable
{
    /// <summary>Searches for the best actions of N states.</summary>
    /// <param name="s">[N × observation]</param>
    /// <param name="known">An action to start from. [N × action]</param>
    /// <param name="random">Draws the other starts.</param>
    public InputOptimum Maximize(Tensor s, Tensor known, Pcg64 random) => Maximize(critic(), s, known, random);

    /// <summary>
    /// The same, each state alone and with random numbers that begin at <paramref name="seed"/>: a function of the state. [N × action]
    /// </summary>
    public Tensor MaximizeEach(Tensor s, Tensor known, ulong seed)
    {
        using var state = generator.get_state();
        var q = critic();
        var rows = new Tensor[s.shape[0]];
        for (var row = 0; row < rows.Length; row++)
        {
            generator.manual_seed((long)seed);
            rows[row] = Maximize(q, s.narrow(0, row, 1), known.narrow(0, row, 1), new Pcg64(seed)).X;
        }

        generator.set_state(state);
        return cat(rows);
    }

    /// <summary>The critic that is maximised.</summary>
    public ReluNetwork Critic => critic();

    public void Save(BinaryWriter writer)
    {
        using var state = generator.get_state();
        state.Save(writer);
    }

    public void Load(BinaryReader reader)
    {
        using var state = generator.get_state();
        state.Load(reader);
        generator.set_state(state);
    }

    public void Dispose() => generator.Dispose();

    InputOptimum Maximize(ReluNetwork q, Tensor s, Tensor known, Pcg64 random)
    {
        using var noGrad = no_grad();
        var (rows, size) = (known.shape[0], known.shape[1]);
        var starts = known;
        if (options.RandomStarts > 0)
        {
            var drawn = new float[rows * options.RandomStarts * size];
            foreach (ref var value in drawn.AsSpan())
            {
                value = (float)((2 * random.NextDouble()) - 1);
            }

            starts = cat([known.unsqueeze(1), tensor(drawn, [rows, options.RandomStarts, size], device: known.device)], 1);
        }

        return optimizer.Maximize(new Objective(q.Given(s)), starts, Box.Between(-1, 1, known));
    }
}
