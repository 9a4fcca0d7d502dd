using System.Globalization;
using System.Text.Json;
using RL.Agents;
using RL.Studies;

namespace RL.Host;

/// <summary>The results of a comparison of attacks: table, attack.json, attack.png, TensorBoard.</summary>
/// <param name="Command">As typed.</param>
/// <param name="Policy">File of the networks.</param>
/// <param name="Environment">Id of the task.</param>
/// <param name="Seed">Of the episodes.</param>
/// <param name="Explore">Actions were drawn as in training.</param>
/// <param name="Plan">What was asked for.</param>
/// <param name="Study">What came of it.</param>
sealed record AttackReport(
    string Command, string Policy, string Environment, long Seed, bool Explore, IReadOnlyList<PlannedAttack> Plan,
    AttackStudy Study)
{
    public const string FileName = "attack.json";

    const string SheetName = "attack.png";

    static readonly string[] _titles =
    [
        "passes", "ε", "method", "used", "return", "attacked", "flipped", "change", "loss", "clean loss", "sample gain",
        "CPU ms/step",
    ];

    ObservationAttackOptions Common => Plan[0].Options;

    /// <summary>Whether it was stopped before the last attack.</summary>
    public bool IsPartial => Study.Outcomes.Count < Plan.Count;

    /// <summary>What attack.json holds.</summary>
    public object Document => new
    {
        Command,
        Partial = IsPartial,
        Policy,
        Environment,
        Seed,
        Explore,
        Episodes = Study.Clean.Returns.Count,
        EpsilonUnit = Study.Unit,
        Study.Deviations,
        Common.Loss,
        Common.Targeted,
        Common.Target,
        Common.Layers,
        Common.Confidence,
        Common.Budget,
        Common.WholeBytes,
        Clean = Play(Study.Clean),
        Results = Plan.Zip(Study.Outcomes, (attack, outcome) => new
        {
            attack.Options.Method,
            Epsilon = attack.EpsilonText,
            attack.Budget,
            attack.Options.StepSize,
            attack.Options.Restarts,
            attack.Options.Momentum,
            outcome.Play.GradientPasses,
            outcome.Play.Steps,
            outcome.Play.AttackedSteps,
            outcome.Play.Flipped,
            outcome.Play.ActionChange,
            outcome.Play.Loss,
            outcome.Play.CleanLoss,
            outcome.SampleGain,
            outcome.Certified,
            outcome.Play.MillisecondsPerStep,
            Play = Play(outcome.Play.Evaluation),
        }),
    };

    public void Print(TextWriter output)
    {
        var unit = Study.Unit switch
        {
            EpsilonUnit.Range => "range 0 to 255",
            EpsilonUnit.TrainingDeviation => "standard deviation in training",
            _ => "standard deviation in clean play",
        };
        output.WriteLine(
            $"clean return {Return(Study.Clean)} over {Study.Clean.Returns.Count} episodes, seed {Seed}; "
            + $"ε in units of the {unit}");
        var isCertified = Study.Outcomes[0].Certified is not null;
        Table.Write(
            output, isCertified ? [.. _titles, "certified"] : _titles,
            Plan.Zip(Study.Outcomes, (attack, outcome) => outcome.Certified is { } share
                ? [.. Row(attack, outcome), share.ToString("P1", CultureInfo.InvariantCulture)]
                : Row(attack, outcome)));
    }

    /// <summary>Writes everything into a folder, attack.json last.</summary>
    public void Write(string folder, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        WriteEvents(folder, clock);
        if (Study.Sheet is { } sheet)
        {
            var path = Path.Combine(folder, SheetName);
            sheet.Save(path);
            using var events = new EventFile(folder, clock);
            events.Image("attack/sheet", File.ReadAllBytes(path), 0);
        }

        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(Document, OptionsJson.Settings) + "\n");
    }

    /// <summary>A folder of events, a curve over ε from clean play on, for each method and budget.</summary>
    void WriteEvents(string folder, TimeProvider clock)
    {
        foreach (var curve in Plan.Zip(Study.Outcomes).GroupBy(pair => (pair.First.Options.Method, pair.First.Budget)))
        {
            var path = Path.Combine(folder, $"{curve.Key.Method}-{curve.Key.Budget}");
            Directory.CreateDirectory(path);
            using var events = new EventFile(path, clock);
            events.Scalar("attack/return", Study.Clean.Mean, 0);
            events.Scalar("attack/return_error", StandardError(Study.Clean), 0);
            foreach (var (attack, (result, gain, _)) in curve.OrderBy(pair => pair.First.Options.Epsilon))
            {
                var step = EpsilonSteps.Of(attack.Options.Epsilon, Study.Unit);
                events.Scalar("attack/return", result.Evaluation.Mean, step);
                events.Scalar("attack/return_error", StandardError(result.Evaluation), step);
                events.Scalar("attack/flipped", result.Flipped, step);
                events.Scalar("attack/action_change", result.ActionChange, step);
                events.Scalar("attack/loss", result.Loss, step);
                events.Scalar("attack/sample_gain", gain, step);
                events.Scalar("attack/passes", result.GradientPasses, step);
                events.Scalar("attack/ms", result.MillisecondsPerStep, step);
            }
        }
    }

    static string[] Row(PlannedAttack attack, AttackOutcome outcome)
    {
        var result = outcome.Play;
        string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
        return
        [
            attack.Budget,
            attack.EpsilonText,
            attack.Options.Method,
            Text(result.GradientPasses, "0.#"),
            Return(result.Evaluation),
            Text((double)result.AttackedSteps / result.Steps, "P1"),
            Text(result.Flipped, "P1"),
            Text(result.ActionChange, "F3"),
            Text(result.Loss, "G4"),
            Text(result.CleanLoss, "G4"),
            Text(outcome.SampleGain, "G4"),
            Text(result.MillisecondsPerStep, "F2"),
        ];
    }

    static string Return(EvaluationResult result) =>
        string.Create(CultureInfo.InvariantCulture, $"{result.Mean:N2} ± {StandardError(result):N2}");

    /// <summary>Standard error of the mean return: sample standard deviation / √episodes; 0 of one episode.</summary>
    static double StandardError(EvaluationResult result) =>
        result.Returns.Count < 2 ? 0 : result.StandardDeviation / Math.Sqrt(result.Returns.Count - 1);

    static object Play(EvaluationResult result) => new
    {
        result.Mean,
        StandardError = StandardError(result),
        result.StandardDeviation,
        result.Returns,
        result.Lengths,
    };
}
