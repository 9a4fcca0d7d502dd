namespace RL.Certification;

/// <summary>
/// Cuts of two or three neurons of a layer at once, for functions that are linear on both sides of 0: what is known of the group's pre-activations is
/// an <see cref="Octahedron"/>, and a half-space a·z + b·σ(z) ≤ c that holds at its corners in all orthants holds for the group's graph. Groups are
/// those whose neurons a solution uses most of the relaxation of.
/// </summary>
sealed class GroupCuts(NetworkProgram network, int size, int perRound) : IDisposable
{
    const double Tolerance = 1e-7;
    const int Partners = 8;         // most neurons to go with one
    const double LeastCosine = 0.25;
    const int HullRounds = 3;       // of cuts of single neurons, for the bound of a sum
    const int MostCuts = 100;       // before they are forgotten: with thousands, solving is slow
    const double Least = 1e-7;      // smaller coefficients of a cut, beside the largest, are 0

    readonly Dictionary<(int Layer, string Neurons), Group> _groups = [];
    readonly Dictionary<(int Layer, string Terms), double> _sums = [];
    readonly (NetworkProgram Program, HullCuts Cuts)?[] _before = new (NetworkProgram, HullCuts)?[network.Hidden];      // layers up to the pre-activations of each

    /// <summary>How many cuts were added in all.</summary>
    public int Count { get; private set; }

    /// <summary>How many groups were tried in all.</summary>
    public int Groups => _groups.Count;

    /// <summary>Adds the cuts that a solution violates, the best of each group.</summary>
    /// <returns>How many.</returns>
    public int Add(LinearSolution solution)
    {
        var before = Count;
        for (var layer = 0; layer < network.Hidden; layer++)
        {
            if (!network.Layers[layer].Function!.IsKinked)
            {
                continue;
            }
            var (z, h) = (NetworkProgram.Pick(solution, network.Z(layer)), NetworkProgram.Pick(solution, network.Values(layer)));
            foreach (var neurons in Candidates(layer, z, h))
            {
                var key = (layer, string.Join(',', neurons));
                if (!_groups.TryGetValue(key, out var group))
                {
                    _groups.Add(key, group = NewGroup(layer, neurons));
                }
                Count += Separate(group, z, h) ? 1 : 0;
            }
        }
        return Count - before;
    }

    /// <summary>
    /// Groups with a neuron that a solution has away from its graph, those first whose distances and cosines between their weights are largest.
    /// </summary>
    IEnumerable<int[]> Candidates(int layer, double[] z, double[] h)
    {
        var function = network.Layers[layer].Function!;
        var gaps = z.Select((value, k) => network.IsOpen(layer, k) ? Math.Abs(h[k] - function.Value(value)) : 0).ToArray();
        var largest = gaps.Max();
        int[] open = [.. Enumerable.Range(0, gaps.Length).Where(k => network.IsOpen(layer, k))];
        var (lower, upper) = network.BoundsOfInputs(layer);
        double[] Wide(int k)
        {
            var row = network.Layers[layer].Row(k).ToArray();
            for (var j = 0; j < row.Length; j++)
            {
                row[j] *= upper[j] - lower[j];
            }
            var norm = Math.Sqrt(row.Sum(w => w * w));
            return norm > 0 ? [.. row.Select(w => w / norm)] : row;
        }
        var rows = open.ToDictionary(k => k, Wide);
        // Neurons whose weights are orthogonal have something to say of each other too, so that the cosine alone would leave out too much.
        double Score(int i, int j) => (gaps[i] + gaps[j]) * (LeastCosine + Math.Abs(rows[i].Zip(rows[j], (a, b) => a * b).Sum()));
        var pairs = open.Where(k => gaps[k] > 1e-6 * largest).SelectMany(i => open.Where(j => j != i).Select(j => (I: i, J: j, Score: Score(i, j)))
            .OrderByDescending(pair => pair.Score).Take(Partners)).ToArray();
        if (size == 2)
        {
            return pairs.OrderByDescending(pair => pair.Score).Select(pair => (int[])[Math.Min(pair.I, pair.J), Math.Max(pair.I, pair.J)])
                .DistinctBy(pair => (pair[0], pair[1])).Take(perRound);
        }
        return pairs.GroupBy(pair => pair.I)
            .SelectMany(own => own.SelectMany(first => own.Where(second => second.J > first.J)
                .Select(second => (Neurons: (int[])[.. new[] { own.Key, first.J, second.J }.Order()], Score: first.Score + second.Score + Score(first.J, second.J)))))
            .OrderByDescending(triple => triple.Score).Select(triple => triple.Neurons)
            .DistinctBy(triple => (triple[0], triple[1], triple[2])).Take(perRound);
    }

    Group NewGroup(int layer, int[] neurons)
    {
        var octahedron = new Octahedron(neurons.Length, direction => Sum(layer, neurons, direction));
        var (function, corners, orthants) = (network.Layers[layer].Function!, new List<(double[] Z, double[] H)>(), new List<int>());
        for (var phases = 0; phases < 1 << neurons.Length; phases++)
        {
            var own = octahedron.Corners(phases);
            corners.AddRange(own.Select(z => (z, Array.ConvertAll(z, function.Value))));
            if (own.Count > 0 || !octahedron.IsEmpty(phases))
            {
                orthants.Add(phases);
            }
        }
        return new(layer, neurons, octahedron, corners, orthants);
    }

    /// <summary>The largest value of a sum of pre-activations and negatives of such, by the triangles of the layers before.</summary>
    double Sum(int layer, int[] neurons, int[] direction)
    {
        (int Neuron, int Sign)[] terms = [.. neurons.Zip(direction).Where(pair => pair.Second != 0)];
        if (terms is [var (single, sign)])
        {
            return sign > 0 ? network.BoundsOfZ(layer).Upper[single] : -network.BoundsOfZ(layer).Lower[single];
        }
        var key = (layer, string.Join(',', terms));
        if (!_sums.TryGetValue(key, out var most))
        {
            if (_before[layer] is { Cuts.Count: > MostCuts } full)
            {
                full.Program.Dispose();
                _before[layer] = null;
            }
            var (before, cuts) = _before[layer] ??= Before(layer);
            var objective = new double[before.Program.Variables];
            foreach (var (neuron, own) in terms)
            {
                objective[before.Outputs[neuron]] = own;
            }
            var solution = before.Program.Maximize(objective);
            most = solution.Bound;
            for (var round = 0; round < HullRounds && solution.IsOptimal && cuts.Add(solution) > 0; round++)
            {
                solution = before.Program.Maximize(objective);
                most = Math.Min(most, solution.Bound);
            }
            _sums.Add(key, most);
        }
        return most;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var before in _before)
        {
            before?.Program.Dispose();
        }
    }

    (NetworkProgram Program, HullCuts Cuts) Before(int layer)
    {
        var program = new NetworkProgram(
            [.. network.Layers[..layer], network.Layers[layer] with { Function = null }], network.BoundsOfInputs(0).Lower, network.BoundsOfInputs(0).Upper)
            .Build([.. Enumerable.Range(0, layer + 1).Select(network.BoundsOfZ)], solves: false);
        return (program, new(program));
    }

    /// <summary>The half-space with coefficients up to 1 that holds at all corners and is violated most.</summary>
    bool Separate(Group group, double[] z, double[] h)
    {
        var k = group.Neurons.Length;
        var own = group.Neurons.Select(neuron => z[neuron]).Concat(group.Neurons.Select(neuron => h[neuron])).ToArray();
        using var program = new LinearProgram();
        for (var i = 0; i < 2 * k; i++)
        {
            program.AddVariable(-1, 1);
        }
        var room = Enumerable.Range(0, k).Sum(i => Math.Max(Math.Abs(group.Octahedron[i].Lower), Math.Abs(group.Octahedron[i].Upper)));
        program.AddVariable(-4 * room, 4 * room);
        int[] columns = [.. Enumerable.Range(0, (2 * k) + 1)];
        foreach (var (corner, values) in group.Corners)
        {
            program.AddRow(columns, [.. corner, .. values, -1], double.NegativeInfinity, 0);
        }
        var found = program.Maximize([.. own, -1]);
        if (!found.IsOptimal || !(found.Bound > Tolerance * (1 + room)))
        {
            return false;
        }
        var largest = found.X[..(2 * k)].Max(Math.Abs);
        double[] coefficients = [.. found.X[..(2 * k)].Select(x => Math.Abs(x) < Least * largest ? 0 : x)];
        var (a, b) = (coefficients[..k], coefficients[k..]);
        var constant = Constant(group, a, b);
        if (!(a.Concat(b).Zip(own, (coefficient, value) => coefficient * value).Sum() - constant > Tolerance * (1 + room)))
        {
            return false;
        }
        network.Program.AddRow(
            [.. group.Neurons.Select(neuron => network.Z(group.Layer)[neuron]), .. group.Neurons.Select(neuron => network.Values(group.Layer)[neuron])], [.. a, .. b],
            double.NegativeInfinity, constant);
        return true;
    }

    /// <summary>A number that a·z + b·σ(z) does not exceed: in every orthant it is linear in z.</summary>
    double Constant(Group group, double[] a, double[] b)
    {
        var (function, most, slopes, magnitude) = (network.Layers[group.Layer].Function!, double.NegativeInfinity, new double[a.Length], 0.0);
        for (var i = 0; i < a.Length; i++)
        {
            var (lower, upper) = group.Octahedron[i];
            magnitude += (Math.Abs(a[i]) + (Math.Abs(b[i]) * Math.Max(1, function.LeftSlope))) * Math.Max(Math.Abs(lower), Math.Abs(upper));
        }
        foreach (var phases in group.Orthants)
        {
            for (var i = 0; i < a.Length; i++)
            {
                slopes[i] = a[i] + (b[i] * ((phases >> i & 1) == 1 ? 1 : function.LeftSlope));
            }
            most = Math.Max(most, group.Octahedron.Most(slopes, phases));
        }
        return most + (Rounding.Unit(8) * (magnitude + Math.Abs(most))) + Rounding.Underflow;
    }

    sealed record Group(int Layer, int[] Neurons, Octahedron Octahedron, List<(double[] Z, double[] H)> Corners, List<int> Orthants);
}
