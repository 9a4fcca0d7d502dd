using RL.Environments;

namespace RL.Agents;

/// <summary>What ε is measured in.</summary>
public enum EpsilonUnit
{
    /// <summary>The range of bytes, 0 to 255.</summary>
    Range,

    /// <summary>The standard deviation in training, by which observations are normalised.</summary>
    TrainingDeviation,

    /// <summary>The standard deviation in clean play.</summary>
    MeasuredDeviation,
}

/// <summary>Episodes without an attack, which attacked ones are compared with and which say what ε is measured in.</summary>
/// <param name="Evaluation">Returns and lengths.</param>
/// <param name="Units">Of ε.</param>
/// <param name="Unit">Where they come from.</param>
/// <param name="Deviations">The standard deviations, where they were measured in this play.</param>
public sealed record CleanPlay(
    EvaluationResult Evaluation, ObservationUnits Units, EpsilonUnit Unit, IReadOnlyList<double>? Deviations)
{
    /// <summary>Plays as <see cref="Agents.Evaluation"/> does, with the policy alone: no action is refined.</summary>
    /// <param name="policy">Plays.</param>
    /// <param name="environment">Is played.</param>
    /// <param name="episodes">In all.</param>
    /// <param name="seed">Of the first states.</param>
    /// <param name="explore">Draw actions as in training instead of acting greedily.</param>
    /// <param name="shown">Called whenever the environment shows something new: after its reset with null, then with each step.</param>
    /// <param name="stop">Ends it after the current step.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static CleanPlay Run(
        IPolicyNetwork policy, IVectorEnvironment environment, int episodes, ulong seed, bool explore = false,
        Action<StepOutcome?>? shown = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(environment);
        var space = environment.ObservationSpace;
        var unit = !ObservationUnits.NeedDeviation(space) ? EpsilonUnit.Range
            : environment is NormalizedEnvironment { ObservationsAreNormalized: true } ? EpsilonUnit.TrainingDeviation
            : EpsilonUnit.MeasuredDeviation;
        var moments = unit == EpsilonUnit.MeasuredDeviation ? new RunningMoments(space.Size) : null;
        var vector = new double[space.Size];
        var random = explore ? policy.NewRandom() : null;
        var evaluation = Agents.Evaluation.Run(Act, environment, episodes, seed, 0, outcome =>
        {
            shown?.Invoke(outcome);
            for (var copy = 0; moments is not null && copy < environment.Count; copy++)
            {
                environment.Observations.RowToDouble(copy, vector);
                moments.Add(vector);
            }
        }, stop: stop);
        // A part of the episodes is nothing to compare attacks with.
        stop.ThrowIfCancellationRequested();
        var device = policy.Network.Device;
        return moments is null
            ? new(evaluation, ObservationUnits.Of(space, device), unit, null)
            : new(
                evaluation,
                ObservationUnits.Of(space, moments, device),
                unit,
                ObservationUnits.Deviations(moments));

        void Act(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying)
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            policy.Act(policy.Inputs(observations), actions, random);
        }
    }
}
