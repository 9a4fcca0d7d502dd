using RL.Environments;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// The unit that ε is measured in, element by element of a network's input, and the valid range. Bytes: the whole range 0 to 255
/// is 1. Other observations: their standard deviation.
/// </summary>
/// <param name="Scale">s, the unit [InputShape]; null where it is 1 everywhere.</param>
/// <param name="Low">Least value [InputShape] or [1]; may be −∞.</param>
/// <param name="High">Largest value [InputShape] or [1]; may be ∞.</param>
public sealed record ObservationUnits(Tensor? Scale, Tensor Low, Tensor High)
{
    /// <summary>Whether observations in a space are measured by their deviation, not by their range.</summary>
    public static bool NeedDeviation(Space space) => space is not BoxSpace { ElementType: ElementType.UInt8 };

    /// <summary>Units of observations that are bytes, or that are normalised already: 1.</summary>
    public static ObservationUnits Of(Space space, Device device) => NeedDeviation(space)
        ? new(null, Bound(space, box => box.Low, device), Bound(space, box => box.High, device))
        : new(null, zeros(1, device: device), ones(1, device: device));

    /// <summary>Units of flat observations with the given moments: their standard deviation.</summary>
    public static ObservationUnits Of(Space space, RunningMoments moments, Device device) => Of(space, Deviations(moments), device);

    /// <summary>Units of flat observations with the given standard deviations.</summary>
    public static ObservationUnits Of(Space space, IReadOnlyList<double> deviations, Device device) => Of(space, device) with
    {
        Scale = tensor([.. deviations.Select(deviation => (float)deviation)], device: device),
    };

    internal static double[] Deviations(RunningMoments moments) => [.. Enumerable.Range(0, moments.Size).Select(i => Math.Sqrt(moments.Variance(i)))];

    /// <summary>
    /// The points of the ball ‖(x′ − x) / s‖∞ ≤ ε that are valid: bounds [rows×InputShape] around x. What is out of range
    /// already stays.
    /// </summary>
    public (Tensor Lower, Tensor Upper) Ball(Tensor x, double epsilon)
    {
        var radius = Scale is null ? full([1], epsilon, dtype: x.dtype, device: x.device) : Scale * epsilon;
        return (maximum(x - radius, minimum(x, Low)), minimum(x + radius, maximum(x, High)));
    }

    static Tensor Bound(Space space, Func<BoxSpace, IEnumerable<double>> bound, Device device) =>
        tensor([.. bound((BoxSpace)space).Select(value => (float)value)], device: device);
}
