using RL.Agents;

namespace RL.Host;

/// <summary>TensorBoard's steps are whole numbers: ε in so many parts of its unit that what is asked for in fractions stays apart.</summary>
static class EpsilonSteps
{
    const int OfRange = 255 * 1000, OfDeviation = 1_000_000;

    /// <summary>The step that stands for ε: thousandths of a 255th of the range, or millionths of a standard deviation.</summary>
    public static long Of(double epsilon, EpsilonUnit unit) => (long)Math.Round(epsilon * (unit == EpsilonUnit.Range ? OfRange : OfDeviation));
}
