namespace RL.Certification;

/// <summary>A hyperplane normal·x + offset = 0 on which a queried function has a kink.</summary>
/// <param name="Normal">Of length 1; its sign is chosen so that the largest element is positive.</param>
/// <param name="Offset">See above.</param>
/// <param name="Share">Of points drawn on the hyperplane within the box, how many have the kink: near 1 for neurons of the first layer.</param>
public sealed record ProbedNeuron(IReadOnlyList<double> Normal, double Offset, double Share);

/// <summary>
/// What queries alone tell of a network: critical points along lines from changes of slope, and the first layer's neurons from second differences
/// there, up to sign and scale (Carlini, Jagielski and Mironov 2020, "Cryptanalytic extraction of neural network models"). For float64 values; float32
/// ones are too coarse for these differences.
/// </summary>
/// <param name="function">Of [n] to one number: an output.</param>
/// <param name="lower">The box in which it may be queried [n].</param>
/// <param name="upper">See <paramref name="lower"/>.</param>
/// <param name="seed">Of the lines.</param>
/// <exception cref="ArgumentException">No function, or a box that is not one of finite numbers, the lower one first.</exception>
public sealed class NetworkProbe(Func<double[], double> function, double[] lower, double[] upper, ulong seed)
{
    /// <summary>Of values, relative to the largest seen: what differs by less is equal but for rounding.</summary>
    const double Equal = 1e-12;

    /// <summary>Where pieces are split: no round share, on which kinks might lie.</summary>
    const double Split = 0.48376;

    const double Shortest = 1e-7;
    const int CheckedPoints = 24;

    /// <summary>Shares of a piece at which it is compared with straight lines.</summary>
    static readonly double[] _chord = [0.21, 0.5, 0.83], _sides = [0.31, 0.66, 1];

    readonly Func<double[], double> _function = function ?? throw new ArgumentNullException(nameof(function));
    readonly double[] _lower = Box(lower, upper).Lower, _upper = Box(lower, upper).Upper;

    ulong _state = seed;
    double _largest;

    /// <summary>How often the function was called.</summary>
    public long Queries { get; private set; }

    /// <summary>Where the slope changes along a segment, as t in (0, 1), in order.</summary>
    /// <exception cref="ArgumentException">A value is not finite, or an end has another length.</exception>
    public IReadOnlyList<double> CriticalPoints(double[] from, double[] to)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(to);
        if (from.Length != _lower.Length || to.Length != _lower.Length)
        {
            throw new ArgumentException($"The ends have {from.Length} and {to.Length} numbers; allowed: {_lower.Length}, as many as the box.", nameof(to));
        }
        var found = new List<double>();
        double At(double t) => Query([.. from.Zip(to, (a, b) => a + (t * (b - a)))]);
        Search(At, 0, At(0), 1, At(1), found);
        return found;
    }

    /// <summary>The neurons whose hyperplanes go on straight through the whole box: those of the first layer, if they can be seen.</summary>
    /// <param name="lines">Random lines through the box that critical points are looked for on.</param>
    public IReadOnlyList<ProbedNeuron> FirstLayer(int lines)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(lines, 1);
        var neurons = new List<ProbedNeuron>();
        for (var line = 0; line < lines; line++)
        {
            var (from, to) = (Draw(), Draw());
            foreach (var t in CriticalPoints(from, to))
            {
                double[] x = [.. from.Zip(to, (a, b) => a + (t * (b - a)))];
                if (Normal(x) is { } normal && !neurons.Exists(neuron => IsNear(neuron, normal, x)))
                {
                    var offset = -normal.Zip(x, (a, b) => a * b).Sum();
                    neurons.Add(new(normal, offset, Share(normal, offset)));
                }
            }
        }
        return [.. neurons.Where(neuron => neuron.Share >= 0.5)];
    }

    void Search(Func<double, double> at, double from, double atFrom, double to, double atTo, List<double> found)
    {
        var length = to - from;
        bool IsOn(double t, double value) => Math.Abs(at(t) - value) <= 8 * Equal * _largest;
        double Chord(double t) => atFrom + ((t - from) / length * (atTo - atFrom));
        if (_chord.All(share => IsOn(from + (share * length), Chord(from + (share * length)))))
        {
            return;
        }
        if (length < Shortest)
        {
            found.Add(from + (length / 2));
            return;
        }
        // One kink: the lines from both ends meet at it.
        var step = length / 64;
        var (left, right) = ((at(from + step) - atFrom) / step, (atTo - at(to - step)) / step);
        var meet = (atTo - atFrom + (left * from) - (right * to)) / (left - right);
        if (meet > from + step && meet < to - step
            && _sides.All(share => IsOn(from + (share * (meet - from)), atFrom + (left * share * (meet - from)))
                && IsOn(to - (share * (to - meet)), atTo - (right * share * (to - meet)))))
        {
            found.Add(meet);
            return;
        }
        var middle = from + (Split * length);
        var atMiddle = at(middle);
        Search(at, from, atFrom, middle, atMiddle, found);
        Search(at, middle, atMiddle, to, atTo, found);
    }

    /// <summary>Of the hyperplane at a critical point; null where several are too near to each other.</summary>
    double[]? Normal(double[] x)
    {
        var n = x.Length;
        for (var step = 1e-2; step > 1e-5; step /= 8)
        {
            // f(x + εd) + f(x − εd) − 2f(x) = c (ε|a·d| − rest): twice, so that the rest, x's distance from the hyperplane, cancels.
            double Bend(double[] direction) => 2 * (Difference(x, direction, step) - Difference(x, direction, step / 2)) / step;
            var sizes = new double[n];
            for (var i = 0; i < n; i++)
            {
                sizes[i] = Bend(Axis(n, i));
            }
            var largest = Array.IndexOf(sizes, sizes.MaxBy(Math.Abs));
            var noise = 1e3 * Equal * _largest / step;
            if (!(Math.Abs(sizes[largest]) > noise))
            {
                return null;
            }
            var isOne = true;
            for (var i = 0; i < n && isOne; i++)
            {
                if (i == largest || Math.Abs(sizes[i]) <= noise)
                {
                    sizes[i] = i == largest ? sizes[i] : 0;
                    continue;
                }
                var both = Axis(n, i);
                both[largest] = 1;
                var (sum, bend) = (sizes[largest] + sizes[i], Bend(both));
                var difference = Math.Sign(sizes[largest]) * Math.Abs(sizes[largest] - sizes[i]);
                var isSame = Math.Abs(bend - sum) < Math.Abs(bend - difference);
                isOne = Math.Abs(bend - (isSame ? sum : difference)) <= (1e-4 * Math.Abs(sum)) + noise && sizes[i] * sizes[largest] > 0;
                sizes[i] = isSame ? sizes[i] : -sizes[i];
            }
            if (isOne)
            {
                var norm = Math.Sqrt(sizes.Sum(size => size * size)) * Math.Sign(sizes[largest]);
                return Array.ConvertAll(sizes, size => size / norm);
            }
        }
        return null;
    }

    /// <summary>Of points drawn on a hyperplane within the box, how many have a kink across it.</summary>
    double Share(double[] normal, double offset)
    {
        var (seen, all) = (0, 0);
        for (var attempt = 0; attempt < 40 * CheckedPoints && all < CheckedPoints; attempt++)
        {
            var x = Draw();
            var distance = normal.Zip(x, (a, b) => a * b).Sum() + offset;
            x = [.. x.Zip(normal, (at, along) => at - (distance * along))];
            if (!x.Zip(_lower, (at, low) => at >= low).All(isIn => isIn) || !x.Zip(_upper, (at, high) => at <= high).All(isIn => isIn))
            {
                continue;
            }
            const double step = 1e-4;
            all++;
            // A kink within the small step, on the hyperplane and not beside it.
            var (wide, narrow) = (Difference(x, normal, step), Difference(x, normal, step / 8));
            seen += Math.Abs(narrow) > 100 * Equal * _largest && Math.Abs((8 * narrow) - wide) < 0.05 * Math.Abs(wide) ? 1 : 0;
        }
        return all == 0 ? 0 : (double)seen / all;
    }

    double Difference(double[] x, double[] direction, double step) =>
        Query([.. x.Zip(direction, (at, along) => at + (step * along))]) + Query([.. x.Zip(direction, (at, along) => at - (step * along))]) - (2 * Query(x));

    static bool IsNear(ProbedNeuron neuron, double[] normal, double[] x) =>
        Math.Abs(neuron.Normal.Zip(normal, (a, b) => a * b).Sum()) > 1 - 1e-8 && Math.Abs(neuron.Normal.Zip(x, (a, b) => a * b).Sum() + neuron.Offset) < 1e-5;

    static double[] Axis(int n, int i)
    {
        var axis = new double[n];
        axis[i] = 1;
        return axis;
    }

    static (double[] Lower, double[] Upper) Box(double[] lower, double[] upper)
    {
        ArgumentNullException.ThrowIfNull(lower);
        ArgumentNullException.ThrowIfNull(upper);
        return lower.Length == upper.Length && lower.Length > 0 && lower.Zip(upper).All(ends => ends.First <= ends.Second && double.IsFinite(ends.Second - ends.First))
            ? (lower, upper)
            : throw new ArgumentException(
                $"The box is [{string.Join(", ", lower)}] to [{string.Join(", ", upper)}]; allowed: as many finite numbers, one or more, the lower ones first.");
    }

    double Query(double[] x)
    {
        Queries++;
        var value = _function(x);
        if (!double.IsFinite(value))
        {
            throw new ArgumentException($"The function is {value} at [{string.Join(", ", x)}]; allowed: finite numbers.");
        }
        _largest = Math.Max(_largest, Math.Abs(value));
        return value;
    }

    /// <summary>A point of the box.</summary>
    double[] Draw() => [.. _lower.Zip(_upper, (low, high) => low + (Uniform() * (high - low)))];

    /// <summary>In [0, 1) (SplitMix64: Steele, Lea and Flood 2014).</summary>
    double Uniform()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }
}
