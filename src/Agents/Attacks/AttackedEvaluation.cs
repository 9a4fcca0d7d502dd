using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>What an attack came to over some episodes.</summary>
/// <param name="Evaluation">Returns and lengths.</param>
/// <param name="Steps">Steps played.</param>
/// <param name="AttackedSteps">Those that were attacked.</param>
/// <param name="Flipped">
/// Share of the attacked steps whose action flipped: another discrete action; of a continuous one an element moved by more than
/// a quarter of its range.
/// </param>
/// <param name="ActionChange">Mean change of an element of continuous actions, in units of half the range; of discrete ones that
/// share.</param>
/// <param name="Loss">Mean over the attacked steps of what was made large.</param>
/// <param name="CleanLoss">The same at the true observations of these steps.</param>
/// <param name="GradientPasses">Gradients, each a forward and a backward pass, per attacked step.</param>
/// <param name="MillisecondsPerStep">CPU time of the attack per attacked step.</param>
public sealed record AttackedEvaluationResult(
    EvaluationResult Evaluation, long Steps, long AttackedSteps, double Flipped, double ActionChange, double Loss,
    double CleanLoss, double GradientPasses, double MillisecondsPerStep)
{
    /// <summary>What parts of the episodes, played apart, come to together; the episodes are in the order of the parts.</summary>
    public static AttackedEvaluationResult Of(IReadOnlyList<AttackedEvaluationResult> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts is [var whole])
        {
            return whole;
        }

        double Mean(Func<AttackedEvaluationResult, double> value) =>
            parts.Sum(part => value(part) * part.AttackedSteps) / Math.Max(parts.Sum(part => part.AttackedSteps), 1);
        return new(
            new(0, [.. parts.SelectMany(part => part.Evaluation.Returns)], [.. parts.SelectMany(part => part.Evaluation.Lengths)])
            {
                StepMeans = parts[0].Evaluation.StepMeans.Keys.ToDictionary(
                    tag => tag, tag => parts.Sum(part => part.Evaluation.StepMeans[tag] * part.Steps) / parts.Sum(part => part.Steps)),
            },
            parts.Sum(part => part.Steps), parts.Sum(part => part.AttackedSteps), Mean(part => part.Flipped), Mean(part => part.ActionChange),
            Mean(part => part.Loss), Mean(part => part.CleanLoss), Mean(part => part.GradientPasses), Mean(part => part.MillisecondsPerStep));
    }
}

/// <summary>Plays episodes with a policy whose observations are attacked.</summary>
public sealed class AttackedEvaluation
{
    /// <summary>Change of an element that counts as a flip: a quarter of its range.</summary>
    const float Flip = 0.5f;

    readonly IPolicyNetwork _policy;
    readonly ObservationAttack _attack;
    readonly ObservationAttackOptions _options;
    readonly Pcg64? _random;
    readonly int[] _attackedOfEpisode;
    long _steps, _attacked, _flipped, _passes;
    double _change, _loss, _cleanLoss;
    TimeSpan _time;

    AttackedEvaluation(
        IPolicyNetwork policy, ObservationAttack attack, ObservationAttackOptions options, int copies, bool explore)
    {
        (_policy, _attack, _options) = (policy, attack, options);
        _random = explore ? policy.NewRandom() : null;
        _attackedOfEpisode = new int[copies];
    }

    /// <summary>
    /// Plays as <see cref="Evaluation"/> does, on the same first states, with the same actions where nothing is attacked. The
    /// result but for the time depends on the networks, the environment, the options and the seed alone.
    /// </summary>
    /// <param name="policy">Plays.</param>
    /// <param name="environment">Is played.</param>
    /// <param name="units">Of ε.</param>
    /// <param name="options">Of the attack.</param>
    /// <param name="episodes">In all.</param>
    /// <param name="seed">Of the first states.</param>
    /// <param name="explore">Draw actions as in training, if the policy does, instead of acting greedily.</param>
    /// <param name="shown">As for <see cref="Evaluation"/>: told of every step.</param>
    /// <param name="stop">Ends it after the current step.</param>
    /// <exception cref="OperationCanceledException">It was stopped before the last episode was finished.</exception>
    public static AttackedEvaluationResult Run(
        IPolicyNetwork policy, IVectorEnvironment environment, ObservationUnits units, ObservationAttackOptions options,
        int episodes, ulong seed, bool explore = false, Action<StepOutcome?>? shown = null, CancellationToken stop = default)
    {
        using var attack = new ObservationAttack(policy, units, options);
        var play = new AttackedEvaluation(policy, attack, options, environment.Count, explore);
        var result = Evaluation.Run(play.Act, environment, episodes, seed, 0, play.Shown + shown, stop: stop);
        return result.Returns.Count == episodes ? play.Result(result) : throw new OperationCanceledException(stop);
    }

    void Act(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var inputs = _policy.Inputs(observations);
        var copies = Chosen(inputs, isPlaying);
        _steps += isPlaying.Count(playing => playing);
        if (copies.Length > 0)
        {
            var began = Environment.CpuUsage.TotalTime;
            var rows = tensor(copies, device: inputs.device);
            var attacked = _attack.Perturb(inputs.index_select(0, rows));
            _time += Environment.CpuUsage.TotalTime - began;
            inputs = inputs.clone();
            for (var i = 0; i < copies.Length; i++)
            {
                inputs[copies[i]] = attacked.Inputs[i];
                _attackedOfEpisode[copies[i]]++;
            }

            Count(attacked, copies.Length);
        }

        _policy.Act(inputs, actions, _random);
    }

    /// <summary>The copies that are attacked in this step.</summary>
    long[] Chosen(Tensor inputs, IReadOnlyList<bool> isPlaying)
    {
        var confidence = _options.Confidence is null ? null : _attack.Confidence(inputs).cpu().data<float>().ToArray();
        return [.. Enumerable.Range(0, isPlaying.Count)
            .Where(copy => isPlaying[copy]
                && (_options.Budget is not { } budget || _attackedOfEpisode[copy] < budget)
                && (confidence is null || confidence[copy] > _options.Confidence))
            .Select(copy => (long)copy)];
    }

    void Count(AttackedInputs attacked, int rows)
    {
        _attacked += rows;
        _passes += rows * attacked.GradientPasses;
        _loss += attacked.Loss.to(ScalarType.Float64).sum().ToDouble();
        _cleanLoss += attacked.CleanLoss.to(ScalarType.Float64).sum().ToDouble();
        _flipped += attacked.Changed.amax([1]).gt(Flip).sum().ToInt64();
        _change += attacked.Changed.mean([1]).to(ScalarType.Float64).sum().ToDouble();
    }

    void Shown(StepOutcome? outcome)
    {
        for (var copy = 0; copy < _attackedOfEpisode.Length; copy++)
        {
            if (outcome?.IsFinished(copy) ?? false)
            {
                _attackedOfEpisode[copy] = 0;
            }
        }
    }

    AttackedEvaluationResult Result(EvaluationResult evaluation)
    {
        var steps = Math.Max(_attacked, 1.0);
        return new(
            evaluation, _steps, _attacked, _flipped / steps, _change / steps, _loss / steps, _cleanLoss / steps, _passes / steps,
            _time.TotalMilliseconds / steps);
    }
}
