using System.Globalization;
using RL.Agents;
using RL.Drawing;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>States to be attacked and certified.</summary>
public sealed class CertifiedStates
{
    const int Frames = 8, Magnification = 20;

    /// <summary>Radii are tried down to this share of the largest, and found to <see cref="Precision"/>.</summary>
    const double LeastRadius = 1e-3, Precision = 1.01, AttackStep = 1.2;

    readonly IPolicyNetwork _policy;
    readonly PolicyBounds _bounds;
    readonly CertificationOptions _options;
    readonly ObservationUnits _units;
    readonly Tensor _inputs;
    readonly ulong _seed;
    readonly double[][] _clean;

    /// <param name="policy">The policy.</param>
    /// <param name="options">How.</param>
    /// <param name="units">Of ε.</param>
    /// <param name="inputs">Network inputs of the true observations [states×InputShape].</param>
    /// <param name="seed">Of what attacks draw.</param>
    /// <param name="clock">For the time limit of branch and bound.</param>
    /// <exception cref="ArgumentException">There are no bounds for the policy's layers.</exception>
    public CertifiedStates(IPolicyNetwork policy, CertificationOptions options, ObservationUnits units, Tensor inputs, ulong seed, TimeProvider clock)
        : this(policy, new PolicyBounds(policy, options, clock), options, units, inputs, seed)
    {
    }

    internal CertifiedStates(
        IPolicyNetwork policy, PolicyBounds bounds, CertificationOptions options, ObservationUnits units, Tensor inputs, ulong seed) =>
        (_policy, _bounds, _options, _units, _inputs, _seed, _clean) = (policy, bounds, options, units, inputs, seed, Rows(policy.Network.Forward(inputs)));

    bool IsDiscrete => _policy.Head == PolicyHead.Logits;

    /// <summary>How many there are.</summary>
    public int Count => (int)_inputs.shape[0];

    /// <summary>Told of ε after every state that is certified for it; null: nobody is.</summary>
    internal Action<double>? Certified { get; init; }

    /// <summary>Whether the states of a policy are images that a sheet shows.</summary>
    public static bool AreDrawn(IPolicyNetwork policy) => policy is { Head: PolicyHead.Logits, Network.InputShape: [1 or 3, _, _] };

    /// <summary>
    /// Attacks all states, then bounds those that held. Once stopped, the states are the first ones, one at least.
    /// </summary>
    public ShardCertificates Certify(double epsilon, CancellationToken stop)
    {
        var began = Environment.CpuUsage.TotalTime;
        var (attacked, margins) = Attack(epsilon, _inputs, Enumerable.Range(0, Count).ToArray());
        var milliseconds = (Environment.CpuUsage.TotalTime - began).TotalMilliseconds / Count;
        var states = new List<StateCertificate>();
        while (states.Count < Count && (states.Count == 0 || !stop.IsCancellationRequested))
        {
            states.Add(Certify(states.Count, epsilon, margins[states.Count]));
            Certified?.Invoke(epsilon);
        }

        return new(states, AreDrawn(_policy) ? attacked : null, milliseconds);
    }

    /// <summary>The certified radius of every state, and the smallest one that an attack breaks it at, up to a largest one.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public IReadOnlyList<StateRadius> Radii(double largest, CancellationToken stop)
    {
        var attacked = new double?[Count];
        for (var radius = largest * LeastRadius; radius < largest * AttackStep && largest > 0; radius *= AttackStep)
        {
            stop.ThrowIfCancellationRequested();
            var left = Enumerable.Range(0, Count).Where(state => attacked[state] is null).ToArray();
            if (left.Length == 0)
            {
                break;
            }
            using var rows = tensor(left.Select(state => (long)state).ToArray());
            var (_, margins) = Attack(radius, _inputs.index_select(0, rows), left);
            for (var i = 0; i < left.Length; i++)
            {
                attacked[left[i]] = margins[i] < 0 ? radius : null;
            }
        }
        return [.. attacked.Select((radius, state) =>
        {
            stop.ThrowIfCancellationRequested();
            return new StateRadius(CertifiedRadius(state, radius ?? largest), radius);
        })];
    }

    /// <summary>The most fragile states, if they are images: clean, the attack's change, attacked; below stands the greedy action.</summary>
    internal ContactSheet? Draw(EpsilonCertificates result, Tensor? attacked, string title)
    {
        if (attacked is null)
        {
            return null;
        }
        var fragile = Enumerable.Range(0, result.States.Count).OrderBy(state => result.States[state].Verdict switch
        {
            StateVerdict.Broken => 0,
            StateVerdict.Open => 1,
            _ => 2,
        }).ThenBy(state => Math.Min(result.States[state].AttackMargin, result.States[state].Margin ?? double.PositiveInfinity)).Take(Frames).ToArray();
        var after = Rows(_policy.Network.Forward(attacked));
        static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
        string Left(int state) => result.States[state] is { Margin: { } margin } open
            ? $"margin {Number(margin)} … {Number(open.AttackMargin)}"
            : $"margin {Number(result.States[state].AttackMargin)}";
        SheetRow Row(string label, Func<int, Tensor> image, Func<int, string> caption, Func<int, bool> standsOut) =>
            new(label, [.. fragile.Select(state => new SheetCell(ByteImage.FromTensor(image(state)), caption(state), standsOut(state)))]);
        return new ContactSheet(title, [], [
            Row("clean", state => _inputs[state], state => $"{Greedy(_clean[state])}", _ => false),
            Row($"change ×{Magnification}", state => ((attacked[state] - _inputs[state]) * Magnification) + 0.5, Left, _ => false),
            Row(
                "attacked", state => attacked[state], state => $"{Greedy(_clean[state])} → {Greedy(after[state])}",
                state => Greedy(_clean[state]) != Greedy(after[state])),
        ])
        { Zoom = 2 };
    }

    StateCertificate Certify(int state, double epsilon, double attackMargin)
    {
        if (attackMargin < 0)
        {
            return new(StateVerdict.Broken, attackMargin, null, null, null, null, null, "attack", 0);
        }
        var began = Environment.CpuUsage.TotalTime;
        var (lower, upper) = BoxOf(_inputs[state], epsilon);
        var (margin, reachable, low, high, method) = _bounds.Bound(lower, upper, Greedy(_clean[state]), IsDiscrete ? [] : Action(_clean[state]));
        if (margin > attackMargin + (1e-6 * (1 + Math.Abs(attackMargin))))
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"State {state}, ε = {epsilon}: an attack leaves {attackMargin}, and {margin} is said to be proven: a certificate is wrong."));
        }
        var drop = _bounds.ValueDrop(_inputs[state], lower, upper);
        return new(
            margin > 0 ? StateVerdict.Certified : StateVerdict.Open, attackMargin, margin, reachable, low, high, drop, method,
            (Environment.CpuUsage.TotalTime - began).TotalMilliseconds);
    }

    /// <summary>The largest radius below one that is not certified, itself certified as all smaller ones that were tried.</summary>
    double CertifiedRadius(int state, double most)
    {
        bool IsCertified(double radius)
        {
            var (lower, upper) = BoxOf(_inputs[state], radius);
            return _bounds.Bound(lower, upper, Greedy(_clean[state]), IsDiscrete ? [] : Action(_clean[state])).Margin > 0;
        }
        var (low, high) = (most * LeastRadius, most);
        if (!IsCertified(low))
        {
            return 0;
        }
        while (high / low > Precision)
        {
            var middle = Math.Sqrt(low * high);
            (low, high) = IsCertified(middle) ? (middle, high) : (low, middle);
        }
        return low;
    }

    /// <summary>What an attack makes of states, and the margins that it leaves: the worst of what it found and of the clean state.</summary>
    (Tensor Inputs, double[] Margins) Attack(double epsilon, Tensor x, int[] states)
    {
        using var attack = new ObservationAttack(_policy, _units, new ObservationAttackOptions
        {
            Method = _options.Attack,
            Passes = AttackMethods.Passes(_options.Attack, _options.AttackPasses),
            Loss = IsDiscrete ? AttackLoss.Margin : AttackLoss.Deviation,
            Epsilon = epsilon,
            Seed = _seed,
        });
        var found = attack.Perturb(x);
        var outputs = Rows(_policy.Network.Forward(found.Inputs));
        return (found.Inputs, [.. outputs.Select((after, i) => Math.Min(Margin(states[i], _clean[states[i]]), Margin(states[i], after)))]);
    }

    /// <summary>How much is left before the action changes. Of equal logits the first is greedy: what would lose to it has a margin below 0.</summary>
    double Margin(int state, double[] outputs)
    {
        if (!IsDiscrete)
        {
            return PolicyBounds.Flip - Action(outputs).Zip(Action(_clean[state]), (after, before) => Math.Abs(after - before)).Max();
        }
        var action = Greedy(_clean[state]);
        var margin = outputs.Where((_, j) => j != action).Select(other => outputs[action] - other).Min();
        return margin == 0 && Greedy(outputs) != action ? -double.Epsilon : margin;
    }

    double[] Action(double[] outputs) => Array.ConvertAll(outputs, u => _policy.Head == PolicyHead.Tanh ? Math.Tanh(u) : Math.Clamp(u, -1, 1));

    /// <summary>All inputs of the ball, as numbers and as the float32 numbers that an attack may use.</summary>
    (double[] Lower, double[] Upper) BoxOf(Tensor x, double epsilon)
    {
        var (lower, upper) = _units.Ball(x.unsqueeze(0), epsilon);
        var (least, most) = (PolicyBounds.Numbers(lower), PolicyBounds.Numbers(upper));
        var (centre, low, high) = (PolicyBounds.Numbers(x), PolicyBounds.Numbers(_units.Low), PolicyBounds.Numbers(_units.High));
        var scale = _units.Scale is null ? [1.0] : PolicyBounds.Numbers(_units.Scale);
        for (var d = 0; d < centre.Length; d++)
        {
            var radius = epsilon == 0 ? 0 : Math.BitIncrement(epsilon * scale[d % scale.Length]);
            var (from, to) = (low[d % low.Length], high[d % high.Length]);
            least[d] = Math.Min(least[d], Math.Max(Math.BitDecrement(centre[d] - radius), Math.Min(centre[d], from)));
            most[d] = Math.Max(most[d], Math.Min(Math.BitIncrement(centre[d] + radius), Math.Max(centre[d], to)));
        }
        return (least, most);
    }

    static int Greedy(double[] outputs) => Array.IndexOf(outputs, outputs.Max());

    static double[][] Rows(Tensor outputs) => [.. PolicyBounds.Numbers(outputs).Chunk((int)outputs.shape[1])];
}
