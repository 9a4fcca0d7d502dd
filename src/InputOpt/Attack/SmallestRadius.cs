using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>What <see cref="SmallestRadius"/> found.</summary>
/// <param name="Radii">Per problem the smallest of the radii within which the target was reached; infinite where none was enough.</param>
/// <param name="X">The inputs that reach it; at the largest radius where none did [B×InputShape].</param>
/// <param name="Value">Objective there [B].</param>
/// <param name="Passes">Passes per problem, over all radii that were tried.</param>
public sealed record SmallestRadiusResult(IReadOnlyList<double> Radii, Tensor X, Tensor Value, long Passes) : IDisposable
{
    public void Dispose()
    {
        X.Dispose();
        Value.Dispose();
    }
}

/// <summary>How far an input has to move for an objective to reach a target, by any method: one search for each of several radii.</summary>
public static class SmallestRadius
{
    /// <summary>Searches within one radius after the other until every problem's objective has reached the target.</summary>
    /// <param name="optimizer">The method; every radius has its whole budget.</param>
    /// <param name="objective">What is maximised.</param>
    /// <param name="starts">As of <see cref="IInputOptimizer.Maximize"/>.</param>
    /// <param name="region">The region of a radius, for all problems.</param>
    /// <param name="radii">One or more, each larger than the one before.</param>
    /// <param name="target">What counts as success: an objective of at least this.</param>
    /// <param name="cancellation">Ends it soon with what has been found.</param>
    /// <exception cref="ArgumentException">Radii that do not grow, or what the method refuses.</exception>
    public static SmallestRadiusResult Find(
        IInputOptimizer optimizer, Objective objective, Tensor starts, Func<double, Region> region, IReadOnlyList<double> radii, double target,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentNullException.ThrowIfNull(objective);
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(region);
        AttackSuite.ThrowUnlessGrowing(radii);
        if (starts.dim() == 0)
        {
            throw new ArgumentException("Starts are a single number; allowed: [B×InputShape] or [B×S×InputShape].", nameof(starts));
        }
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var smallest = Enumerable.Repeat(double.PositiveInfinity, (int)starts.shape[0]).ToArray();
        var passes = 0L;
        Tensor? x = null, value = null;
        foreach (var radius in radii)
        {
            var found = optimizer.Maximize(objective, starts, region(radius), limits: new() { Target = target, Cancellation = cancellation });
            passes += found.GradientPasses;
            var isReached = tensor(smallest.Select(double.IsFinite).ToArray(), device: found.Value.device);
            x = x is null ? found.X : where(Rows.Column(isReached, x), x, found.X);
            value = value is null ? found.Value : where(isReached, value, found.Value);
            var values = Rows.Numbers(found.Value);
            for (var i = 0; i < smallest.Length; i++)
            {
                smallest[i] = double.IsInfinity(smallest[i]) && values[i] >= target ? radius : smallest[i];
            }
            if (Array.TrueForAll(smallest, double.IsFinite) || cancellation.IsCancellationRequested)
            {
                break;
            }
        }
        return new(smallest, x!.MoveToOuterDisposeScope(), value!.MoveToOuterDisposeScope(), passes);
    }
}
