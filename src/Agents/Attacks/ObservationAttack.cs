using System.Text.Json;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Attacked inputs of a policy's network.</summary>
/// <param name="Inputs">x′ [B×InputShape], within ε of the true x and valid.</param>
/// <param name="Loss">What was made large, at x′ [B].</param>
/// <param name="CleanLoss">The same at x [B]; no more than <paramref name="Loss"/>, but of noise.</param>
/// <param name="Changed">How far the continuous actions moved, per element in units of half the range [B×action]; of discrete
/// ones 1 where another one is greedy [B×1].</param>
/// <param name="GradientPasses">Gradients taken per row.</param>
public sealed record AttackedInputs(Tensor Inputs, Tensor Loss, Tensor CleanLoss, Tensor Changed, long GradientPasses);

/// <summary>
/// Moves what a policy observes so that it acts otherwise: maximise a loss of the policy's outputs over the ball of radius ε
/// around the true observation, cut to the valid range (Huang et al. 2017; of continuous policies Zhang et al. 2020). Attacks
/// many observations at once.
/// </summary>
public sealed class ObservationAttack : IDisposable
{
    /// <summary>The layer of a network that sees images whose patterns ADR-GD relaxes, where nobody says which.</summary>
    const int LastLayer = -1;

    readonly IPolicyNetwork _policy;
    readonly ObservationUnits _units;
    readonly ObservationAttackOptions _options;
    readonly AttackLoss _loss;
    readonly Generator _generator;
    readonly IReluNetwork _network;             // of z = x / s
    readonly IInputOptimizer? _optimizer;       // null: noise

    /// <param name="policy">What is attacked.</param>
    /// <param name="units">Of ε.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">An option is not allowed, for this policy or at all.</exception>
    public ObservationAttack(IPolicyNetwork policy, ObservationUnits units, ObservationAttackOptions options)
    {
        ThrowUnlessFits(policy, options);
        (_policy, _units, _options, _loss) = (policy, units, options, LossOf(policy, options));
        _generator = new Generator(options.Seed, policy.Network.Device);
        var layers = options.Layers ?? (policy.Network is { InputShape.Count: > 1, ReluLayers: > 0 } ? [LastLayer] : null);
        var whole = AttackNetworks.Scaled(policy.Network, units.Scale);
        _network = AttackMethods.IsAdrGd(options.Method) ? PartialNetwork.Of(whole, layers) : whole;
        _optimizer = options.Method == AttackMethods.Noise
            ? null
            : AttackMethods.Create(
                options.Method,
                AttackMethods.Passes(options.Method, options.Passes),
                options,
                options.Epsilon * Math.Sqrt(policy.Network.InputShape.Aggregate(1.0, (product, size) => product * size)),
                policy.Network.InputShape.Count > 1,
                _generator);
    }

    bool IsDiscrete => _policy.Head == PolicyHead.Logits;

    /// <summary>Checks options for a policy.</summary>
    /// <exception cref="ArgumentException">Says which is not allowed, for this policy or at all, and what is.</exception>
    public static void ThrowUnlessFits(IPolicyNetwork policy, ObservationAttackOptions options)
    {
        options.Checked();
        if (Problem(policy, options) is { } problem)
        {
            throw new ArgumentException(problem);
        }
    }

    static string? Problem(IPolicyNetwork policy, ObservationAttackOptions options)
    {
        var isDiscrete = policy.Head == PolicyHead.Logits;
        var outputs = policy.Network.Outputs;
        var loss = Name(options.Loss);
        return options switch
        {
            { Loss: AttackLoss.CrossEntropy or AttackLoss.Margin or AttackLoss.Dlr } when !isDiscrete =>
                $"The loss {loss} is for discrete actions; this policy's are continuous: deviation or critic.",
            { Loss: AttackLoss.Deviation or AttackLoss.Critic } when isDiscrete =>
                $"The loss {loss} is for continuous actions; this policy's are discrete: cross_entropy, margin or dlr.",
            { Loss: AttackLoss.Dlr } when outputs < 3 => $"The loss dlr needs 3 actions or more; this policy has {outputs}.",
            { Loss: AttackLoss.Critic } when policy.Critic is null =>
                "The loss critic needs a critic Q(s, a), which this agent does not have; deviation needs none.",
            { Targeted: true, Loss: AttackLoss.Margin or AttackLoss.Dlr or AttackLoss.Critic } =>
                $"The loss {loss} cannot be targeted; cross_entropy and deviation can.",
            { Targeted: false, Target: not null } => "There is a target, but the attack is not targeted.",
            { Target: { } target } when isDiscrete
                && !(target is [var action] && action == Math.Floor(action) && action >= 0 && action < outputs) =>
                $"The target is {string.Join(", ", target)}; allowed: one action from 0 to {outputs - 1}.",
            { Target: { } target } when !isDiscrete && (target.Count != outputs || target.Any(a => !(a is >= -1 and <= 1))) =>
                $"The target is {string.Join(", ", target)}; allowed: {outputs} numbers from -1 to 1.",
            { WholeBytes: true } when policy.Network.InputShape.Count == 1 =>
                "Whole bytes are asked for, but the observations are not images.",
            _ => options.LayersProblem(policy.Network.ReluLayers),
        };
    }

    /// <summary>Attacks inputs.</summary>
    /// <param name="x">True inputs [B×InputShape].</param>
    public AttackedInputs Perturb(Tensor x)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var before = _policy.Network.Forward(x);
        var score = ScoreAt(x, before);
        var cleanLoss = score.Value(before);
        var (lower, upper) = _units.Ball(x, _options.Epsilon);
        var (moved, passes) = _optimizer is null ? (Corner(lower, upper), 0) : Optimum(x, lower, upper, score);

        // Into the ball to the last bit: z = x / s was rounded.
        moved = minimum(maximum(moved, lower), upper);
        moved = _options.WholeBytes ? Rounded(moved, lower, upper) : moved;
        var after = _policy.Network.Forward(moved);
        var loss = score.Value(after);
        if (_optimizer is not null)
        {
            // Never worse than doing nothing, whatever the start was and however it was rounded.
            var isNoWorse = loss.ge(cleanLoss);
            moved = where(isNoWorse.reshape([x.shape[0], .. x.shape[1..].Select(_ => 1L)]), moved, x);
            after = where(isNoWorse.unsqueeze(1), after, before);
            loss = where(isNoWorse, loss, cleanLoss);
        }

        var changed = IsDiscrete
            ? after.argmax(1, keepdim: true).ne(before.argmax(1, keepdim: true)).to(x.dtype)
            : (ActionHeads.Action(after, _policy.Head) - ActionHeads.Action(before, _policy.Head)).abs();
        return new(
            moved.MoveToOuterDisposeScope(),
            loss.MoveToOuterDisposeScope(),
            cleanLoss.MoveToOuterDisposeScope(),
            changed.MoveToOuterDisposeScope(),
            passes);
    }

    /// <summary>
    /// How sure the policy is of its action, in [0, 1] [B]: max π − min π of a discrete one (Lin et al. 2017, eq. 4); of a
    /// continuous one the mean distance of the action's elements from the middle of their ranges, in units of half the range.
    /// </summary>
    public Tensor Confidence(Tensor x)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var outputs = _policy.Network.Forward(x);
        if (!IsDiscrete)
        {
            return ActionHeads.Action(outputs, _policy.Head).abs().clamp(max: 1.0).mean([1]).MoveToOuterDisposeScope();
        }

        var probabilities = outputs.softmax(1);
        return (probabilities.max(1).values - probabilities.min(1).values).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose() => _generator.Dispose();

    /// <summary>As options write it.</summary>
    static string Name(AttackLoss loss) => JsonNamingPolicy.SnakeCaseLower.ConvertName(loss.ToString());

    static AttackLoss LossOf(IPolicyNetwork policy, ObservationAttackOptions options) =>
        options.Loss != AttackLoss.Default ? options.Loss
        : policy.Head == PolicyHead.Logits ? AttackLoss.CrossEntropy
        : AttackLoss.Deviation;

    (Tensor Moved, long Passes) Optimum(Tensor x, Tensor lower, Tensor upper, Score score)
    {
        var scale = _units.Scale;
        Tensor InUnits(Tensor value) => scale is null ? value : value / scale;
        var region = new Box(InUnits(lower), InUnits(upper));
        // The deviation has no gradient at the true observation, where it is least.
        var isRandom = _options.RandomStart || (_loss == AttackLoss.Deviation && !_options.Targeted);
        var start = isRandom ? region.Sample(x, _generator) : InUnits(x);
        var optimum = _optimizer!.Maximize(new Objective(_network, score), start, region);
        return (scale is null ? optimum.X : optimum.X * scale, optimum.GradientPasses);
    }

    Tensor Corner(Tensor lower, Tensor upper) =>
        where(rand(lower.shape, dtype: lower.dtype, device: lower.device, generator: _generator).lt(0.5), lower, upper);

    Score ScoreAt(Tensor x, Tensor outputs) => (_loss, _options.Targeted) switch
    {
        (AttackLoss.Critic, _) => new CriticScore(_policy.Critic!.Given(x), _policy.Head),
        (AttackLoss.Deviation, true) => new ActionDistanceScore(ContinuousTarget(outputs), _policy.Head, -1),
        (AttackLoss.Deviation, _) => new ActionDistanceScore(ActionHeads.Action(outputs, _policy.Head), _policy.Head, 1),
        _ => _options.LogitScore(() => outputs.argmax(1), () => DiscreteTarget(outputs)),
    };

    Tensor DiscreteTarget(Tensor outputs) => _options.Target is [var action]
        ? full(outputs.shape[0], (long)action, dtype: ScalarType.Int64, device: outputs.device)
        : outputs.neg().argmax(1);

    Tensor ContinuousTarget(Tensor outputs) => _options.Target is { } target
        ? zeros_like(outputs) + tensor([.. target.Select(a => (float)a)], device: outputs.device)
        : where(outputs.gt(0), full([1], -1f, device: outputs.device), full([1], 1f, device: outputs.device));

    /// <summary>The nearest multiples of 1/255 that are in the ball.</summary>
    static Tensor Rounded(Tensor x, Tensor lower, Tensor upper)
    {
        const double levels = 255;
        // Bounds that are whole levels but for rounding count as whole.
        const double slack = 1e-3;
        Tensor Floor(Tensor value) => value.div(1.0, RoundingMode.floor);
        var least = Floor((lower * levels) - slack) + 1;
        var most = Floor((upper * levels) + slack);
        return minimum(maximum(Floor((x * levels) + 0.5), least), most) / levels;
    }
}
