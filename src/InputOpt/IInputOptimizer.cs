using TorchSharp;

namespace RL.InputOpt;

/// <summary>
/// Finds, per problem, an input of a ReLU network inside a region that makes an objective large. B independent problems are solved
/// at once, each from S starts; each behaves as if it were solved alone (but for the order in which random numbers are drawn).
/// </summary>
public interface IInputOptimizer
{
    /// <summary>Maximises <paramref name="objective"/> over <paramref name="region"/> from the given starts.</summary>
    /// <param name="objective">What to maximise: a network and a score of its outputs.</param>
    /// <param name="starts">First iterates [B×InputShape] or [B×S×InputShape], of the network's dtype and device. Those outside the
    /// region are projected onto it.</param>
    /// <param name="region">Where inputs may lie, per problem or shared.</param>
    /// <param name="trace">Whether to keep the objective's value after every iteration.</param>
    /// <param name="limits">What ends the search before its passes are spent, and what it reports; nothing if null.</param>
    /// <returns>The best input seen, the starts included; it belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A shape, dtype or device that does not fit; a region that is empty.</exception>
    InputOptimum Maximize(
        Objective objective, torch.Tensor starts, Region region, bool trace = false, SearchLimits? limits = null);
}

/// <summary>
/// What ends a search before its passes are spent, and what it reports beside the best. The best so far is returned whatever ends it.
/// </summary>
public sealed record SearchLimits
{
    /// <summary>No limits.</summary>
    internal static SearchLimits None { get; } = new();

    /// <summary>The search of a problem ends once its objective has reached this: methods on tensors search on until all problems' have.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not a number.</exception>
    public double Target
    {
        get;
        init => field = double.IsNaN(value) ? throw new ArgumentOutOfRangeException(nameof(Target), value, "A target is a number, or infinite.") : value;
    } = double.PositiveInfinity;

    /// <summary>The search ends soon after this is cancelled, without an exception.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Whether <see cref="InputOptimum.Starts"/> are asked for.</summary>
    public bool PerStart { get; init; }
}

/// <summary>Why a search ended.</summary>
public enum StopReason
{
    /// <summary>Its passes are spent.</summary>
    Passes,

    /// <summary>Every problem's objective has reached the target.</summary>
    Target,

    /// <summary>It was cancelled.</summary>
    Cancelled,

    /// <summary>Other starts of the problem were better, and the search went on with those; of single starts only.</summary>
    Dropped,
}

/// <summary>What became of one start of a problem.</summary>
/// <param name="Value">Largest objective found from it; −∞ where the search ended before it began there.</param>
/// <param name="Passes">Runs of the network forward and backward from it.</param>
/// <param name="StopReason">Why the search from it ended.</param>
public readonly record struct StartResult(double Value, long Passes, StopReason StopReason);

/// <summary>What an optimiser found.</summary>
/// <param name="X">Best inputs [B×InputShape], inside the region.</param>
/// <param name="Value">Objective at X [B]; never less than <paramref name="StartValue"/>, and +∞ where it overflows at X.</param>
/// <param name="StartValue">Objective at the best start [B].</param>
/// <param name="GradientPasses">
/// Runs of the network forward and backward per problem, over all its starts: the unit in which optimisers are compared. A run with gates in the
/// place of ReLUs (ADR-GD's surrogate) is one like any other; methods without gradients count the points they draw. Where problems differ, the
/// largest number.
/// </param>
/// <param name="Elapsed">Time that the whole call took.</param>
/// <param name="Trace">Objective after each iteration, where asked for.</param>
public sealed record InputOptimum(
    torch.Tensor X, torch.Tensor Value, torch.Tensor StartValue, long GradientPasses, TimeSpan Elapsed, InputTrace? Trace = null)
    : IDisposable
{
    /// <summary>
    /// Runs of the network forward alone per problem, over all its starts: values of last iterates, the points that tell SHARP a region's affine
    /// piece, the check of a result. With <see cref="GradientPasses"/> these are all runs of the network.
    /// </summary>
    public long Evaluations { get; init; }

    /// <summary>Why the search ended.</summary>
    public StopReason StopReason { get; init; }

    /// <summary>
    /// Per problem what became of each start, the given ones first and then the method's own; null unless <see cref="SearchLimits.PerStart"/>.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<StartResult>>? Starts { get; init; }

    /// <summary>Value − start value [B], ≥ 0.</summary>
    public torch.Tensor Gain => Value - StartValue;

    public void Dispose()
    {
        X.Dispose();
        Value.Dispose();
        StartValue.Dispose();
        Trace?.Values.Dispose();
    }
}

/// <summary>The course of a search: K records.</summary>
/// <param name="Passes">Gradient passes per problem taken up to each record [K].</param>
/// <param name="Values">Largest objective among a problem's iterates of that moment [K×B]: it may fall.</param>
public sealed record InputTrace(IReadOnlyList<long> Passes, torch.Tensor Values);
