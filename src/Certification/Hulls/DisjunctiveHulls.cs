namespace RL.Certification;

/// <summary>
/// Bounds of a small ReLU network by hulls of several neurons at once: layer after layer, every group of neurons is taken to the convex hull of
/// what it makes of the polytope before it, written as a union over the group's phases (Balas 1998), a scaled copy of the polytope for each.
/// The size grows with the product of these numbers over the layers: for up to four neurons a layer and three layers.
/// </summary>
static class DisjunctiveHulls
{
    /// <summary>All groups of a layer of so many neurons that have this size, or all neurons if there are no more.</summary>
    public static int[][] Groups(int neurons, int size)
    {
        if (size >= neurons)
        {
            return [[.. Enumerable.Range(0, neurons)]];
        }
        IEnumerable<int[]> From(int first, int count) => count == 0 ? [[]]
            : Enumerable.Range(first, neurons - first).SelectMany(k => From(k + 1, count - 1).Select(rest => (int[])[k, .. rest]));
        return [.. From(0, size)];
    }

    /// <summary>The polytope of inputs: a box, and half-spaces of it.</summary>
    public static LiftedSet Inputs(double[] lower, double[] upper, IEnumerable<LinearConstraint> halfSpaces)
    {
        var set = new LiftedSet();
        set.Values = [.. lower.Zip(upper, set.AddVariable)];
        foreach (var half in halfSpaces)
        {
            set.AddRow(set.Values.Zip(half.Normal), half.Least, double.PositiveInfinity);
        }
        return set;
    }

    /// <summary>Bounds of the outputs.</summary>
    /// <param name="layers">The network.</param>
    /// <param name="inputs">The polytope of inputs.</param>
    /// <param name="groups">Of each hidden layer.</param>
    /// <returns>Lower and upper bound of each output.</returns>
    public static (double Lower, double Upper)[] Bounds(AffineLayer[] layers, LiftedSet inputs, Func<int, int[][]> groups)
    {
        var set = inputs;
        for (var layer = 0; layer < layers.Length - 1; layer++)
        {
            set = Next(layers[layer], set, groups(layer));
        }
        using var program = set.ToProgram();
        var last = layers[^1];
        return [.. Enumerable.Range(0, last.Outputs).Select(k => (-Most(program, set, last, k, -1), Most(program, set, last, k, 1)))];
    }

    /// <summary>The largest sign·z, z the value k of a layer, over a set of what it reads.</summary>
    static double Most(LinearProgram program, LiftedSet set, AffineLayer layer, int k, int sign)
    {
        var objective = new double[program.Variables];
        var row = layer.Row(k);
        for (var j = 0; j < row.Length; j++)
        {
            objective[set.Values[j]] = sign * row[j];
        }
        var bound = program.Maximize(objective).Bound + (sign * layer.Bias[k]);
        return Math.BitIncrement(bound + (Rounding.Unit(2) * Math.Abs(bound)));
    }

    /// <summary>What a layer makes of a set: the intersection of the hulls of its groups.</summary>
    static LiftedSet Next(AffineLayer layer, LiftedSet before, int[][] groups)
    {
        if (layer.Function != ActivationFunction.Relu)
        {
            throw new ArgumentException($"The activation is {layer.Function!.Name}; allowed for hulls of several neurons: relu.");
        }
        var next = new LiftedSet();
        var bounds = before.Values.Select(before.BoundsOf).ToArray();
        var (_, most) = LayerChain.Intervals(layer, [.. bounds.Select(bound => bound.Lower)], [.. bounds.Select(bound => bound.Upper)]);
        int[] v = [.. bounds.Select(bound => next.AddVariable(bound.Lower, bound.Upper))];
        next.Values = [.. most.Select(upper => next.AddVariable(0, Math.Max(upper, 0)))];
        foreach (var group in groups)
        {
            AddHull(next, layer, before, v, group);
        }
        return next;
    }

    static void AddHull(LiftedSet next, AffineLayer layer, LiftedSet before, int[] v, int[] group)
    {
        List<(int Scale, int First, int Phases)> copies = [];
        for (var phases = 0; phases < 1 << group.Length; phases++)
        {
            if (IsEmpty(layer, before, group, phases))
            {
                continue;
            }
            var scale = next.AddVariable(0, 1);
            copies.Add((scale, before.CopyInto(next, scale), phases));
            for (var i = 0; i < group.Length; i++)
            {
                var isActive = (phases >> i & 1) == 1;
                next.AddRow(Affine(layer, before, group[i], copies[^1].First, scale), isActive ? 0 : double.NegativeInfinity, isActive ? double.PositiveInfinity : 0);
            }
        }
        next.AddRow(copies.Select(copy => (copy.Scale, 1.0)), 1, 1);
        for (var j = 0; j < v.Length; j++)
        {
            next.AddRow([(v[j], -1), .. copies.Select(copy => (copy.First + before.Values[j], 1.0))], 0, 0);
        }
        for (var i = 0; i < group.Length; i++)
        {
            next.AddRow(
                [(next.Values[group[i]], -1), .. copies.Where(copy => (copy.Phases >> i & 1) == 1).SelectMany(copy => Affine(layer, before, group[i], copy.First, copy.Scale))],
                0, 0);
        }
    }

    /// <summary>w·v + b·μ of a copy.</summary>
    static IEnumerable<(int, double)> Affine(AffineLayer layer, LiftedSet before, int neuron, int first, int scale) =>
        [.. before.Values.Zip(layer.Row(neuron).ToArray(), (column, weight) => (first + column, weight)), (scale, layer.Bias[neuron])];

    /// <summary>Whether no point of a set has these phases, closed half-spaces: how far the worst of them must be moved is proven to be above 0.</summary>
    static bool IsEmpty(AffineLayer layer, LiftedSet before, int[] group, int phases)
    {
        var bounds = before.Values.Select(before.BoundsOf).ToArray();
        var (least, most) = LayerChain.Intervals(layer, [.. bounds.Select(bound => bound.Lower)], [.. bounds.Select(bound => bound.Upper)]);
        using var program = before.ToProgram();
        var slack = program.AddVariable(0, Math.Max(group.Max(k => Math.Max(-least[k], most[k])), 0));
        for (var i = 0; i < group.Length; i++)
        {
            var isActive = (phases >> i & 1) == 1;
            program.AddRow(
                [.. before.Values, slack], [.. layer.Row(group[i]), isActive ? 1 : -1],
                isActive ? -layer.Bias[group[i]] : double.NegativeInfinity, isActive ? double.PositiveInfinity : -layer.Bias[group[i]]);
        }
        return program.Maximize(slack, -1).Bound < 0;
    }
}

/// <summary>Normal·x ≥ Least.</summary>
sealed record LinearConstraint(double[] Normal, double Least);
