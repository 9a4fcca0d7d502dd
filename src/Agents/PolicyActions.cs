using System.Globalization;
using RL.Environments;

namespace RL.Agents;

/// <summary>Whether what a policy chose is an action at all.</summary>
static class PolicyActions
{
    /// <summary>Checks actions before the task gets them, so that it is not the task that is blamed.</summary>
    /// <param name="actions">[N × action]</param>
    /// <param name="step">Steps of training so far; null: the policy plays.</param>
    /// <exception cref="NonFiniteValueException">One is NaN or infinite.</exception>
    public static void ThrowUnlessFinite(SpaceBuffer actions, long? step)
    {
        if (actions.Space.ElementType != ElementType.Float32)
        {
            return;
        }

        // NaN compares as less than every number.
        var values = actions.Values<float>();
        if (values.IndexOfAnyExceptInRange(float.MinValue, float.MaxValue) is >= 0 and var at)
        {
            var (copy, element) = Math.DivRem(at, actions.Space.Size);
            var when = step is { } done ? string.Create(CultureInfo.InvariantCulture, $"After {done:N0} steps of training the") : "The";
            throw new NonFiniteValueException(string.Create(
                CultureInfo.InvariantCulture,
                $"{when} policy's action for copy {copy}, element {element}, is {values[at]}: its networks overflow on what they are shown, or training has "
                + $"diverged (observations and rewards far from 1 do that; training.normalize.* scales them)."));
        }
    }
}
