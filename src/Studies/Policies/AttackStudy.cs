using System.Globalization;
using RL.Agents;
using RL.Drawing;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>What one planned attack came to.</summary>
/// <param name="Play">In play, where each attack meets states of its own making.</param>
/// <param name="SampleGain">Mean of loss − clean loss on one sample of clean play, the same for all.</param>
/// <param name="Certified">Share of that sample that is proven to keep its action within ε; null where it was not asked for.</param>
public sealed record AttackOutcome(AttackedEvaluationResult Play, double SampleGain, double? Certified);

/// <summary>Plays the episodes under one attack, elsewhere.</summary>
/// <param name="options">The attack.</param>
/// <param name="deviations">The standard deviations that ε is measured in, where they were measured in clean play; else null.</param>
/// <param name="stop">Ends it.</param>
public delegate Task<AttackedEvaluationResult> PlayAttacked(ObservationAttackOptions options, IReadOnlyList<double>? deviations, CancellationToken stop);

/// <summary>A comparison of attacks on one policy: clean play, then every attack on the same episodes.</summary>
/// <param name="Clean">What `./rl evaluate` gives.</param>
/// <param name="Outcomes">One per planned attack; of the first ones alone where the study was stopped.</param>
/// <param name="Unit">What ε is measured in.</param>
/// <param name="Deviations">The standard deviations, where they are measured in clean play.</param>
/// <param name="Sheet">Some frames before and after each attack; null where observations are not images.</param>
public sealed record AttackStudy(
    EvaluationResult Clean, IReadOnlyList<AttackOutcome> Outcomes, EpsilonUnit Unit, IReadOnlyList<double>? Deviations,
    ContactSheet? Sheet)
{
    /// <summary>Plays clean, then attacked by every attack of the plan, all on the same first states.</summary>
    /// <param name="policy">Plays clean and attacked.</param>
    /// <param name="environment">Is played.</param>
    /// <param name="plan">One attack or more.</param>
    /// <param name="episodes">Of each play.</param>
    /// <param name="seed">Of the first states.</param>
    /// <param name="explore">Draw actions as in training instead of acting greedily.</param>
    /// <param name="report">Takes a line on each play as soon as it is done.</param>
    /// <param name="certify">The clock of the certificates of the sample that are to stand beside attacks; null: none.</param>
    /// <param name="elsewhere">Plays the attacks, all of them at the same time; null: they are played here, one after the other.</param>
    /// <param name="progress">Told after every attacked step how far the study is; the text is made when it is asked for.</param>
    /// <param name="stop">Ends it: the study is that of the attacks that are done.</param>
    /// <exception cref="ArgumentException">An attack does not fit the policy.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before the first attack was done.</exception>
    public static AttackStudy Run(
        IPolicyNetwork policy, IVectorEnvironment environment, IReadOnlyList<PlannedAttack> plan, int episodes,
        ulong seed, bool explore = false, Action<string>? report = null, TimeProvider? certify = null,
        PlayAttacked? elsewhere = null, Action<Func<string>>? progress = null, CancellationToken stop = default)
    {
        using var scope = NewDisposeScope();
        var sample = new AttackSample(policy, environment);
        var play = CleanPlay.Run(policy, environment, episodes, seed, explore, _ => sample.Shown(), stop);
        var (clean, units) = (play.Evaluation, play.Units);
        report?.Invoke(string.Create(CultureInfo.InvariantCulture, $"clean: return {clean.Mean:N1}"));

        var played = elsewhere is null ? null : plan.Select(attack => attack.Options).Distinct().ToDictionary(
            options => options, options => elsewhere(options, play.Deviations, stop));
        var done = new Dictionary<ObservationAttackOptions, AttackOutcome>();
        var certified = new Dictionary<double, double?>();
        foreach (var attack in plan)
        {
            // A method whose passes are given by its nature is the same in every budget.
            if (done.ContainsKey(attack.Options))
            {
                continue;
            }

            AttackedEvaluationResult result;
            var steps = 0;
            void Played(StepOutcome? outcome)
            {
                steps += outcome is null ? 0 : 1;
                progress?.Invoke(() => string.Create(
                    CultureInfo.InvariantCulture, $"{done.Count:N0}/{plan.Count:N0} attacks  {attack.Options.Method} at ε {attack.EpsilonText}, step {steps:N0}"));
            }

            double gain;
            try
            {
                stop.ThrowIfCancellationRequested();
                // First, so that it is done while others play.
                gain = sample.Gain(units, attack.Options);
                result = played is null
                    ? AttackedEvaluation.Run(policy, environment, units, attack.Options, episodes, seed, explore, Played, stop)
                    : played[attack.Options].GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (done.Count > 0)
            {
                break;
            }

            if (!certified.TryGetValue(attack.Options.Epsilon, out var share))
            {
                share = certify is null ? null : sample.Certified(units, attack.Options.Epsilon, certify);
                certified.Add(attack.Options.Epsilon, share);
            }
            done.Add(attack.Options, new(result, gain, share));
            var (name, mean) = ($"{attack.Options.Method}, ε = {attack.EpsilonText}", result.Evaluation.Mean);
            report?.Invoke(string.Create(
                CultureInfo.InvariantCulture, $"{name}, {result.GradientPasses:0.#} passes: return {mean:N1}"));
        }

        plan = [.. plan.TakeWhile(attack => done.ContainsKey(attack.Options))];
        var largest = plan.MaxBy(attack => attack.Options.Epsilon)!;
        var sheet = sample.Draw(
            units, done.Keys.Where(options => options.Epsilon == largest.Options.Epsilon),
            $"{environment.Spec.Id}, ε = {largest.EpsilonText}: greedy actions");
        return new(
            clean,
            [.. plan.Select(attack => done[attack.Options])],
            play.Unit,
            play.Deviations,
            sheet);
    }
}
