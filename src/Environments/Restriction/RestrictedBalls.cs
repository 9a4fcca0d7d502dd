namespace RL.Environments;

/// <summary>
/// A MuJoCo task whose actions are valid inside a union of balls only. A valid action is the task's own step; for an invalid one a fixed
/// action is simulated and the reward is −10. What is observed, terminations and the time limit are the task's.
/// </summary>
sealed class RestrictedBalls : RestrictedEnvironment<double>
{
    /// <summary>Reward of a step whose action is invalid.</summary>
    public const double InvalidReward = -10;

    readonly RestrictableTaskOptions _options;
    readonly BoxSpace _space;
    readonly ActionBalls _balls;
    readonly float[] _invalidAction;
    readonly double[] _point, _terms;
    bool _isFirst, _isValid;

    public RestrictedBalls(SingleEnvironment<double, float> task, RestrictableTaskOptions options)
        : base(task)
    {
        _options = options;
        _space = (BoxSpace)task.ActionSpace;
        _balls = new ActionBalls(_space.Size, options.RestrictSize);
        _invalidAction = [.. Enumerable.Repeat(options.InvalidAction, _space.Size)];
        _point = new double[_space.Size];
        _terms = new double[task.RewardTerms.Count];
    }

    /// <summary>r where the action was valid, and −10 where it was not; the other one is 0.</summary>
    public override IReadOnlyList<string> RewardTerms { get; } = ["task", "invalid"];

    /// <summary>1 where the action was valid, else 0.</summary>
    public override IReadOnlyList<string> Measures { get; } = ["action/valid"];

    public override void Reset(Pcg64 random, Span<double> observation)
    {
        _isFirst = true;
        base.Reset(random, observation);
    }

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        _isValid = IsValid(action) || (_isFirst && _options.IsFirstStepValid);
        _isFirst = false;
        var result = Task.Step(_isValid ? action : _invalidAction, random, observation, _terms);
        (rewardTerms[0], rewardTerms[1]) = _isValid ? (result.Reward, 0.0) : (0.0, InvalidReward);
        return _isValid ? result : result with { Reward = InvalidReward };
    }

    public override void Measure(Span<double> values) => values[0] = _isValid ? 1 : 0;

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_isFirst);
        base.Save(writer);
    }

    public override void Load(BinaryReader reader)
    {
        _isFirst = reader.ReadBoolean();
        base.Load(reader);
    }

    /// <summary>Whether u = (a − low) / (high − low) lies in a ball.</summary>
    internal bool IsValid(ReadOnlySpan<float> action)
    {
        for (var i = 0; i < _point.Length; i++)
        {
            var (low, high) = (_space.Low[i], _space.High[i]);
            _point[i] = (action[i] - low) / (high - low);
        }

        return _balls.Contain(_point);
    }
}
