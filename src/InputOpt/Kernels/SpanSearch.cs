using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>One start of one problem, as an optimiser on spans sees it: maximise w·f(x), lower ≤ x ≤ upper.</summary>
ref struct SpanProblem<T>
{
    /// <summary>First bias of the network [n₁]; it carries the problem's fixed inputs.</summary>
    public ReadOnlySpan<T> FirstBias { get; init; }

    /// <summary>w [m].</summary>
    public ReadOnlySpan<T> Weights { get; init; }

    /// <summary>Lower bounds [n].</summary>
    public ReadOnlySpan<T> Lower { get; init; }

    /// <summary>Upper bounds [n].</summary>
    public ReadOnlySpan<T> Upper { get; init; }

    /// <summary>Half of the box's largest width: the unit of steps.</summary>
    public T Scale { get; init; }

    /// <summary>In: the start [n], inside the bounds. Out: the best x.</summary>
    public Span<T> Best { get; init; }

    /// <summary>Where the objective goes at each record of the trace; empty if nobody asks for it.</summary>
    public Span<T> Trace { get; init; }
}

/// <summary>A method on spans.</summary>
interface ISpanMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Gradients that the method takes from one start.</summary>
    int Passes { get; }

    /// <summary>Whether the trace has a record of the start beside those after each step.</summary>
    bool RecordsStart { get; }

    /// <summary>Searches from one start.</summary>
    void Maximize(SpanProblem<T> problem);
}

/// <summary>
/// What the optimisers on spans share: from tensors to spans, one row after the other, and back. They serve linear scores
/// (<see cref="Score.Output"/>, <see cref="Score.Weighted"/>) of a <see cref="ReluNetwork"/> on the CPU, in a
/// <see cref="Box"/>.
/// </summary>
static class SpanSearch
{
    /// <summary>Whether this kind of objective is served, in a box.</summary>
    public static bool Supports(Objective objective) =>
        objective.Score.IsLinear && objective.Network is ReluNetwork network
        && (PackedNetwork<float>.Supports(network) || PackedNetwork<double>.Supports(network));

    /// <exception cref="ArgumentException">An objective or region that is not served.</exception>
    public static Box BoxOf(Objective objective, Region region, string fast, string plain) =>
        region is Box box && Supports(objective) ? box : throw new ArgumentException(
            $"{fast} serves Score.Output or Score.Weighted of a ReluNetwork with a hidden layer, Float32 or Float64, on the CPU, " +
            $"in a Box; use {plain} for others.", nameof(objective));

    /// <summary>
    /// Runs a method from every start and from random points beside; the result is measured by the network itself, on tensors.
    /// </summary>
    public static InputOptimum Run<T>(
        Objective objective, Tensor starts, Box box, bool trace, TimeProvider? clock,
        Func<ReluNetwork, ISpanMethod<T>> method, int restarts = 0, Generator? generator = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var time = clock ?? TimeProvider.System;
        var began = time.GetTimestamp();
        var (problems, given) = objective.ThrowUnlessFits(starts, box);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (points, perProblem) = Rows.WithRestarts(
            starts, box, problems, given, restarts, objective.Network.InputShape, generator);
        var rows = (int)(problems * perProblem);
        var (repeated, bounds) = (objective.Repeat(perProblem), (Box)box.Repeat(problems, perProblem));
        var network = (ReluNetwork)repeated.Network;
        var first = bounds.Project(points).contiguous();
        var best = first.clone();
        var search = method(network);
        var records = trace ? search.Passes + (search.RecordsStart ? 1 : 0) : 0;
        var values = zeros(rows, records, dtype: first.dtype);

        var weights = new RowSpans<T>(repeated.Score.Gradient(zeros(rows, network.Outputs, dtype: first.dtype)));
        var (firstBias, scale) = (new RowSpans<T>(network.Layers[0].Bias), new RowSpans<T>(bounds.Scale(first)));
        var (lower, upper) = (new RowSpans<T>(bounds.Lower), new RowSpans<T>(bounds.Upper));
        var (found, traces) = (new RowSpans<T>(best), new RowSpans<T>(values));
        for (var row = 0; row < rows; row++)
        {
            search.Maximize(new()
            {
                FirstBias = firstBias[row],
                Weights = weights[row],
                Lower = lower[row],
                Upper = upper[row],
                Scale = scale[row][0],
                Best = found[row],
                Trace = traces[row],
            });
        }

        // Rounding in the spans must not make a result worse than the start.
        var startValues = repeated.Value(first);
        var bestValues = repeated.Value(best);
        var better = bestValues > startValues;
        var (x, value) = (where(better.unsqueeze(1), best, first), where(better, bestValues, startValues));
        var startValue = startValues;
        if (perProblem > 1)
        {
            var (largest, at) = value.reshape(problems, perProblem).max(1);
            x = x.index_select(0, at + (arange(problems) * perProblem));
            (value, startValue) = (largest, startValues.reshape(problems, perProblem).narrow(1, 0, given).amax([1]));
        }
        return new(
            x.MoveToOuterDisposeScope(),
            value.MoveToOuterDisposeScope(),
            startValue.MoveToOuterDisposeScope(),
            search.Passes * perProblem,
            time.GetElapsedTime(began),
            records == 0 ? null : new(
                [.. Enumerable.Range(1, records).Select(at => Math.Min(at, search.Passes) * perProblem)],
                values.reshape(problems, perProblem, -1).amax([1]).t().contiguous().MoveToOuterDisposeScope()));
    }

    /// <summary>The rows of a matrix [rows×columns]; of [1×columns] or [columns] always the same one.</summary>
    readonly struct RowSpans<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly Tensor _matrix;
        readonly int _columns, _stride;

        public RowSpans(Tensor matrix)
        {
            _matrix = matrix.contiguous();
            _columns = (int)matrix.shape[^1];
            _stride = matrix.dim() == 1 || matrix.shape[0] == 1 ? 0 : _columns;
        }

        public Span<T> this[int row] => PackedNetwork<T>.Elements(_matrix).Slice(row * _stride, _columns);
    }
}
