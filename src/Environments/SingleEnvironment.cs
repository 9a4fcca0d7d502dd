namespace RL.Environments;

/// <summary>What one step of one copy gave.</summary>
/// <param name="Reward">r, with the task's own order of additions (bit-equal to the reference where there is one).</param>
/// <param name="Terminated">The task itself ended.</param>
/// <param name="Truncated">
/// The task cut the episode off by a limit of its own. The time limit of <see cref="EnvironmentSpec"/> is not the task's business.
/// </param>
public readonly record struct StepResult(double Reward, bool Terminated, bool Truncated = false);

/// <summary>
/// One copy of a task: what a task author writes. It knows its state, its dynamics and its reward; seeds, time limits,
/// validation, buffers and the order of calls belong to <see cref="VectorEnvironment{TObservation, TAction}"/>. Neither
/// <see cref="Reset"/> nor <see cref="Step"/> may allocate.
/// </summary>
/// <typeparam name="TObservation">Element type of <see cref="ObservationSpace"/>.</typeparam>
/// <typeparam name="TAction">Element type of <see cref="ActionSpace"/>: float for boxes, int for discrete actions.</typeparam>
public abstract class SingleEnvironment<TObservation, TAction> : IDisposable
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The space of an observation.</summary>
    public abstract Space ObservationSpace { get; }

    /// <summary>The space of an action.</summary>
    public abstract Space ActionSpace { get; }

    /// <summary>Names of the parts that the reward is the sum of.</summary>
    public abstract IReadOnlyList<string> RewardTerms { get; }

    /// <summary>What a step is said of beside its reward; each is the tag that its means are logged with (action/valid).</summary>
    public virtual IReadOnlyList<string> Measures => [];

    /// <summary>What the simulation warned of so far; empty if all is well.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>True if an option fixes the copy's chance, so that the seed of a reset has no say.</summary>
    public virtual bool HasFixedSeed => false;

    /// <summary>
    /// The copy's generator is a new one: what a task derives from it for all its episodes is derived here. A reset follows.
    /// </summary>
    public virtual void Seed(Pcg64 random)
    {
    }

    /// <summary>Makes what draws this copy; null if there is nothing to be seen.</summary>
    public virtual IEnvironmentRenderer? MakeRenderer(int width, int height) => null;

    /// <summary>Starts an episode.</summary>
    /// <param name="random">The copy's generator: the only source of chance, for resets and steps alike.</param>
    /// <param name="observation">Written: the first observation.</param>
    public abstract void Reset(Pcg64 random, Span<TObservation> observation);

    /// <summary>Applies one valid action.</summary>
    /// <param name="action">Finite (box) or in range (discrete), but not clipped to the box.</param>
    /// <param name="random">The copy's generator.</param>
    /// <param name="observation">Written: the next observation.</param>
    /// <param name="rewardTerms">Written: the parts of the reward, in the order of <see cref="RewardTerms"/>.</param>
    public abstract StepResult Step(
        ReadOnlySpan<TAction> action, Pcg64 random, Span<TObservation> observation, Span<double> rewardTerms);

    /// <summary>Writes what the last step was like, in the order of <see cref="Measures"/>. Not called if there are none.</summary>
    public virtual void Measure(Span<double> values)
    {
    }

    /// <summary>Writes everything that the next step depends on (the generator is written by the caller).</summary>
    public abstract void Save(BinaryWriter writer);

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    public abstract void Load(BinaryReader reader);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the copy holds.</summary>
    protected virtual void Dispose(bool disposing)
    {
    }
}
