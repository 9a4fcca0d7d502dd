using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of <see cref="NormalizedEnvironment"/>.</summary>
public sealed record NormalizationOptions
{
    /// <summary>Normalise observations: clip((s − mean) / √(variance + ε), ±clip), with the running mean and variance.</summary>
    public bool Observations { get; init; }

    /// <summary>Normalise rewards: clip(r / √(variance of the discounted return + ε), ±clip).</summary>
    public bool Rewards { get; init; }

    /// <summary>Largest magnitude of an element of an observation.</summary>
    [Range(1e-3, 1e6)]
    public double ObservationClip { get; init; } = 10;

    /// <summary>Largest magnitude of a reward.</summary>
    [Range(1e-3, 1e6)]
    public double RewardClip { get; init; } = 10;

    /// <summary>γ of the discounted return that normalises the rewards.</summary>
    [Range(0, 1)]
    public double Discount { get; init; } = 0.99;

    /// <summary>ε, added to variances.</summary>
    [Range(0, 1)]
    public double Epsilon { get; init; } = 1e-8;
}

/// <summary>
/// An environment whose observations and rewards are scaled by running statistics (what Stable-Baselines3's VecNormalize does).
/// Every observation counts once, when it is first shown, and copies count in their order, so that results do not depend on
/// threads. Statistics go on with training only: an environment made with another's <see cref="Moments"/> uses them as they are and
/// leaves rewards alone. <see cref="StepOutcome.TaskRewards"/> and the reward's parts stay the task's own.
/// </summary>
public sealed class NormalizedEnvironment : IVectorEnvironment
{
    const int StateVersion = 1;

    readonly IVectorEnvironment _task;
    readonly NormalizationOptions _options;
    readonly bool _isFrozen;
    readonly bool _scalesRewards;
    readonly RunningMoments _returnMoments = new(1);
    readonly double[] _returns;
    readonly double[] _vector;
    readonly bool[] _isFinished;
    readonly StepOutcome _outcome;

    /// <summary>Normalises <paramref name="task"/> and takes ownership of it.</summary>
    /// <param name="task">The environment.</param>
    /// <param name="options">What to normalise and how.</param>
    /// <param name="frozen">
    /// Moments of a training environment, for evaluation: used, not added to, and rewards stay the task's. Null while training.
    /// </param>
    /// <exception cref="ArgumentException">Observations are to be normalised but are no box of floating-point numbers.</exception>
    public NormalizedEnvironment(IVectorEnvironment task, NormalizationOptions options, RunningMoments? frozen = null)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(options);
        options.Checked();
        var space = task.ObservationSpace;
        if (options.Observations && space is not BoxSpace { ElementType: ElementType.Float32 or ElementType.Float64 })
        {
            throw new ArgumentException(
                $"{task.Spec.Id} observes {space}; observations that can be normalised: a box of Float32 or Float64.");
        }

        if (frozen is not null && frozen.Size != space.Size)
        {
            throw new ArgumentException(
                $"{task.Spec.Id} observes {space.Size} elements; the moments are of {frozen.Size}.");
        }

        _task = task;
        _options = options;
        _isFrozen = frozen is not null;
        _scalesRewards = options.Rewards && !_isFrozen;
        Moments = frozen ?? new RunningMoments(space.Size);
        ObservationSpace = options.Observations ? Shown(space, options) : space;
        Observations = options.Observations ? new SpaceBuffer(ObservationSpace, Count) : task.Observations;
        _returns = new double[Count];
        _vector = new double[space.Size];
        _isFinished = new bool[Count];
        _outcome = new StepOutcome(ObservationSpace, ActionSpace, RewardTerms.Count, Count, Measures.Count)
        {
            TaskRewards = new double[Count],
        };
    }

    /// <summary>Moments of the observations.</summary>
    public RunningMoments Moments { get; }

    /// <summary>True if observations are shown normalised.</summary>
    public bool ObservationsAreNormalized => _options.Observations;

    /// <summary>The environment that is normalised; it stays this one's.</summary>
    public IVectorEnvironment Task => _task;

    /// <inheritdoc/>
    public EnvironmentSpec Spec => _task.Spec;

    /// <inheritdoc/>
    public int Count => _task.Count;

    /// <inheritdoc/>
    public Space ObservationSpace { get; }

    /// <inheritdoc/>
    public Space ActionSpace => _task.ActionSpace;

    /// <inheritdoc/>
    public IReadOnlyList<string> RewardTerms => _task.RewardTerms;

    /// <inheritdoc/>
    public IReadOnlyList<string> Measures => _task.Measures;

    /// <inheritdoc/>
    public IEnumerable<string> Warnings => _task.Warnings;

    /// <inheritdoc/>
    public bool HasFixedSeed => _task.HasFixedSeed;

    /// <inheritdoc/>
    public SpaceBuffer Observations { get; }

    /// <inheritdoc/>
    public IEnvironmentRenderer? MakeRenderer(int copy, int width, int height) => _task.MakeRenderer(copy, width, height);

    /// <inheritdoc/>
    public void Reset(ulong seed)
    {
        _task.Reset(seed);
        Array.Clear(_returns);
        Array.Fill(_isFinished, true);
        ShowFirstObservations();
    }

    /// <inheritdoc/>
    public void ResetFinished()
    {
        _task.ResetFinished();
        ShowFirstObservations();
    }

    /// <inheritdoc/>
    public StepOutcome Step(SpaceBuffer actions)
    {
        var task = _task.Step(actions);
        if (_options.Observations)
        {
            Observations.CopyTo(_outcome.Observations);
            for (var copy = 0; copy < Count; copy++)
            {
                Observe(task.NextObservations, copy);
            }

            for (var copy = 0; copy < Count; copy++)
            {
                Normalize(task.NextObservations, copy, Observations);
            }

            Observations.CopyTo(_outcome.NextObservations);
        }
        else
        {
            task.Observations.CopyTo(_outcome.Observations);
            task.NextObservations.CopyTo(_outcome.NextObservations);
        }

        task.Actions.CopyTo(_outcome.Actions);
        task.RewardTerms.CopyTo(_outcome.RewardTerms, 0);
        task.Measures.CopyTo(_outcome.Measures, 0);
        task.TaskRewards.CopyTo(_outcome.TaskRewards, 0);
        task.Terminated.CopyTo(_outcome.Terminated, 0);
        task.Truncated.CopyTo(_outcome.Truncated, 0);
        ScaleRewards(task);
        return _outcome;
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(StateVersion);
        writer.Write(_options.ToString());
        Moments.Save(writer);
        _returnMoments.Save(writer);
        for (var copy = 0; copy < Count; copy++)
        {
            writer.Write(_returns[copy]);
            writer.Write(_isFinished[copy]);
        }

        _task.Save(writer);
        writer.Write(Observations.Bytes);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        try
        {
            var (version, options) = (reader.ReadInt32(), reader.ReadString());
            if (version != StateVersion || options != _options.ToString())
            {
                throw new InvalidDataException(
                    $"{Spec.Id}: the saved state is of version {version} and {options}; expected: {StateVersion} and {_options}.");
            }

            Moments.Load(reader);
            _returnMoments.Load(reader);
            for (var copy = 0; copy < Count; copy++)
            {
                _returns[copy] = reader.ReadDouble();
                _isFinished[copy] = reader.ReadBoolean();
            }

            _task.Load(reader);
            reader.BaseStream.ReadExactly(Observations.Bytes);
        }
        catch (EndOfStreamException exception)
        {
            throw new InvalidDataException($"{Spec.Id}: the saved state ends too early.", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _task.Dispose();

    /// <summary>R ← γR + r; r ← clip(r / √(Var R + ε), ±clip); R ← 0 where the episode ended.</summary>
    void ScaleRewards(StepOutcome task)
    {
        for (var copy = 0; copy < Count; copy++)
        {
            _isFinished[copy] = task.IsFinished(copy);
            _returns[copy] = (_options.Discount * _returns[copy]) + task.Rewards[copy];
            if (_scalesRewards)
            {
                _returnMoments.Add(_returns.AsSpan(copy, 1));
            }
        }

        var scale = _scalesRewards ? 1 / Math.Sqrt(_returnMoments.Variance(0) + _options.Epsilon) : 1;
        for (var copy = 0; copy < Count; copy++)
        {
            var reward = task.Rewards[copy];
            _outcome.Rewards[copy] = _scalesRewards ? Math.Clamp(reward * scale, -_options.RewardClip, _options.RewardClip) : reward;
            _returns[copy] = _isFinished[copy] ? 0 : _returns[copy];
        }
    }

    /// <summary>The first observations of the copies that were reset.</summary>
    void ShowFirstObservations()
    {
        for (var copy = 0; copy < Count && _options.Observations; copy++)
        {
            if (_isFinished[copy])
            {
                Observe(_task.Observations, copy);
            }
        }

        for (var copy = 0; copy < Count && _options.Observations; copy++)
        {
            if (_isFinished[copy])
            {
                Normalize(_task.Observations, copy, Observations);
            }
        }

        Array.Clear(_isFinished);
    }

    void Observe(SpaceBuffer source, int copy)
    {
        if (!_isFrozen)
        {
            source.RowToDouble(copy, _vector);
            Moments.Add(_vector);
        }
    }

    void Normalize(SpaceBuffer source, int copy, SpaceBuffer destination) =>
        Normalize(source, copy, Moments, _options, _vector, destination);

    /// <summary>The space of a task's observations once they are normalised.</summary>
    internal static Space Shown(Space space, NormalizationOptions options) =>
        BoxSpace.Uniform(ElementType.Float32, space.Shape, -options.ObservationClip, options.ObservationClip);

    /// <summary>Writes row <paramref name="row"/> of the task's observations, normalised, into the same row.</summary>
    internal static void Normalize(
        SpaceBuffer source, int row, RunningMoments moments, NormalizationOptions options, double[] vector, SpaceBuffer destination)
    {
        source.RowToDouble(row, vector);
        var shown = destination.Row<float>(row);
        var mean = moments.Mean;
        var clip = options.ObservationClip;
        for (var i = 0; i < shown.Length; i++)
        {
            var normalized = (vector[i] - mean[i]) / Math.Sqrt(moments.Variance(i) + options.Epsilon);
            shown[i] = (float)Math.Clamp(normalized, -clip, clip);
        }
    }
}
