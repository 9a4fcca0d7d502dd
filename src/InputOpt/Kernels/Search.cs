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
    readonly Objective _problemObjective;
    readonly Region _problemRegion;
    readonly long _problems, _given;
    readonly List<long> _tracedPasses = [];
    readonly List<Tensor>? _traced;
    readonly SearchLimits _limits;
    readonly StartResult[][]? _results;             // of each problem's starts, where asked for
    int[] _numbers = [];                            // of the rows' starts, there
    long _rowPasses;
    Objective _objective;
    Tensor? _startValue;

    Search(Objective objective, Tensor rows, Region region, long problems, long starts, long given, bool trace, SearchLimits limits)
    {
        (_problemObjective, _problemRegion, _problems, _given) = (objective, region, problems, given);
        (_objective, Region, Starts) = (objective.Repeat(starts), region.Repeat(objective.Network.InputShape.Count, starts), starts);
        (_traced, _limits) = (trace ? [] : null, limits);
        if (limits.PerStart)
        {
            _results = [.. Enumerable.Range(0, (int)problems).Select(_ => new StartResult[starts])];
            _numbers = [.. Enumerable.Range(0, (int)(problems * starts)).Select(row => (int)(row % starts))];
        }
        X = Region.Project(rows).clone();
        Value = full(X.shape[0], double.NegativeInfinity, dtype: X.dtype, device: X.device);
        (BestX, BestValue) = (X.clone(), Value.clone());
        Improved = Value.gt(0);
        Scale = Region.Scale(X);
    }

    /// <summary>S, starts per problem that are still searched from.</summary>
    public long Starts { get; private set; }

    /// <summary>Iterates [B·S×InputShape], inside the region.</summary>
    public Tensor X { get; private set; }

    /// <summary>Objective at <see cref="X"/> when it was last measured [B·S].</summary>
    public Tensor Value { get; private set; }

    /// <summary>Best iterates so far [B·S×InputShape].</summary>
    public Tensor BestX { get; private set; }

    /// <summary>Objective at <see cref="BestX"/> [B·S].</summary>
    public Tensor BestValue { get; private set; }

    /// <summary>Which rows the last measurement found better than ever before [B·S], bool.</summary>
    public Tensor Improved { get; private set; }

    /// <summary>The objective of the rows.</summary>
    public Objective Objective => _objective;

    /// <summary>The region of the rows.</summary>
    public Region Region { get; private set; }

    /// <summary>Half the region's width per row and input, to be broadcast with <see cref="X"/>: the units of inputs.</summary>
    public Tensor Scale { get; private set; }

    /// <summary>Runs forward and backward per problem.</summary>
    public long Passes { get; private set; }

    /// <summary>Runs forward alone per problem.</summary>
    public long Evaluations { get; private set; }

    /// <summary>Why the search ended, or <see cref="StopReason.Passes"/> while it goes on.</summary>
    public StopReason Stop { get; private set; }

    /// <summary>
    /// Runs a method: checks the problem, adds random points per problem to the starts, searches, and picks
    /// the best row of each problem.
    /// </summary>
    public static InputOptimum Run(
        Objective objective, Tensor starts, Region region, bool trace, SearchLimits? limits, TimeProvider? clock, Action<Search> method,
        int restarts = 0, Generator? generator = null)
    {
        ArgumentNullException.ThrowIfNull(objective);
        var time = clock ?? TimeProvider.System;
        var began = time.GetTimestamp();
        var (problems, given) = objective.ThrowUnlessFits(starts, region);
        objective.Network.ThrowUnlessFinite();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (rows, total) = Rows.WithRestarts(
            starts, region, problems, given, restarts, objective.Network.InputShape, generator);
        var search = new Search(objective, rows, region, problems, total, given, trace, limits ?? SearchLimits.None);
        method(search);
        if (search._startValue is null)
        {
            search.Measure();
        }
        return search.Optimum(time.GetElapsedTime(began));
    }

    /// <summary>Does something T times, or until a limit is reached; what it allocates is freed each time.</summary>
    public void Iterate(int times, Action<int> iteration)
    {
        for (var t = 0; t < times && !IsStopped(); t++)
        {
            using var scope = NewDisposeScope();
            iteration(t);
        }
    }

    /// <summary>
    /// Measures the iterates and returns the objective's gradients there, on inputs in units of <see cref="Scale"/> [B·S×InputShape]: one pass
    /// per row. In these units it does not matter in which ones the inputs are.
    /// </summary>
    public Tensor Gradient() => Counted(_objective.ValuesAndGradient(X));

    /// <summary>The same with gradients through gates of a softness per row [B·S×1×…]: see <see cref="SoftGates"/>.</summary>
    public Tensor SoftGradient(Tensor softness) => Counted(SoftGates.ValuesAndGradient(_objective, X, softness));

    Tensor Counted((Tensor Values, Tensor Gradient) measured)
    {
        var (values, gradient) = measured;
        CountPasses(1);
        Record(values);
        return gradient * Scale;
    }

    /// <summary>Whether a limit ends the search.</summary>
    bool IsStopped()
    {
        if (Stop == StopReason.Passes && _limits.Cancellation.IsCancellationRequested)
        {
            Stop = StopReason.Cancelled;
        }
        else if (Stop == StopReason.Passes && HasReachedTarget())
        {
            Stop = StopReason.Target;
        }
        return Stop != StopReason.Passes;
    }

    bool HasReachedTarget()
    {
        if (double.IsPositiveInfinity(_limits.Target))
        {
            return false;
        }
        using var scope = NewDisposeScope();
        return (bool)BestOfProblem(BestValue).ge(_limits.Target).all();
    }

    /// <summary>Measures the iterates without a gradient.</summary>
    public void Measure()
    {
        using var scope = NewDisposeScope();
        Evaluations += Starts;
        Record(_objective.Value(X));
    }

    /// <summary>Measures the iterates of a method without gradients: one pass per row.</summary>
    public void MeasureAsPass()
    {
        using var scope = NewDisposeScope();
        CountPasses(1);
        Record(_objective.Value(X));
    }

    /// <summary>
    /// Takes the objective's values at the iterates [B·S] from a method that runs the network itself, with so many passes of each row since the
    /// last; without any, at the starts, they are no part of the trace.
    /// </summary>
    public void Take(Tensor values, long passes)
    {
        CountPasses(passes);
        Record(values, traced: passes > 0);
    }

    void CountPasses(long perRow) => (Passes, _rowPasses) = (Passes + (perRow * Starts), _rowPasses + perRow);

    /// <summary>Counts forward runs that a method has made itself, of each row.</summary>
    public void CountEvaluations(long perRow) => Evaluations += perRow * Starts;

    /// <summary>Moves the iterates to x [B·S×InputShape], or to the nearest points of the region.</summary>
    public void MoveTo(Tensor x) => X.copy_(Region.Project(x));

    /// <summary>
    /// Goes on with the rows of the given number of starts per problem whose best values are largest, the best first. Not inside
    /// <see cref="Iterate"/>: the search's tensors are new ones afterwards.
    /// </summary>
    /// <returns>Numbers of the rows kept [B·starts], for what a method has of its own per row.</returns>
    public Tensor Keep(long starts)
    {
        var left = BestValue.reshape(_problems, Starts).clone();
        var taken = full([_problems, 1], double.NegativeInfinity, dtype: left.dtype, device: left.device);
        var kept = new List<Tensor>();
        for (var s = 0; s < starts; s++)
        {
            var best = left.max(1, keepdim: true).indexes;
            left.scatter_(1, best, taken);
            kept.Add(best);
        }
        var rows = (cat(kept, 1) + (arange(_problems, device: X.device).unsqueeze(1) * Starts)).reshape(-1);

        if (_results is not null)
        {
            SetResults(StopReason.Dropped);
            _numbers = [.. rows.to(CPU).data<long>().Select(row => _numbers[row])];
        }
        Starts = starts;
        (_objective, Region) = (_problemObjective.Repeat(starts), _problemRegion.Repeat(_problemObjective.Network.InputShape.Count, starts));
        (BestX, BestValue) = (BestX.index_select(0, rows), BestValue.index_select(0, rows));
        (X, Value) = (X.index_select(0, rows), Value.index_select(0, rows));
        (Improved, Scale) = (Value.gt(double.PositiveInfinity), Region.Scale(X));
        return rows;
    }

    /// <summary>What has become of the rows' starts so far.</summary>
    void SetResults(StopReason stop)
    {
        var values = Rows.Numbers(BestValue);
        for (var row = 0; row < values.Length; row++)
        {
            var reason = values[row] >= _limits.Target ? StopReason.Target : stop;
            _results![row / Starts][_numbers[row]] = new(values[row], _rowPasses, reason);
        }
    }

    void Record(Tensor values, bool traced = true)
    {
        Value.copy_(values);
        Improved.copy_(Value > BestValue);
        BestX.copy_(where(Rows.Column(Improved, X), X, BestX));
        BestValue.copy_(where(Improved, Value, BestValue));
        if (_startValue is null)
        {
            var start = Value.reshape(_problems, Starts).narrow(1, 0, _given).amax([1]);
            Objective.ThrowUnlessFinite(start);
            _startValue = start.DetachFromDisposeScope();
        }
        if (_traced is not null && traced)
        {
            _tracedPasses.Add(Passes);
            _traced.Add(BestOfProblem(Value).DetachFromDisposeScope());
        }
    }

    /// <summary>[B·S] → [B].</summary>
    Tensor BestOfProblem(Tensor values) => values.reshape(_problems, Starts).amax([1]);

    InputOptimum Optimum(TimeSpan elapsed)
    {
        var (value, row) = BestValue.reshape(_problems, Starts).max(1);
        var rows = row + (arange(_problems, device: row.device) * Starts);
        var start = _startValue!.clone();
        _startValue.Dispose();
        if (_results is not null)
        {
            SetResults(Stop);
        }
        InputTrace? trace = null;
        if (_traced is { Count: > 0 })
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
            trace)
        {
            Evaluations = Evaluations,
            Starts = _results,
            StopReason = Stop == StopReason.Passes && HasReachedTarget() ? StopReason.Target : Stop,
        };
    }
}
