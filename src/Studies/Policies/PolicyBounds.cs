using RL.Agents;
using RL.Certification;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>Bounds of what a policy can do within boxes of network inputs, method after method.</summary>
sealed class PolicyBounds
{
    /// <summary>How far an element of a continuous action may move in units of half its range: a quarter of the range.</summary>
    public const double Flip = 0.5;

    readonly IPolicyNetwork _policy;
    readonly CertificationOptions _options;
    readonly NetworkGraph _graph;
    readonly IReadOnlyDictionary<BoundMethod, NetworkBounds> _bounds;
    readonly PhaseSearch? _search;

    /// <param name="policy">The policy.</param>
    /// <param name="options">Methods and arithmetic.</param>
    /// <param name="clock">For the time limit of branch and bound.</param>
    /// <exception cref="ArgumentException">The policy's network is not made of layers that there are bounds for.</exception>
    public PolicyBounds(IPolicyNetwork policy, CertificationOptions options, TimeProvider clock)
    {
        (_policy, _options, _graph) = (policy, options, NetworkGraph.Of(policy.Network));
        BoundMethod[] methods =
        [
            BoundMethod.Interval,
            .. options.Methods.Contains(CertificationMethod.Crown) ? [BoundMethod.Crown] : Array.Empty<BoundMethod>(),
            .. options.Methods.Contains(CertificationMethod.Alpha) ? [BoundMethod.Alpha] : Array.Empty<BoundMethod>(),
        ];
        _bounds = methods.ToDictionary(method => method, method => new NetworkBounds(_graph, new() { Method = method, Arithmetic = options.Arithmetic }));
        _search = options.Methods.Contains(CertificationMethod.Branch)
            ? new PhaseSearch(_graph, new() { Arithmetic = options.Arithmetic, MaxSeconds = options.Seconds }, clock)
            : null;
    }

    bool IsDiscrete => _policy.Head == PolicyHead.Logits;

    /// <summary>
    /// What is proven of a state: the margin that is left, and more of it by the kind of action. Stops as soon as the margin is above 0, but not
    /// with intervals alone, which say much less than what they prove.
    /// </summary>
    /// <param name="lower">The box of network inputs, in the order of the tensor.</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <param name="action">Of discrete actions the greedy one.</param>
    /// <param name="clean">Of continuous actions the clean one [action].</param>
    public (double Margin, int? Reachable, double[]? ActionLower, double[]? ActionUpper, string Method) Bound(
        double[] lower, double[] upper, int action, double[] clean)
    {
        var rows = IsDiscrete ? OutputRows.Margins(_graph.Outputs, action) : OutputRows.Each(_graph.Outputs);
        var (least, most) = (new double[rows.Count], new double[rows.Count]);
        Array.Fill(least, double.NegativeInfinity);
        Array.Fill(most, double.PositiveInfinity);
        var method = "";
        foreach (var (name, engine) in _bounds)
        {
            var found = engine.Bound(lower, upper, rows);
            method = name.ToString();
            Merge(least, most, found);
            if (name != BoundMethod.Interval && Margin(least, most, clean) > 0)
            {
                break;
            }
        }
        if (_search is not null && !(Margin(least, most, clean) > 0))
        {
            method = nameof(CertificationMethod.Branch);
            if (IsDiscrete)
            {
                least = _search.LowerBounds(lower, upper, rows, least);
            }
            else
            {
                // Both sides of each element: as far as it takes to say that it moves by less than a quarter of its range.
                var (floor, ceiling) = Targets(clean);
                least = _search.LowerBounds(lower, upper, rows, least, floor);
                var negative = new OutputRows(Array.ConvertAll(rows.Coefficients, x => -x), Array.ConvertAll(rows.Constants, x => -x));
                most = Array.ConvertAll(
                    _search.LowerBounds(lower, upper, negative, Array.ConvertAll(most, x => -x), Array.ConvertAll(ceiling, x => -x)), x => -x);
            }
        }
        var margin = Margin(least, most, clean);
        if (IsDiscrete)
        {
            return (margin, 1 + least.Count(bound => !(bound > 0)), null, null, method.ToLowerInvariant());
        }
        var (low, high) = Actions(least, most);
        return (margin, null, low, high, method.ToLowerInvariant());
    }

    /// <summary>Q(s, μ(s)) minus the least Q(s, μ(s′)) for s′ in the box, bounded on actor and critic as one network with s fixed in the critic.</summary>
    public double? ValueDrop(Tensor x, double[] lower, double[] upper)
    {
        if (_policy.Critic is not { } critic || _policy.Head != PolicyHead.Tanh)
        {
            return null;
        }
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var graph = NetworkGraph.Of(_policy.Network);
        graph.Activation(graph.Last, ActivationFunction.Tanh);
        GraphBuilder.Add(graph, graph.Last, critic.Given(x.unsqueeze(0)));
        var method = _bounds.Keys.Max();
        var engine = new NetworkBounds(graph, new() { Method = method, Arithmetic = _options.Arithmetic });
        var point = Numbers(x);
        return engine.Bound(point, point).Upper[0] - engine.Bound(lower, upper).Lower[0];
    }

    /// <summary>All elements as float64.</summary>
    public static double[] Numbers(Tensor tensor)
    {
        using var elements = tensor.detach().to(ScalarType.Float64, CPU).contiguous();
        return elements.data<double>().ToArray();
    }

    double Margin(double[] least, double[] most, double[] clean)
    {
        if (IsDiscrete)
        {
            return least.Min();
        }
        var (low, high) = Actions(least, most);
        return Flip - low.Zip(high, clean).Max(each => Math.Max(each.Third - each.First, each.Second - each.Third));
    }

    /// <summary>The actions that outputs between bounds are.</summary>
    (double[] Low, double[] High) Actions(double[] least, double[] most)
    {
        // A few units of float32 for the program's tanh.
        var slack = _options.Arithmetic == Arithmetic.Float32 ? 1e-6 : 0;
        // Of an output without a bound nothing is added or taken: ∞·0 is no number.
        double Room(double u) => double.IsFinite(u) ? Math.Abs(u) * slack : 0;
        double Low(double u) => _policy.Head == PolicyHead.Tanh ? ActivationFunction.Tanh.Value(u) - 1e-15 - slack : u - Room(u);
        double High(double u) => _policy.Head == PolicyHead.Tanh ? ActivationFunction.Tanh.Value(u) + 1e-15 + slack : u + Room(u);
        return (Array.ConvertAll(least, u => Math.Clamp(Low(u), -1, 1)), Array.ConvertAll(most, u => Math.Clamp(High(u), -1, 1)));
    }

    /// <summary>The outputs at which an element would have moved by a quarter of its range.</summary>
    (double[] Floor, double[] Ceiling) Targets(double[] clean)
    {
        const double room = 1e-4;
        double Output(double a) => a <= -1 ? double.NegativeInfinity : a >= 1 ? double.PositiveInfinity : _policy.Head == PolicyHead.Tanh ? Math.Atanh(a) : a;
        return (Array.ConvertAll(clean, a => Output(a - Flip + room)), Array.ConvertAll(clean, a => Output(a + Flip - room)));
    }

    static void Merge(double[] least, double[] most, RowBounds found)
    {
        for (var row = 0; row < least.Length; row++)
        {
            (least[row], most[row]) = (Math.Max(least[row], found.Lower[row]), Math.Min(most[row], found.Upper[row]));
        }
    }
}
