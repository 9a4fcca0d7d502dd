using System.ComponentModel.DataAnnotations;
using RL.InputOpt;

namespace RL.Certification;

/// <summary>Options of <see cref="PhaseSearch"/>. The search ends at the first limit it meets.</summary>
public sealed record PhaseSearchOptions
{
    /// <summary>Which program the bounds hold for.</summary>
    public Arithmetic Arithmetic { get; init; }

    /// <summary>Seconds after which to stop, all functions together.</summary>
    [Range(0.0, 1e9)] public double MaxSeconds { get; init; } = 1e9;

    /// <summary>Most nodes for each function: with it alone as limit, results are reproducible.</summary>
    [Range(1, 1_000_000_000)] public int MaxNodes { get; init; } = 100_000;

    /// <summary>How often the bounds of neurons are improved at the beginning.</summary>
    [Range(1, 10_000)] public int RootSteps { get; init; } = 10;

    /// <summary>How often lines and multipliers of a node are improved.</summary>
    [Range(1, 10_000)] public int Steps { get; init; } = 16;
}

/// <summary>
/// Branch and bound over phases of ReLUs, for networks of many inputs such as those that see images: bounds of neurons are found once, and a node
/// is one more walk of one function's row, with the phases that were chosen for it (β-CROWN: Wang et al. 2021). Other activations keep their lines.
/// Not thread-safe.
/// </summary>
/// <param name="graph">The network.</param>
/// <param name="options">Limits.</param>
/// <param name="clock">For the time limit.</param>
public sealed class PhaseSearch(NetworkGraph graph, PhaseSearchOptions options, TimeProvider clock)
{
    const int Batch = 8;        // nodes cut at once

    /// <summary>How many times as long lines and multipliers are improved where no neuron is left to split.</summary>
    const int Patience = 24;

    readonly PhaseSearchOptions _options = options.Checked();
    readonly NetworkBounds _root = new(graph, new() { Method = BoundMethod.Alpha, Arithmetic = options.Arithmetic, Steps = options.RootSteps });

    /// <summary>Nodes bounded in the last call.</summary>
    public long Nodes { get; private set; }

    /// <summary>Raises lower bounds of functions of the outputs until each is above its target or a limit is met.</summary>
    /// <param name="lower">The box [n].</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <param name="rows">The functions.</param>
    /// <param name="known">Lower bounds known before [rows]; −∞ for none.</param>
    /// <param name="targets">What is to be exceeded [rows]; null: 0.</param>
    /// <returns>Bounds that no input of the box is below, as <see cref="RowBounds.Lower"/>; no less than those known.</returns>
    /// <exception cref="ArgumentException">See <see cref="NetworkBounds.Bound"/>; or another number of known bounds or targets, or one that is NaN.</exception>
    public double[] LowerBounds(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, OutputRows rows, double[] known, double[]? targets = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ThrowUnlessNumbers(known, rows, nameof(known));
        if (targets is not null)
        {
            ThrowUnlessNumbers(targets, rows, nameof(targets));
        }
        var began = clock.GetTimestamp();
        Nodes = 0;
        var bounds = _root.Bound(lower, upper, rows).Lower;
        for (var row = 0; row < bounds.Length; row++)
        {
            bounds[row] = Math.Max(bounds[row], known[row]);
        }
        double Target(int row) => targets is null ? 0 : targets[row];
        // The hardest first: where it stays open, so does the whole.
        foreach (var row in Enumerable.Range(0, bounds.Length).OrderBy(row => bounds[row] - Target(row)))
        {
            if (!(bounds[row] > Target(row)) && double.IsFinite(bounds[row]))
            {
                bounds[row] = Search(_root.OutputRow(rows, row, -1), -rows.Constants[row], bounds[row], Target(row), began);
                if (!(bounds[row] > Target(row)))
                {
                    break;
                }
            }
        }
        return bounds;
    }

    static void ThrowUnlessNumbers(double[] numbers, OutputRows rows, string name)
    {
        ArgumentNullException.ThrowIfNull(numbers, name);
        if (numbers.Length != rows.Count || numbers.Any(double.IsNaN))
        {
            throw new ArgumentException($"They are {string.Join(", ", numbers)}; allowed: {rows.Count}, one for each function, none of them NaN.", name);
        }
    }

    /// <summary>A better lower bound of one function, given as the row of its negative.</summary>
    double Search(double[] row, double constant, double known, double target, long began)
    {
        var walk = _root.OutputWalk;
        var open = new PriorityQueue<Node, double>();
        open.Enqueue(new(null, default, -known), known);
        var (closed, nodes) = (double.NegativeInfinity, 0);
        double Most() => Math.Max(closed, open.TryPeek(out _, out var least) ? -least : double.NegativeInfinity);
        while (open.Count > 0 && Most() >= -target && nodes < _options.MaxNodes && clock.GetElapsedTime(began).TotalSeconds < _options.MaxSeconds)
        {
            var children = new List<Node>();
            while (children.Count < Math.Min(2 * Batch, walk.Capacity) && open.TryDequeue(out var node, out _))
            {
                if (node.Next is { } split)
                {
                    children.Add(new(node, split with { IsActive = true }, node.Bound));
                    children.Add(new(node, split with { IsActive = false }, node.Bound));
                }
                else if (!node.IsBounded)
                {
                    children.Add(node);
                }
                else
                {
                    // No neuron is open: a linear program is left, of which more steps find more.
                    Evaluate(walk, [node], row, constant, Patience * _options.Steps);
                    nodes++;
                    closed = Math.Max(closed, node.Bound);
                }
            }
            if (closed >= -target)
            {
                foreach (var child in children)
                {
                    closed = Math.Max(closed, child.Bound);
                }
                break;
            }
            if (children.Count == 0)
            {
                continue;
            }
            Evaluate(walk, children, row, constant, _options.Steps);
            nodes += children.Count;
            Nodes += children.Count;
            foreach (var child in children.Where(child => child.Bound >= -target))
            {
                open.Enqueue(child, -child.Bound);
            }
            // Below the target: how far does not matter, as long as it is said to be no more than that.
            foreach (var child in children.Where(child => child.Bound < -target))
            {
                closed = Math.Max(closed, child.Bound);
            }
        }
        return Math.Max(known, -Most());
    }

    static void Evaluate(RowWalk walk, List<Node> nodes, double[] row, double constant, int steps)
    {
        var (rows, constants) = (new double[nodes.Count * row.Length], new double[nodes.Count]);
        for (var i = 0; i < nodes.Count; i++)
        {
            row.CopyTo(rows, i * row.Length);
            constants[i] = constant;
        }
        var splits = nodes.Select(node => new RowSplits(node.Splits())).ToArray();
        var bounds = new double[nodes.Count];
        walk.BoundRows(splits, rows, constants, steps, bounds);
        for (var i = 0; i < nodes.Count; i++)
        {
            nodes[i].Bound = Math.Min(nodes[i].Bound, bounds[i]);
            (nodes[i].Next, nodes[i].IsBounded) = (splits[i].Next, true);
        }
    }

    /// <summary>The part of the box in which neurons have given phases: its parent's, and one more.</summary>
    sealed class Node(Node? parent, PhaseSplit split, double bound)
    {
        public Node? Parent => parent;

        /// <summary>No input of it has a larger value.</summary>
        public double Bound { get; set; } = bound;

        /// <summary>What to split next.</summary>
        public PhaseSplit? Next { get; set; }

        public bool IsBounded { get; set; }

        public List<PhaseSplit> Splits()
        {
            var splits = new List<PhaseSplit>();
            for (var node = this; node.Parent is not null; node = node.Parent)
            {
                splits.Add(node.Split);
            }
            return splits;
        }

        PhaseSplit Split => split;
    }
}
