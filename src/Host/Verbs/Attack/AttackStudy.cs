using System.Globalization;
using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>A comparison of attacks on one policy: clean play, then every attack on the same episodes.</summary>
/// <param name="Clean">What `./rl evaluate` gives.</param>
/// <param name="Results">One per planned attack.</param>
/// <param name="Deviations">What ε is measured in, of observations that are neither images nor normalised: measured in clean play.</param>
/// <param name="Sheet">Some frames before and after each attack; null where observations are not images.</param>
sealed record AttackStudy(
    EvaluationResult Clean,
    IReadOnlyList<AttackedEvaluationResult> Results,
    IReadOnlyList<double>? Deviations,
    AttackPicture? Sheet)
{
    /// <summary>Whether ε is a share of the range of bytes, rather than a number of standard deviations.</summary>
    public required bool IsRange { get; init; }

    /// <summary>What ε is measured in, in words.</summary>
    public string UnitName => IsRange ? "range 0 to 255" : Deviations is null
        ? "standard deviation in training"
        : "standard deviation in clean play";

    public static AttackStudy Run(
        IAgent agent, IPolicyNetwork policy, IVectorEnvironment environment, IReadOnlyList<PlannedAttack> plan, int episodes, ulong seed,
        StatusLine status)
    {
        using var scope = NewDisposeScope();
        var space = environment.ObservationSpace;
        var isMeasured = ObservationUnits.NeedDeviation(space) && environment is not NormalizedEnvironment { ObservationsAreNormalized: true };
        var moments = isMeasured ? new RunningMoments(space.Size) : null;
        var vector = new double[space.Size];
        var frames = new AttackFrames(policy, environment);
        var clean = Evaluation.Run(agent, environment, episodes, seed, 0, outcome =>
        {
            frames.Shown();
            for (var copy = 0; moments is not null && copy < environment.Count; copy++)
            {
                environment.Observations.RowToDouble(copy, vector);
                moments.Add(vector);
            }
        });
        status.WriteLine(string.Create(CultureInfo.InvariantCulture, $"clean: return {clean.Mean:N1}"));

        var device = policy.Network.Device;
        var units = moments is null ? ObservationUnits.Of(space, device) : ObservationUnits.Of(space, moments, device);
        var done = new Dictionary<ObservationAttackOptions, AttackedEvaluationResult>();
        var results = new List<AttackedEvaluationResult>();
        foreach (var attack in plan)
        {
            // A method whose passes are given by its nature is the same in every budget.
            if (!done.TryGetValue(attack.Options, out var result))
            {
                result = AttackedEvaluation.Run(policy, environment, units, attack.Options, episodes, seed);
                done.Add(attack.Options, result);
                status.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{attack.Options.Method}, ε = {attack.EpsilonText}, {result.GradientPasses:0.#} passes: return {result.Evaluation.Mean:N1}"));
            }

            results.Add(result);
        }

        double[]? deviations = moments is null ? null : [.. Enumerable.Range(0, moments.Size).Select(i => Math.Sqrt(moments.Variance(i)))];
        return new(clean, results, deviations, frames.Attack(units, plan)) { IsRange = !ObservationUnits.NeedDeviation(space) };
    }
}
