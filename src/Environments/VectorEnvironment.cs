using System.Globalization;
using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>
/// N copies of a task behind <see cref="IVectorEnvironment"/>: the one place for seeds, time limits, action checks and the
/// order of calls. Copies share nothing that changes, so they step and reset on as many threads as wished, with the same results
/// bit for bit. No step allocates. It does not count returns or lengths: that is the agent side's.
/// </summary>
public sealed class VectorEnvironment<TObservation, TAction> : IVectorEnvironment
    where TObservation : unmanaged
    where TAction : unmanaged
{
    // Version of the saved layout. 2: MuJoCo's simulations are saved with all their arrays.
    const int StateVersion = 2;

    readonly SingleEnvironment<TObservation, TAction>[] _copies;
    readonly IDisposable? _shared;
    readonly string _options;
    readonly StepOutcome _outcome;
    readonly Pcg64[] _generators;
    readonly int[] _steps;
    readonly bool[] _isFinished;
    readonly int[] _toReset;
    readonly WorkerPool _pool;
    readonly Action<int> _stepCopy, _resetCopy;
    bool _isSeeded;

    /// <summary>Makes the environment and takes ownership of <paramref name="copies"/> and <paramref name="shared"/>.</summary>
    /// <param name="spec">Id and time limit.</param>
    /// <param name="options">The task's options, to recognise a saved state; null if it has none.</param>
    /// <param name="copies">At least one.</param>
    /// <param name="shared">What all copies use (a compiled model); disposed of after them.</param>
    /// <param name="threads">Threads that step the copies, the calling one included. Results do not depend on it.</param>
    /// <exception cref="ArgumentException">
    /// A copy or a space is missing, a space is empty, of other elements than the copies have, or its bounds are not low ≤ high, or two parts
    /// of the reward have one name.
    /// </exception>
    public VectorEnvironment(
        EnvironmentSpec spec,
        object? options,
        SingleEnvironment<TObservation, TAction>[] copies,
        IDisposable? shared = null,
        int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(copies);
        ArgumentOutOfRangeException.ThrowIfLessThan(copies.Length, 1);
        Spec = spec;
        _options = options?.ToString() ?? "";
        _copies = copies;
        _shared = shared;
        if (Array.IndexOf(copies, null) is >= 0 and var missing)
        {
            throw new ArgumentException($"{Spec.Id}: copy {missing} is missing (null).");
        }

        ObservationSpace = CheckSpace("observation", copies[0].ObservationSpace, typeof(TObservation));
        ActionSpace = CheckSpace("action", copies[0].ActionSpace, typeof(TAction));
        RewardTerms = CheckNames("parts of the reward", copies[0].RewardTerms);
        Measures = CheckNames("measures of a step", copies[0].Measures);
        Observations = new SpaceBuffer(ObservationSpace, Count);
        _outcome = new StepOutcome(ObservationSpace, ActionSpace, RewardTerms.Count, Count, Measures.Count);
        _generators = [.. copies.Select((_, i) => new Pcg64((ulong)i))];
        _steps = new int[Count];
        _isFinished = new bool[Count];
        _toReset = new int[Count];
        _pool = new WorkerPool(threads, Count);
        // Made once: a method group is a new delegate each time.
        (_stepCopy, _resetCopy) = (StepCopy, ResetCopy);
    }

    /// <inheritdoc/>
    public EnvironmentSpec Spec { get; }

    /// <inheritdoc/>
    public int Count => _copies.Length;

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> RewardTerms { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Measures { get; }

    /// <inheritdoc/>
    public SpaceBuffer Observations { get; }

    /// <inheritdoc/>
    public bool HasFixedSeed => _copies[0].HasFixedSeed;

    /// <summary>The copies, for those who need the task itself (trace replay, rendering). They stay the environment's.</summary>
    public IReadOnlyList<SingleEnvironment<TObservation, TAction>> Copies => _copies;

    /// <inheritdoc/>
    public IEnumerable<string> Warnings =>
        _copies.SelectMany((copy, i) => copy.Warnings.Select(warning => $"{Spec.Id}, copy {i}: {warning}"));

    /// <inheritdoc/>
    public IEnvironmentRenderer? MakeRenderer(int copy, int width, int height) =>
        _copies[copy].MakeRenderer(width, height) ?? ObservationRenderer.TryMake(Observations, copy, width, height);

    /// <inheritdoc/>
    public void Reset(ulong seed)
    {
        for (var i = 0; i < Count; i++)
        {
            _generators[i] = new Pcg64(unchecked(seed + (ulong)i));
            _toReset[i] = i;
            OfTask(i, "when it got its seed", copy => copy.Seed(_generators[i]));
        }

        Run(Count, _resetCopy);
        _isSeeded = true;
    }

    /// <inheritdoc/>
    public void ResetFinished()
    {
        ThrowIfNotReset();
        var count = 0;
        for (var i = 0; i < Count; i++)
        {
            if (_isFinished[i])
            {
                _toReset[count++] = i;
            }
        }

        Run(count, _resetCopy);
    }

    /// <inheritdoc/>
    public StepOutcome Step(SpaceBuffer actions)
    {
        ArgumentNullException.ThrowIfNull(actions);
        ThrowIfNotReset();
        // Everything is checked before anything moves: a refused step leaves no copy half a step ahead.
        CheckActions(actions);
        if (_isFinished.AsSpan().Contains(true))
        {
            throw new InvalidOperationException(
                $"{Spec.Id}: copy {Array.IndexOf(_isFinished, true)} is finished; call ResetFinished() or Reset(seed) first.");
        }

        actions.CopyTo(_outcome.Actions);
        Run(Count, _stepCopy);
        // Of all copies in one pass: a call for each would be a fortieth of a step of the smallest tasks.
        if (!(Finite.All<TObservation>(_outcome.NextObservations.Values<TObservation>()) && Finite.All<double>(_outcome.Rewards)
            && Finite.All<double>(_outcome.RewardTerms)))
        {
            _isSeeded = false;
            ThrowNonFinite();
        }

        return _outcome;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(StateVersion);
        writer.Write(Spec.Id);
        writer.Write(Count);
        writer.Write(_options);
        writer.Write(_isSeeded);
        for (var i = 0; i < Count; i++)
        {
            _generators[i].Save(writer);
            writer.Write(_steps[i]);
            writer.Write(_isFinished[i]);
            OfTask(i, "when its state was saved", copy => copy.Save(writer));
        }

        writer.Write(Observations.Bytes);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        try
        {
            Expect("layout version", StateVersion, reader.ReadInt32());
            Expect("id", Spec.Id, reader.ReadString());
            Expect("number of copies", Count, reader.ReadInt32());
            Expect("options", _options, reader.ReadString());
            _isSeeded = reader.ReadBoolean();
            for (var i = 0; i < Count; i++)
            {
                _generators[i].Load(reader);
                _steps[i] = reader.ReadInt32();
                _isFinished[i] = reader.ReadBoolean();
                OfTask(i, "when its state was restored", copy => copy.Load(reader));
            }

            reader.BaseStream.ReadExactly(Observations.Bytes);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException($"{Spec.Id}: the saved state ends too early.", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _pool.Dispose();
        EnvironmentFailureException? failure = null;
        for (var i = 0; i < Count; i++)
        {
            try
            {
                OfTask(i, "when it was disposed of", copy => copy.Dispose());
            }
            catch (EnvironmentFailureException exception)
            {
                // The others hold what is to be freed too.
                failure ??= exception;
            }
        }

        _shared?.Dispose();
        if (failure is not null)
        {
            throw failure;
        }
    }

    /// <summary>
    /// Calls a copy's own code, and names what fails; but for files, of which the message says enough. Steps and resets have this written out: they
    /// are given spans, which a delegate cannot hold.
    /// </summary>
    void OfTask(int copy, string doing, Action<SingleEnvironment<TObservation, TAction>> call)
    {
        try
        {
            call(_copies[copy]);
        }
        catch (Exception exception) when (IsOfTask(exception) && exception is not (IOException or InvalidDataException or UnauthorizedAccessException))
        {
            throw Failure(copy, doing, exception);
        }
    }

    /// <summary>Runs the work on all threads. If an item fails, the others are done all the same, and nothing but a reset helps.</summary>
    void Run(int count, Action<int> work)
    {
        try
        {
            _pool.Run(count, work);
        }
        catch
        {
            _isSeeded = false;
            throw;
        }
    }

    void ResetCopy(int item)
    {
        var i = _toReset[item];
        var observation = Observations.Row<TObservation>(i);
        try
        {
            _copies[i].Reset(_generators[i], observation);
        }
        catch (Exception exception) when (IsOfTask(exception))
        {
            throw Failure(i, "when it was reset", exception);
        }

        _steps[i] = 0;
        _isFinished[i] = false;
        if (!Finite.All<TObservation>(observation))
        {
            ThrowObservation(i, observation);
        }
    }

    void StepCopy(int i)
    {
        var terms = RewardTerms.Count;
        var shown = Observations.Row<TObservation>(i);
        var next = _outcome.NextObservations.Row<TObservation>(i);
        shown.CopyTo(_outcome.Observations.Row<TObservation>(i));
        StepResult result;
        _steps[i]++;
        try
        {
            result = _copies[i].Step(
                _outcome.Actions.Row<TAction>(i), _generators[i], next, _outcome.RewardTerms.AsSpan(i * terms, terms));
            if (Measures.Count > 0)
            {
                _copies[i].Measure(_outcome.Measures.AsSpan(i * Measures.Count, Measures.Count));
            }
        }
        catch (Exception exception) when (IsOfTask(exception))
        {
            throw Failure(i, string.Create(CultureInfo.InvariantCulture, $"in step {_steps[i]} of its episode"), exception);
        }

        next.CopyTo(shown);
        _outcome.Rewards[i] = result.Reward;
        _outcome.Terminated[i] = result.Terminated;
        // An episode that ends by itself in its last step is not cut off: there is nothing beyond it.
        _outcome.Truncated[i] = !result.Terminated && (result.Truncated || _steps[i] >= Spec.MaxEpisodeSteps);
        _isFinished[i] = _outcome.IsFinished(i);
    }

    /// <summary>A number that is none names its place already.</summary>
    static bool IsOfTask(Exception exception) => exception is not NonFiniteValueException;

    EnvironmentFailureException Failure(int copy, string doing, Exception exception) => new(Spec.Id, doing, copy, exception);

    Space CheckSpace(string name, Space? space, Type element) =>
        space is null ? throw new ArgumentException($"{Spec.Id}: the {name} space is missing (null).")
        : space.FindFault() is { } fault ? throw new ArgumentException($"{Spec.Id}: the {name} space {fault}")
        : space.ClrType != element
            ? throw new ArgumentException($"{Spec.Id}: the {name} space is of {space.ElementType}; the task's class has {name}s of {element.Name}.")
        : space;

    IReadOnlyList<string> CheckNames(string what, IReadOnlyList<string>? names) =>
        names is null || names.Contains(null) ? throw new ArgumentException($"{Spec.Id}: the names of the {what} are missing (null).")
        : names.Distinct().Count() < names.Count
            ? throw new ArgumentException($"{Spec.Id}: two {what} have one name; they are {string.Join(", ", names)}.")
        : names;

    /// <summary>Names the first copy whose step gave a number that is not finite as a float32.</summary>
    void ThrowNonFinite()
    {
        for (var copy = 0; copy < Count; copy++)
        {
            ThrowObservation(copy, _outcome.NextObservations.Row<TObservation>(copy));
            if (!float.IsFinite((float)_outcome.Rewards[copy]))
            {
                throw new NonFiniteValueException(Spec.Id, _steps[copy], copy, null, _outcome.Rewards[copy]);
            }

            for (var i = 0; i < RewardTerms.Count; i++)
            {
                if (_outcome.RewardTerms[(copy * RewardTerms.Count) + i] is var term && !float.IsFinite((float)term))
                {
                    throw new NonFiniteValueException(Spec.Id, _steps[copy], copy, null, term, RewardTerms[i]);
                }
            }
        }
    }

    void ThrowObservation(int copy, ReadOnlySpan<TObservation> observation)
    {
        for (var i = 0; i < observation.Length; i++)
        {
            var value = Convert.ToDouble(observation[i], CultureInfo.InvariantCulture);
            if (!float.IsFinite((float)value))
            {
                throw new NonFiniteValueException(Spec.Id, _steps[copy], copy, i, value);
            }
        }
    }

    void CheckActions(SpaceBuffer actions)
    {
        if (actions.Count != Count || !actions.Space.Equals(ActionSpace))
        {
            throw new ArgumentException(
                $"{Spec.Id}: got {actions.Count} actions of {actions.Space}; allowed: {Count} of {ActionSpace}.",
                nameof(actions));
        }

        if (typeof(TAction) == typeof(float))
        {
            var values = MemoryMarshal.Cast<TAction, float>(actions.Values<TAction>());
            for (var i = 0; i < values.Length; i++)
            {
                if (!float.IsFinite(values[i]))
                {
                    ThrowAction(i, values[i], "a finite number");
                }
            }
        }
        else if (ActionSpace is DiscreteSpace discrete)
        {
            var values = MemoryMarshal.Cast<TAction, int>(actions.Values<TAction>());
            for (var i = 0; i < values.Length; i++)
            {
                if ((uint)values[i] >= (uint)discrete.Count)
                {
                    ThrowAction(i, values[i], $"0 to {discrete.Count - 1}");
                }
            }
        }
    }

    void ThrowAction(int index, double value, string allowed) =>
        throw new ArgumentException(
            $"{Spec.Id}: the action of copy {index / ActionSpace.Size}, element {index % ActionSpace.Size}, is {value}; "
            + $"allowed: {allowed}.");

    void ThrowIfNotReset()
    {
        if (!_isSeeded)
        {
            throw new InvalidOperationException($"{Spec.Id}: call Reset(seed) first.");
        }
    }

    void Expect<T>(string what, T expected, T actual)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new InvalidDataException($"{Spec.Id}: the saved state's {what} is '{actual}'; expected: '{expected}'.");
        }
    }
}
