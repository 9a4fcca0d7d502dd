using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The state that every plain optimiser has: B problems with S starts each as B·S rows, where each row is, what is best so far, and what
/// it has cost. An optimiser is a loop over <see cref="Gradient"/> and <see cref="MoveTo"/>. Its own tensors (momentum and the like)
/// belong to the search's scope if they are made before <see cref="Iterate"/>, and are updated in place.
/// </summary>
sealed class Search
{
    readonly Objective _objective;
    readonly Region _region;
    readonly long _problems;
    readonly List<long> _tracedPasses = [];
    readonly List<Tensor>? _traced;
    Tensor? _startValue;

    Search(Objective objective, Tensor rows, Region region, long problems, long starts, bool trace)
    {
        (_objective, _region, _problems, Starts) = (objective.Repeat(starts), region.Repeat(problems, starts), problems, starts);
        _traced = trace ? [] : null;
        X = _region.Project(rows).clone();
        Value = full(X.shape[0], double.NegativeInfinity, dtype: X.dtype, device: X.device);
        (BestX, BestValue) = (X.clone(), Value.clone());
        Improved = Value.gt(0);
        Scale = _region.Scale(X);
    }

    /// <summary>S, starts per problem.</summary>
    public long Starts { get; }

    /// <summary>Iterates [B·S×InputShape], inside the region.</summary>
    public Tensor X { get; }

    /// <summary>Objective at <see cref="X"/> when it was last measured [B·S].</summary>
    public Tensor Value { get; }

    /// <summary>Best iterates so far [B·S×InputShape].</summary>
    public Tensor BestX { get; }

    /// <summary>Objective at <see cref="BestX"/> [B·S].</summary>
    public Tensor BestValue { get; }

    /// <summary>Which rows the last measurement found better than ever before [B·S], bool.</summary>
    public Tensor Improved { get; }

    /// <summary>The region of the rows.</summary>
    public Region Region => _region;

    /// <summary>Half the region's width per row, to be broadcast with <see cref="X"/>: the unit of steps.</summary>
    public Tensor Scale { get; }

    /// <summary>Gradients taken per problem.</summary>
    public long Passes { get; private set; }

    /// <summary>
    /// Runs a method: checks the problem, adds random points per problem to the starts, searches, and picks
    /// the best row of each problem.
    /// </summary>
    public static InputOptimum Run(
        Objective objective, Tensor starts, Region region, bool trace, TimeProvider? clock, Action<Search> method,
        int restarts = 0, Generator? generator = null)
    {
        var time = clock ?? TimeProvider.System;
        var began = time.GetTimestamp();
        var (problems, given) = objective.ThrowUnlessFits(starts, region);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, total) = Rows.WithRestarts(
            starts, region, problems, given, restarts, objective.Network.InputShape, generator);
        var search = new Search(objective, rows, region, problems, total, trace);
        method(search);
        if (search._startValue is null)
        {
            search.Measure();
        }
        return search.Optimum(given, time.GetElapsedTime(began));
    }

    /// <summary>Does something T times; what it allocates is freed each time.</summary>
    public static void Iterate(int times, Action<int> iteration)
    {
        for (var t = 0; t < times; t++)
        {
            using var scope = NewDisposeScope();
            iteration(t);
        }
    }

    /// <summary>Measures the iterates and returns the objective's gradients there [B·S×InputShape]: one pass per row.</summary>
    public Tensor Gradient()
    {
        var (values, gradient) = _objective.ValuesAndGradient(X);
        Passes += Starts;
        Record(values);
        return gradient;
    }

    /// <summary>Measures the iterates without a gradient, which is not counted as a pass.</summary>
    public void Measure()
    {
        using var scope = NewDisposeScope();
        Record(_objective.Value(X));
    }

    /// <summary>Counts values that a method without gradients has taken of each row.</summary>
    public void CountValues(int perRow) => Passes += perRow * Starts;

    /// <summary>Moves the iterates to x [B·S×InputShape], or to the nearest points of the region.</summary>
    public void MoveTo(Tensor x) => X.copy_(_region.Project(x));

    void Record(Tensor values)
    {
        Value.copy_(values);
        Improved.copy_(Value > BestValue);
        BestX.copy_(where(Rows.Column(Improved, X), X, BestX));
        BestValue.copy_(where(Improved, Value, BestValue));
        _startValue ??= Value.clone().DetachFromDisposeScope();
        if (_traced is not null)
        {
            _tracedPasses.Add(Passes);
            _traced.Add(BestOfProblem(Value).DetachFromDisposeScope());
        }
    }

    /// <summary>[B·S] → [B].</summary>
    Tensor BestOfProblem(Tensor values) => values.reshape(_problems, Starts).amax([1]);

    InputOptimum Optimum(long given, TimeSpan elapsed)
    {
        var (value, row) = BestValue.reshape(_problems, Starts).max(1);
        var rows = row + (arange(_problems, device: row.device) * Starts);
        var start = _startValue!.reshape(_problems, Starts).narrow(1, 0, given).amax([1]);
        _startValue.Dispose();
        InputTrace? trace = null;
        if (_traced is not null)
        {
            trace = new(_tracedPasses, stack(_traced).MoveToOuterDisposeScope());
            _traced.ForEach(each => each.Dispose());
        }
        return new(
            BestX.index_select(0, rows).MoveToOuterDisposeScope(),
            value.MoveToOuterDisposeScope(),
            start.MoveToOuterDisposeScope(),
            Passes,
            elapsed,
            trace);
    }
}
