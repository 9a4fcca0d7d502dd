using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary>One start of one problem, or all of its starts, as an optimiser on spans sees them: maximise w·f(x), lower ≤ x ≤ upper.</summary>
ref struct SpanProblem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>First bias of the network [n₁]; it carries the problem's fixed inputs.</summary>
    public ReadOnlySpan<T> FirstBias { get; init; }

    /// <summary>w [m].</summary>
    public ReadOnlySpan<T> Weights { get; init; }

    /// <summary>Lower bounds [n].</summary>
    public ReadOnlySpan<T> Lower { get; init; }

    /// <summary>Upper bounds [n].</summary>
    public ReadOnlySpan<T> Upper { get; init; }

    /// <summary>Half of the box's width per input [n]: the units of inputs.</summary>
    public ReadOnlySpan<T> Scale { get; init; }

    /// <summary>What ends the search early.</summary>
    public SearchLimits? Limits { get; init; }

    /// <summary>Where the search begins, inside the bounds: [n], or [S×n] for methods that search from all starts together.</summary>
    public ReadOnlySpan<T> Starts { get; init; }

    /// <summary>In: the first start [n]. Out: the best x.</summary>
    public Span<T> Best { get; init; }

    /// <summary>Where the objective goes at each record of the trace; empty if nobody asks for it.</summary>
    public Span<T> Trace { get; init; }

    /// <summary>What becomes of each of the starts, for methods that search from all together; empty if nobody asks for it.</summary>
    public Span<StartResult> Results { get; init; }

    /// <summary>Why a search that has found so much must end now; <see cref="StopReason.Passes"/> if it need not.</summary>
    public StopReason Stop(T best) => Limits switch
    {
        null => StopReason.Passes,
        { Cancellation.IsCancellationRequested: true } => StopReason.Cancelled,
        { Target: var target } when double.CreateTruncating(best) >= target => StopReason.Target,
        _ => StopReason.Passes,
    };
}

/// <summary>What a search on spans has cost.</summary>
/// <param name="Passes">Runs of the network forward and backward.</param>
/// <param name="Evaluations">Runs forward alone.</param>
/// <param name="Stop">Why it ended.</param>
readonly record struct SpanCost(long Passes, long Evaluations, StopReason Stop);

/// <summary>A method on spans.</summary>
interface ISpanMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether a search has all starts of a problem, and not one of them.</summary>
    bool SearchesStartsTogether { get; }

    /// <summary>The weights.</summary>
    PackedNetwork<T> Network { get; }

    /// <summary>Passes that a search has taken up to each record of its trace, if nothing ends it early.</summary>
    IReadOnlyList<long> Records { get; }

    /// <summary>Random points of the box that it searches from beside a number of given starts.</summary>
    int RandomStarts(long given);

    /// <summary>
    /// Makes this the method for another network of the same shape and a number of given starts; false if it cannot be.
    /// </summary>
    bool TryLoad(ReluNetwork network, long given);

    /// <summary>Searches. Where it ends early, the trace goes on with the best value.</summary>
    SpanCost Maximize(SpanProblem<T> problem);
}

/// <summary>A method on spans, and the same network layer by layer: what starts and results are measured by.</summary>
sealed record SpanRunner<T>(ISpanMethod<T> Method, DenseNetwork<T> Measure)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>
/// What the optimisers on spans share: from tensors to spans, one row after the other, and back. They serve linear scores
/// (<see cref="Score.Output"/>, <see cref="Score.Weighted"/>) of a <see cref="ReluNetwork"/> on the CPU, in a
/// <see cref="Box"/>.
/// </summary>
static class SpanSearch
{
    /// <summary>Whether this kind of objective is served, in a box.</summary>
    public static bool Supports(Objective objective) =>
        NotNull(objective).Score.IsLinear && objective.Network is ReluNetwork network
        && (PackedNetwork<float>.Supports(network) || PackedNetwork<double>.Supports(network));

    static Objective NotNull(Objective objective) => objective ?? throw new ArgumentNullException(nameof(objective));

    /// <summary>
    /// Runs a method from every start and from random points beside. Starts and results are measured layer by layer, both the same way:
    /// what rounding has added up in a method's own values must not make one better than the other.
    /// </summary>
    public static InputOptimum Run<T>(
        Objective objective, Tensor starts, Box box, bool trace, SearchLimits? limits, TimeProvider? clock,
        Func<ReluNetwork, long, SpanRunner<T>> runner, Generator generator)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var time = clock ?? TimeProvider.System;
        var began = time.GetTimestamp();
        var (problems, given) = objective.ThrowUnlessFits(starts, box);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (search, measure) = runner((ReluNetwork)objective.Network, given);
        var (points, perProblem) = Rows.WithRestarts(
            starts, box, problems, given, search.RandomStarts(given), objective.Network.InputShape, generator);
        var rows = (int)(problems * perProblem);
        var (repeated, bounds) = (objective.Repeat(perProblem), (Box)box.Repeat(inputDims: 1, perProblem));
        var network = (ReluNetwork)repeated.Network;
        var first = bounds.Project(points).contiguous();
        // A search has one start, or all those of a problem.
        var each = search.SearchesStartsTogether ? (int)perProblem : 1;
        var searches = rows / each;
        var best = first.reshape(searches, each, -1).select(1, 0).clone();
        var records = search.Records;
        var values = zeros(searches, trace ? records.Count : 0, dtype: first.dtype);

        var weights = new RowSpans<T>(repeated.Score.Gradient(zeros(rows, network.Outputs, dtype: first.dtype)));
        var (firstBias, scale) = (new RowSpans<T>(network.Layers[0].Bias), new RowSpans<T>(bounds.Scale(first)));
        var (lower, upper) = (new RowSpans<T>(bounds.Lower), new RowSpans<T>(bounds.Upper));
        var (starting, found, traces) = (new RowSpans<T>(first), new RowSpans<T>(best), new RowSpans<T>(values));
        var perResult = searches / (int)problems;
        var startValues = Values(starting, perProblem, given);
        var startValue = empty(problems, dtype: first.dtype);
        for (var i = 0; i < (int)problems; i++)
        {
            PackedNetwork<T>.Elements(startValue)[i] = Largest(startValues, i, (int)given).Value;
        }
        Objective.ThrowUnlessFinite(startValue);
        StartResult[][]? results = limits?.PerStart != true ? null : [.. Enumerable.Range(0, (int)problems).Select(_ => new StartResult[perProblem])];
        var (passes, evaluations, stop) = (0L, 0L, StopReason.Target);
        for (var i = 0; i < searches; i += perResult)
        {
            var (passesHere, evaluationsHere, stopHere) = (0L, 0L, StopReason.Passes);
            for (var j = i; j < i + perResult; j++)
            {
                var cost = Search(j);
                passesHere += cost.Passes;
                evaluationsHere += cost.Evaluations;
                // One start of a problem that has reached the target will do.
                stopHere = cost.Stop == StopReason.Passes ? stopHere : cost.Stop;
                if (results is not null && each == 1)
                {
                    // Its value is measured with the others in the end.
                    results[i / perResult][j - i] = new(double.NaN, cost.Passes, cost.Stop);
                }
                if (stopHere != StopReason.Passes)
                {
                    results?[i / perResult].AsSpan(j - i + 1).Fill(new(double.NegativeInfinity, 0, stopHere));
                    break;
                }
            }
            (passes, evaluations) = (Math.Max(passes, passesHere), Math.Max(evaluations, evaluationsHere));
            stop = stopHere == StopReason.Target ? stop : stop == StopReason.Cancelled ? stop : stopHere;
        }

        SpanCost Search(int i)
        {
            var row = i * each;
            return search.Maximize(new()
            {
                FirstBias = firstBias[row],
                Weights = weights[row],
                Lower = lower[row],
                Upper = upper[row],
                Scale = scale[row],
                Limits = limits,
                Starts = starting.Some(row, each),
                Best = found[i],
                Trace = traces[i],
                Results = results is not null && each > 1 ? results[i] : default,
            });
        }

        // Of each problem the first of its rows [problems×count].
        T[] Values(RowSpans<T> x, long rowsEach, long count)
        {
            var values = new T[problems * count];
            for (var i = 0; i < values.Length; i++)
            {
                var row = (int)((i / count * rowsEach) + (i % count));
                var any = (int)(i / count * perProblem);
                measure.Start(firstBias[any], x[row]);
                values[i] = TensorPrimitives.Dot<T>(weights[any], measure.Outputs);
            }
            return values;
        }

        // Of a problem's values; what is not a number is the largest.
        static (int At, T Value) Largest(T[] values, int problem, int count)
        {
            var ofProblem = values.AsSpan(problem * count, count);
            var at = TensorPrimitives.IndexOfMax<T>(ofProblem);
            return (at, ofProblem[at]);
        }

        var bestValues = Values(found, perResult, perResult);
        for (var i = 0; results is not null && each == 1 && i < searches; i++)
        {
            ref var result = ref results[i / perResult][i % perResult];
            result = double.IsNaN(result.Value) ? result with { Value = double.CreateTruncating(bestValues[i]) } : result;
        }
        // On memory: an operator on tensors costs more than a pass.
        var (x, value) = (empty(problems, network.Inputs, dtype: first.dtype), empty(problems, dtype: first.dtype));
        var toX = new RowSpans<T>(x);
        for (var i = 0; i < (int)problems; i++)
        {
            var ((bestAt, largest), (startAt, atStart)) = (Largest(bestValues, i, perResult), Largest(startValues, i, (int)given));
            var isBetter = largest > atStart;
            (isBetter ? found[(i * perResult) + bestAt] : starting[(i * (int)perProblem) + startAt]).CopyTo(toX[i]);
            PackedNetwork<T>.Elements(value)[i] = isBetter ? largest : atStart;
        }
        return new(
            x.MoveToOuterDisposeScope(),
            value.MoveToOuterDisposeScope(),
            startValue.MoveToOuterDisposeScope(),
            passes,
            time.GetElapsedTime(began),
            values.shape[1] == 0 ? null : new(
                [.. records.Select(passes => passes * perResult)],
                values.reshape(problems, perResult, -1).amax([1]).t().contiguous().MoveToOuterDisposeScope()))
        {
            // Beside the method's own: the given starts before, and the results.
            Evaluations = evaluations + given + perResult,
            StopReason = stop,
            Starts = results,
        };
    }

    /// <summary>The rows of a matrix [rows×columns]; of [1×columns] or [columns] always the same one. The dispose scope owns what it reads.</summary>
    readonly unsafe struct RowSpans<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        readonly T* _elements;
        readonly int _columns, _stride;

        public RowSpans(Tensor matrix)
        {
            _elements = (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(PackedNetwork<T>.Elements(matrix.contiguous())));
            _columns = (int)matrix.shape[^1];
            _stride = matrix.dim() == 1 || matrix.shape[0] == 1 ? 0 : _columns;
        }

        public Span<T> this[int row] => new(_elements + (row * _stride), _columns);

        public ReadOnlySpan<T> Some(int row, int rows) => new(_elements + (row * _columns), rows * _columns);
    }
}
