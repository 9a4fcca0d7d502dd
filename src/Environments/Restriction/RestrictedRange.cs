namespace RL.Environments;

/// <summary>
/// A task in the middle of its range of actions (as CAQL restricts it, ICLR 2020): the space is centre ± share · half the range, in float32,
/// and an action beyond it has the effect of the bound.
/// </summary>
sealed class RestrictedRange<TObservation> : RestrictedEnvironment<TObservation>
    where TObservation : unmanaged
{
    readonly float[] _low, _high, _action;

    /// <param name="task">Its actions are a bounded box of float32.</param>
    /// <param name="share">Greater than 0, at most 1.</param>
    public RestrictedRange(SingleEnvironment<TObservation, float> task, double share)
        : base(task)
    {
        var box = (BoxSpace)task.ActionSpace;
        _low = [.. box.Low.Zip(box.High, (low, high) => Bound(low, high, -share))];
        _high = [.. box.Low.Zip(box.High, (low, high) => Bound(low, high, share))];
        _action = new float[box.Size];
        ActionSpace = box with { Low = [.. _low.Select(value => (double)value)], High = [.. _high.Select(value => (double)value)] };
    }

    public override Space ActionSpace { get; }

    public override StepResult Step(
        ReadOnlySpan<float> action, Pcg64 random, Span<TObservation> observation, Span<double> rewardTerms)
    {
        for (var i = 0; i < _action.Length; i++)
        {
            _action[i] = Math.Clamp(action[i], _low[i], _high[i]);
        }

        return Task.Step(_action, random, observation, rewardTerms);
    }

    static float Bound(double low, double high, double share) => (float)(((low + high) / 2) + (share * (high - low) / 2));
}
