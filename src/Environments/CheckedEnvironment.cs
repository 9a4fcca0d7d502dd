namespace RL.Environments;

/// <summary>
/// Holds an environment that is not a <see cref="VectorEnvironment{TObservation, TAction}"/> to that one's promise that observations and
/// rewards are finite numbers of float32. Everything else is the environment's own.
/// </summary>
sealed class CheckedEnvironment : IVectorEnvironment
{
    readonly IVectorEnvironment _environment;
    readonly double[] _vector;
    readonly int[] _steps;
    readonly bool[] _isFinished;

    /// <summary>Checks <paramref name="environment"/> and takes ownership of it.</summary>
    public CheckedEnvironment(IVectorEnvironment environment)
    {
        _environment = environment;
        _vector = new double[environment.ObservationSpace.Size];
        _steps = new int[environment.Count];
        _isFinished = new bool[environment.Count];
    }

    public EnvironmentSpec Spec => _environment.Spec;

    public int Count => _environment.Count;

    public Space ObservationSpace => _environment.ObservationSpace;

    public Space ActionSpace => _environment.ActionSpace;

    public IReadOnlyList<string> RewardTerms => _environment.RewardTerms;

    public IReadOnlyList<string> Measures => _environment.Measures;

    public IEnumerable<string> Warnings => _environment.Warnings;

    public bool HasFixedSeed => _environment.HasFixedSeed;

    public SpaceBuffer Observations => _environment.Observations;

    public IEnvironmentRenderer? MakeRenderer(int copy, int width, int height) => _environment.MakeRenderer(copy, width, height);

    public void Reset(ulong seed)
    {
        _environment.Reset(seed);
        Array.Fill(_isFinished, true);
        Begin();
    }

    public StepOutcome Step(SpaceBuffer actions)
    {
        var outcome = _environment.Step(actions);
        for (var copy = 0; copy < Count; copy++)
        {
            _steps[copy]++;
            _isFinished[copy] = outcome.IsFinished(copy);
            Check(outcome.NextObservations, copy);
            if (!float.IsFinite((float)outcome.Rewards[copy]))
            {
                throw new NonFiniteValueException(Spec.Id, _steps[copy], copy, null, outcome.Rewards[copy]);
            }
        }

        return outcome;
    }

    public void ResetFinished()
    {
        _environment.ResetFinished();
        Begin();
    }

    public void Save(BinaryWriter writer)
    {
        _environment.Save(writer);
        for (var copy = 0; copy < Count; copy++)
        {
            writer.Write(_steps[copy]);
            writer.Write(_isFinished[copy]);
        }
    }

    public void Load(BinaryReader reader)
    {
        _environment.Load(reader);
        for (var copy = 0; copy < Count; copy++)
        {
            _steps[copy] = reader.ReadInt32();
            _isFinished[copy] = reader.ReadBoolean();
        }
    }

    public void Dispose() => _environment.Dispose();

    /// <summary>The first observations of the copies that were reset.</summary>
    void Begin()
    {
        for (var copy = 0; copy < Count; copy++)
        {
            if (_isFinished[copy])
            {
                (_steps[copy], _isFinished[copy]) = (0, false);
                Check(Observations, copy);
            }
        }
    }

    void Check(SpaceBuffer observations, int copy)
    {
        if (observations.Space.ElementType is not (ElementType.Float32 or ElementType.Float64))
        {
            return;
        }

        observations.RowToDouble(copy, _vector);
        for (var i = 0; i < _vector.Length; i++)
        {
            if (!float.IsFinite((float)_vector[i]))
            {
                throw new NonFiniteValueException(Spec.Id, _steps[copy], copy, i, _vector[i]);
            }
        }
    }
}
