using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>o(f(x)): a network and what is made of its outputs. Optimisers maximise it.</summary>
public sealed record Objective(IReluNetwork Network, Score Score)
{
    /// <summary>f.</summary>
    public IReluNetwork Network { get; init; } = Network ?? throw new ArgumentNullException(nameof(Network));

    /// <summary>o.</summary>
    public Score Score { get; init; } = Score ?? throw new ArgumentNullException(nameof(Score));

    /// <summary>Maximises the only output of a network [n → 1].</summary>
    public Objective(IReluNetwork network) : this(network, Score.Output()) { }

    /// <summary>o(f(x)) [B] for inputs [B×InputShape].</summary>
    public Tensor Value(Tensor x) => Score.Value(Network.Forward(x));

    /// <summary>o(f(x)) [B] and its gradient on x [B×InputShape].</summary>
    public (Tensor Values, Tensor Gradient) ValuesAndGradient(Tensor x) => Network.ValuesAndGradient(x, Score);

    /// <summary>This objective for B·S rows: the S starts of the first problem, then those of the second, ….</summary>
    internal Objective Repeat(long starts) =>
        starts == 1 ? this : new(Network.Repeat(starts), Score.Repeat(starts));

    /// <summary>Checks the objective's values at the best starts [B]: there is nothing to climb from what is not a number.</summary>
    /// <exception cref="ArgumentException">Names the first problem whose value is not finite.</exception>
    internal static void ThrowUnlessFinite(Tensor startValues)
    {
        if (!Finite.All(startValues))
        {
            var values = Rows.Numbers(startValues);
            var problem = Array.FindIndex(values, value => !double.IsFinite(value));
            throw new ArgumentException(
                string.Create(
                    CultureInfo.InvariantCulture, $"The objective is {values[problem]} at the start of problem {problem} (from 0); ") +
                "a finite number is required: look at the network's weights, fixed inputs and outputs, and at the score.");
        }
    }

    /// <summary>
    /// Checks that starts [B×InputShape] or [B×S×InputShape] fit the network and the score, and the region fits them.
    /// </summary>
    /// <returns>B and S.</returns>
    internal (long Problems, long Starts) ThrowUnlessFits(Tensor starts, Region region)
    {
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(region);
        var own = Network.InputShape.Count;
        var shape = starts.shape;
        var input = string.Join('×', Network.InputShape);
        var hasStarts = shape.Length == own + 2;
        if ((shape.Length != own + 1 && !hasStarts) || !shape[^own..].SequenceEqual(Network.InputShape) || shape.Contains(0))
        {
            throw new ArgumentException(
                $"Starts have shape {starts.ShapeText()}; allowed for this network: [B×{input}] or [B×S×{input}].", nameof(starts));
        }
        if (Network.Problems is { } problems && problems != shape[0])
        {
            throw new ArgumentException(
                $"There are starts for {shape[0]} problems, but the network has fixed inputs for {problems}; " +
                "they must be equal.", nameof(starts));
        }
        if (starts.dtype != Network.Dtype)
        {
            throw new ArgumentException(
                $"Starts are {starts.dtype} while the network is {Network.Dtype}; they must be equal.", nameof(starts));
        }
        if (!Finite.All(starts))
        {
            throw new ArgumentException(
                "Starts hold a number that is infinite or not a number; all must be finite.", nameof(starts));
        }
        Score.ThrowUnlessFits(shape[0], Network.Outputs);
        if (Score.Numbers is { } numbers && numbers.Tensor.dtype != Network.Dtype)
        {
            throw new ArgumentException(
                $"{numbers.Name} are {numbers.Tensor.dtype} while the network is {Network.Dtype}; they must be equal.");
        }
        region.ThrowUnlessFits(shape[0], Network.InputShape, starts.dtype);
        return (shape[0], hasStarts ? shape[1] : 1);
    }
}
