using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>The random networks of the ADR-GD paper's comparison: weights and biases uniform in [−1, 1], inputs in [−1, 1]ⁿ.</summary>
public static class RandomNetworks
{
    /// <summary>Units per layer, input to output.</summary>
    public static IReadOnlyList<long> Small { get; } = [10, 64, 64, 1];

    /// <summary>Units per layer, input to output.</summary>
    public static IReadOnlyList<long> Large { get; } = [128, 500, 500, 500, 1];

    /// <summary>Network number k of a seed, float32; it belongs to the current dispose scope.</summary>
    public static ReluNetwork Draw(IReadOnlyList<long> sizes, ulong seed, int number)
    {
        // One generator per network: a table of 20 is the beginning of a table of 40.
        using var generator = new Generator((seed * 1_000_003) + (ulong)number);
        return new([.. sizes.Skip(1).Zip(sizes, (rows, columns) => new ReluLayer(
            (rand(rows, columns, generator: generator) * 2) - 1, (rand(rows, generator: generator) * 2) - 1))]);
    }
}
