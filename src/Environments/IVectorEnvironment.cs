namespace RL.Environments;

/// <summary>
/// An environment: <see cref="Count"/> independent copies of one task, stepped together.
/// <code>
/// environment.Reset(seed);
/// while (…)
/// {
///     // read environment.Observations, write actions
///     var outcome = environment.Step(actions);
///     // outcome: what was seen, done and got; the true next observations; terminated and truncated apart
///     environment.ResetFinished();
/// }
/// </code>
/// Nothing is reset behind the caller's back: after <see cref="Step"/> the observations of finished copies are those in which
/// the episode ended, until <see cref="ResetFinished"/> starts their next episode.
/// </summary>
public interface IVectorEnvironment : IDisposable
{
    /// <summary>Id, time limit and options of the task.</summary>
    EnvironmentSpec Spec { get; }

    /// <summary>Number of copies.</summary>
    int Count { get; }

    /// <summary>The space of one copy's observation.</summary>
    Space ObservationSpace { get; }

    /// <summary>The space of one copy's action.</summary>
    Space ActionSpace { get; }

    /// <summary>Names of the parts that the reward is the sum of, in the order of <see cref="StepOutcome.RewardTerms"/>; may be empty.</summary>
    IReadOnlyList<string> RewardTerms { get; }

    /// <summary>
    /// What a step is said of beside its reward, in the order of <see cref="StepOutcome.Measures"/>; each is the tag that its means are logged
    /// with (action/valid).
    /// </summary>
    IReadOnlyList<string> Measures => [];

    /// <summary>What the simulations warned of so far, one sentence each (an unstable state that was reset, say).</summary>
    IEnumerable<string> Warnings => [];

    /// <summary>True if an option fixes all chance, so that the seed of <see cref="Reset"/> has no say.</summary>
    bool HasFixedSeed => false;

    /// <summary>What each copy shows now. [Count × observation]</summary>
    SpaceBuffer Observations { get; }

    /// <summary>Makes what draws copy <paramref name="copy"/>, to be disposed of before the environment; null if it cannot be drawn.</summary>
    IEnvironmentRenderer? MakeRenderer(int copy, int width, int height) => null;

    /// <summary>Starts a new episode in every copy; copy i draws from a generator seeded with <paramref name="seed"/> + i.</summary>
    void Reset(ulong seed);

    /// <summary>
    /// Applies one action to every copy. [Count × action] The outcome is the environment's own and is overwritten by the next call.
    /// </summary>
    /// <exception cref="InvalidOperationException">A copy is finished and was not reset.</exception>
    /// <exception cref="ArgumentException">An action is not a number, or not one of a discrete space.</exception>
    /// <exception cref="NonFiniteValueException">An observation or a reward is no finite number of float32.</exception>
    StepOutcome Step(SpaceBuffer actions);

    /// <summary>Starts the next episode of every copy that terminated or was truncated; the others go on.</summary>
    void ResetFinished();

    /// <summary>Writes the complete state (simulation, generators, counters): a loaded environment goes on bit-identically.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Restores what <see cref="Save"/> wrote, into an environment made with the same id, count and options.</summary>
    /// <exception cref="InvalidDataException">The state is of another environment.</exception>
    void Load(BinaryReader reader);
}
