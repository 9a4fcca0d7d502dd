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

    /// <summary>In: the start [n], inside the bounds. Out: the best x.</summary>
    public Span<T> Best { get; init; }

    /// <summary>Where the objective after each pass goes; empty if nobody asks for it.</summary>
    public Span<T> Trace { get; init; }
}

/// <summary>A method on spans.</summary>
interface ISpanMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    void Maximize(SpanProblem<T> problem);
}

/// <summary>
/// What the optimisers on spans share: from tensors to spans, one row after the other, and back. They serve linear scores
/// (<see cref="Score.Output"/>, <see cref="Score.Weighted"/>) of a <see cref="ReluNetwork"/> on the CPU, inside a <see cref="Box"/>.
/// </summary>
static class SpanSearch
{
    /// <summary>Whether this kind of objective is served, in a box.</summary>
    public static bool Supports(Objective objective) =>
        objective.Score.IsLinear && objective.Network is ReluNetwork network
        && (PackedNetwork<float>.Supports(network) || PackedNetwork<double>.Supports(network));

    /// <summary>Runs a method from every start; the result is measured by the network itself, on tensors.</summary>
    /// <remarks>The method is made for the network once; passes, the gradients that it takes from one start, is also the length of
    /// its trace.</remarks>
    public static InputOptimum Run<T>(
        Objective objective, Tensor starts, Box box, bool trace, TimeProvider? clock, int passes,
        Func<ReluNetwork, ISpanMethod<T>> method)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var time = clock ?? TimeProvider.System;
        var began = time.GetTimestamp();
        var (problems, perProblem) = objective.ThrowUnlessFits(starts, box);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var rows = problems * perProblem;
        var (repeated, bounds) = (objective.Repeat(perProblem), (Box)box.Repeat(problems, perProblem));
        var network = (ReluNetwork)repeated.Network;
        var first = bounds.Project(starts.reshape(rows, network.Inputs)).contiguous();
        var best = first.clone();
        var firstBias = new RowSpans<T>(network.Layers[0].Bias);
        var weights = new RowSpans<T>(repeated.Score.Gradient(zeros(rows, network.Outputs, dtype: first.dtype)));
        var (lower, upper, found) = (new RowSpans<T>(bounds.Lower), new RowSpans<T>(bounds.Upper), new RowSpans<T>(best));
        var values = trace ? zeros(rows, passes, dtype: first.dtype) : null;
        var traces = values is null ? default : new RowSpans<T>(values);
        var search = method(network);
        for (var row = 0; row < rows; row++)
        {
            search.Maximize(new()
            {
                FirstBias = firstBias[row],
                Weights = weights[row],
                Lower = lower[row],
                Upper = upper[row],
                Best = found[row],
                Trace = values is null ? default : traces[row],
            });
        }

        // Rounding in the spans must not make a result worse than the start.
        var startValues = repeated.Value(first);
        var bestValues = repeated.Value(best);
        var better = bestValues > startValues;
        var (x, value, startValue) = (where(better.unsqueeze(1), best, first), where(better, bestValues, startValues), startValues);
        if (perProblem > 1)
        {
            var (largest, at) = value.reshape(problems, perProblem).max(1);
            x = x.index_select(0, at + (arange(problems) * perProblem));
            (value, startValue) = (largest, startValues.reshape(problems, perProblem).amax([1]));
        }
        return new(
            x.MoveToOuterDisposeScope(),
            value.MoveToOuterDisposeScope(),
            startValue.MoveToOuterDisposeScope(),
            passes * perProblem,
            time.GetElapsedTime(began),
            values is null ? null : new(
                [.. Enumerable.Range(1, passes).Select(t => t * perProblem)],
                values.reshape(problems, perProblem, passes).amax([1]).t().contiguous().MoveToOuterDisposeScope()));
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
