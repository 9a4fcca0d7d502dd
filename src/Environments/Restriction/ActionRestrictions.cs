namespace RL.Environments;

/// <summary>Applies a task's options of <see cref="BoxTaskOptions"/> and <see cref="RestrictableTaskOptions"/> to a copy of it.</summary>
static class ActionRestrictions
{
    /// <summary>The copy, restricted as its options say; itself if they say nothing. Balls lie in the task's whole box, also where the range is less.</summary>
    /// <exception cref="ArgumentException">The actions are no bounded box.</exception>
    public static SingleEnvironment<TObservation, TAction> Apply<TObservation, TAction>(
        SingleEnvironment<TObservation, TAction> copy, object options)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        if (options is not BoxTaskOptions box)
        {
            return copy;
        }

        if (copy is not SingleEnvironment<TObservation, float> restricted)
        {
            return box.ActionRange < 1 ? throw NoBox(copy.ActionSpace) : copy;
        }

        if (options is RestrictableTaskOptions { Restrict: ActionRestriction.Balls } balls)
        {
            restricted = (SingleEnvironment<TObservation, float>)(object)new RestrictedBalls(
                (SingleEnvironment<double, float>)(object)restricted, balls);
        }

        if (box.ActionRange < 1)
        {
            restricted = restricted.ActionSpace is BoxSpace { IsBounded: true }
                ? new RestrictedRange<TObservation>(restricted, box.ActionRange)
                : throw NoBox(restricted.ActionSpace);
        }

        return (SingleEnvironment<TObservation, TAction>)(object)restricted;
    }

    static ArgumentException NoBox(Space actions) =>
        new($"env.action_range is for actions in a bounded box of float32, not for {actions}; allowed: 1.");
}
