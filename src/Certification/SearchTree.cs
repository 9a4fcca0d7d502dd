using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// Branch and bound for one way of branching: the open node with the largest bound is cut in two until no bound exceeds the
/// incumbent. A node is a box of inputs and the phases of some neurons; together the open nodes hold every x that could be
/// better. When there are too many of them, the most promising one is searched to its end, depth first, before the next.
/// </summary>
sealed class SearchTree
{
    const int AlphaSteps = 2;           // more lower the bound by less than a cut does in the same time

    readonly PackedNetwork<double> _network;
    readonly NodeBounds _bounds;
    readonly OutputBound _output;
    readonly TriangleBound? _triangles;     // where phases alone are split
    readonly Incumbent _incumbent;
    readonly double _neuronWeight, _tolerance;
    readonly NodeStore _store;
    readonly PriorityQueue<(int Slot, Branch Branch), double> _open = new();     // by −bound
    readonly Stack<(int Slot, Branch Branch, double Bound)> _dive = new();       // below the one that is searched to its end
    readonly int _maxOpen;
    readonly double[] _lower, _upper;
    readonly byte[] _parent, _states;
    double _diveBound = double.NegativeInfinity;    // of that node
    double _closed = double.NegativeInfinity;       // largest bound of a node that is no better than the incumbent
    readonly double _forwardError;

    /// <param name="problem">The network [n → 1], and the root's box.</param>
    /// <param name="bounds">To work with; several trees may share it.</param>
    /// <param name="incumbent">Shared by several trees.</param>
    /// <param name="neuronWeight">See <see cref="OutputBound.Choose"/>.</param>
    /// <param name="tolerance">Relative gap at which the incumbent counts as proven.</param>
    /// <param name="maxOpen">How many open nodes are too many.</param>
    public SearchTree(
        ScaledProblem problem, NodeBounds bounds, Incumbent incumbent, double neuronWeight, double tolerance, int maxOpen)
    {
        (_network, _bounds, _incumbent, _neuronWeight) = (problem.Network, bounds, incumbent, neuronWeight);
        (_tolerance, _maxOpen, _forwardError) = (tolerance, maxOpen, problem.ForwardError);
        _output = new(problem, bounds);
        _triangles = double.IsPositiveInfinity(neuronWeight) ? new(problem, bounds) : null;
        var neurons = _network.Units.Sum();
        (_lower, _upper) = ((double[])problem.Lower.Clone(), (double[])problem.Upper.Clone());
        (_parent, _states) = (new byte[neurons], new byte[neurons]);
        _store = new(_lower.Length, neurons);
        _states.AsSpan().Fill(NeuronStates.Open(0.5));
        _lower.CopyTo(_bounds.Lower, 0);
        _upper.CopyTo(_bounds.Upper, 0);
        BoundAndKeep(double.PositiveInfinity);
    }

    /// <summary>Nodes bounded so far.</summary>
    public long Nodes { get; private set; }

    /// <summary>
    /// Nothing is left that could be better than the incumbent by more than the tolerance, or than what rounding leaves unknown.
    /// </summary>
    public bool IsClosed => TopBound <= Target;

    /// <summary>Whether <see cref="UpperBound"/> proves the incumbent, whose value may be smaller by the error of a forward pass.</summary>
    public bool IsProven => UpperBound <= Target;

    /// <summary>No input of the box has a larger value.</summary>
    public double UpperBound => Math.Max(Math.Max(_incumbent.Value, _closed), TopBound);

    /// <summary>The largest bound of what is open, −∞ if nothing is.</summary>
    double TopBound => Math.Max(
        _dive.Count > 0 ? _diveBound : double.NegativeInfinity,
        _open.TryPeek(out _, out var minus) ? -minus : double.NegativeInfinity);

    /// <summary>Bounds up to this one need no further look.</summary>
    double Target => _incumbent.Value + Room - _forwardError;

    double Room => _tolerance * Math.Max(1, Math.Abs(_incumbent.Value));

    /// <summary>Cuts the most promising node in two and bounds both.</summary>
    public void Expand()
    {
        var (slot, (index, isNeuron), bound) = Next();
        _store.Take(slot, _lower, _upper, _parent);
        for (var side = 0; side < 2; side++)
        {
            _lower.CopyTo(_bounds.Lower, 0);
            _upper.CopyTo(_bounds.Upper, 0);
            _parent.CopyTo(_states, 0);
            if (isNeuron)
            {
                _states[index] = side == 0 ? NeuronStates.SplitInactive : NeuronStates.SplitActive;
            }
            else
            {
                (side == 0 ? _bounds.Upper : _bounds.Lower)[index] = (_lower[index] + _upper[index]) / 2;
            }
            BoundAndKeep(bound);
        }
    }

    (int Slot, Branch Branch, double Bound) Next()
    {
        if (_dive.TryPop(out var below))
        {
            return below;
        }
        _open.TryDequeue(out var top, out var minus);
        _diveBound = -minus;
        return (top.Slot, top.Branch, -minus);
    }

    /// <summary>Bounds the node in _bounds and _states; keeps it if it may hold something better.</summary>
    void BoundAndKeep(double bound)
    {
        Nodes++;
        if (!_bounds.Update(_states))
        {
            return;
        }
        _output.Begin();
        var step = 1.0;
        for (var t = 0; t <= AlphaSteps; t++)
        {
            if (t > 0)
            {
                _output.ImproveAlpha(step);
                _output.TakeMultipliers();
                step /= 2;
            }
            bound = Math.Min(bound, _output.Evaluate());
            if (Closes(bound))
            {
                return;
            }
        }
        _incumbent.Offer(_output.X);
        var neuron = -1;
        if (_triangles is not null)
        {
            bound = Math.Min(bound, _triangles.Evaluate(_states));
            if (double.IsNegativeInfinity(bound))
            {
                return;
            }
            _incumbent.Offer(_triangles.X);
            neuron = _triangles.Loosest();
        }
        if (Closes(bound))
        {
            return;
        }
        var states = _states.AsSpan();
        for (var i = 0; i < _network.Hidden; i++)
        {
            _bounds.Layers[i].KeepAlpha(states[.._network.Units[i]]);
            states = states[_network.Units[i]..];
        }
        var branch = neuron >= 0 ? new(neuron, IsNeuron: true) : _output.Choose(_neuronWeight);
        if (_output.Shrink(_incumbent.Value, _bounds.Lower, _bounds.Upper))
        {
            var slot = _store.Add(_bounds.Lower, _bounds.Upper, _states);
            if (_open.Count < _maxOpen && _dive.Count == 0)
            {
                _open.Enqueue((slot, branch), -bound);
            }
            else
            {
                _dive.Push((slot, branch, bound));
            }
        }
    }

    bool Closes(double bound)
    {
        // Where rounding alone is near the tolerance, cutting on would not end.
        var unknown = 2 * (Math.Max(_output.RoundingError, _triangles?.RoundingError ?? 0) + _forwardError);
        if (bound <= Target || (unknown > Room && bound <= _incumbent.Value + Room + unknown))
        {
            _closed = Math.Max(_closed, bound);
            return true;
        }
        return false;
    }
}
