using System.ComponentModel.DataAnnotations;

namespace RL.InputOpt;

/// <summary>
/// Options of <see cref="Sharp"/>. The defaults are a function of the passes and the number of inputs (docs/sharp.md); 0 stands for them.
/// </summary>
public sealed record SharpOptions
{
    /// <summary>Gradient passes per problem, over all its starts.</summary>
    [Range(1, 10_000_000)] public int Passes { get; init; } = 300;

    /// <summary>S, points that the search starts from: the given ones and, beside them, random ones of the region; 0 = automatic.</summary>
    [Range(0, 1_000_000)] public int Starts { get; init; }

    /// <summary>k, exploring steps from each start; 0 = automatic.</summary>
    [Range(0, 10_000_000)] public int ExploreSteps { get; init; }

    /// <summary>First exploring step, in units of half the region.</summary>
    [Range(0.0, 1e6)] public double FirstStep { get; init; } = 1;

    /// <summary>Last exploring step is this divided by k, in units of half the region; steps fall by equal ratios.</summary>
    [Range(0.0, 1e6)] public double LastStep { get; init; } = 1.5;

    /// <summary>μ: exploring steps go along v ← μ·v + g/‖g‖.</summary>
    [Range(0.0, 1.0)] public double Momentum { get; init; } = 0.5;

    /// <summary>Divisor of the number of starts after exploring, and again when the survivors have used up their share of the passes.</summary>
    [Range(2, 1000)] public int Halving { get; init; } = 4;

    /// <summary>First polishing step, in units of half the region's largest width.</summary>
    [Range(0.0, 1e6)] public double PolishStep { get; init; } = 0.3;

    /// <summary>α, by how much a polishing step's turn shrinks space along the change of the gradient.</summary>
    [Range(1.0, 1e3)] public double Dilation { get; init; } = 2.5;

    /// <summary>What the step is multiplied by where the second or a later one in a row still goes up.</summary>
    [Range(1.0, 1e3)] public double Growth { get; init; } = 1.2;

    /// <summary>What the step is multiplied by where already the first in a direction went too far.</summary>
    [Range(0.01, 1.0)] public double Shrinking { get; init; } = 0.9;

    /// <summary>Polishing passes after which the metric starts afresh.</summary>
    [Range(1, 10_000)] public int Memory { get; init; } = 50;

    /// <summary>Size of exploring step t of k, in units of half the region.</summary>
    internal double ExploringStep(int t, int steps)
    {
        var last = Math.Min(LastStep / steps, FirstStep);
        return FirstStep * Math.Pow(last / FirstStep, steps > 1 ? t / (steps - 1.0) : 0);
    }
}
