using System.Globalization;
using System.Text.Json;
using RL.Agents;
using RL.Studies;

namespace RL.Host;

/// <summary>The results of certifying a policy: table, certificates.json, certified.png and .svg, fragile.png, TensorBoard.</summary>
/// <param name="Command">As typed.</param>
/// <param name="Policy">File of the networks.</param>
/// <param name="Environment">Id of the task.</param>
/// <param name="Seed">Of the episodes.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Study">What came of it.</param>
sealed record CertificationReport(
    string Command, string Policy, string Environment, long Seed, CertificationOptions Options, CertificationStudy Study)
{
    public const string FileName = "certificates.json";

    /// <summary>Whether it was stopped before the last ε, or before the radii.</summary>
    public bool IsPartial { get; init; }

    /// <summary>What certificates.json holds.</summary>
    public object Document => new
    {
        Command,
        Partial = IsPartial,
        Policy,
        Environment,
        Seed,
        EpsilonUnit = Study.Unit,
        Options.Arithmetic,
        Options.Methods,
        Options.Attack,
        Options.AttackPasses,
        CleanReturn = Study.Clean.Mean,
        Study.WholeEpisodes,
        Results = Study.Results.Select(result => new
        {
            Epsilon = result.EpsilonText,
            Certified = result.Share(StateVerdict.Certified),
            Open = result.Share(StateVerdict.Open),
            Broken = result.Share(StateVerdict.Broken),
            result.CertifiedEpisodes,
            result.AttackMilliseconds,
            States = result.States.Select(state => state with { Margin = Finite(state.Margin), ValueDrop = Finite(state.ValueDrop) }),
        }),
        Study.Radii,
    };

    public void Print(TextWriter output)
    {
        var unit = Study.Unit switch
        {
            EpsilonUnit.Range => "range 0 to 255",
            EpsilonUnit.TrainingDeviation => "standard deviation in training",
            _ => "standard deviation in clean play",
        };
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"clean return {Study.Clean.Mean:N2}; {Study.Results[0].States.Count} state{(Study.Results[0].States.Count == 1 ? "" : "s")}, seed {Seed}; ε in units of the {unit}; certificates speak of "
            + $"{(Options.Arithmetic == Certification.Arithmetic.Float32 ? "the float32 program" : "the network in exact arithmetic")}"));
        string[] titles = Study.IsDiscrete
            ? ["ε", "certified", "open", "broken", "margin proven", "margin attacked", "reachable actions"]
            : ["ε", "certified", "open", "broken", "change proven", "change attacked", "fall of Q proven"];
        titles = [.. titles, .. Study.WholeEpisodes is null ? Array.Empty<string>() : ["episodes certified"], "CPU ms/state", "of it attack"];
        Table.Write(output, titles, Study.Results.Select(Row));
        if (Study.Radii is { } radii)
        {
            var attacked = radii.Where(radius => radius.Attacked is not null).ToList();
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"certified radius: mean {Radius(radii.Average(radius => radius.Certified))}; attacks break {attacked.Count} of {radii.Count} states"
                + $"{(attacked.Count == 0 ? "" : $", those at {Radius(attacked.Average(radius => radius.Attacked!.Value))} on average, where {Radius(attacked.Average(radius => radius.Certified))} is certified")}"));
        }
    }

    /// <summary>A radius as ε is given.</summary>
    string Radius(double value) => Study.Unit == EpsilonUnit.Range
        ? string.Create(CultureInfo.InvariantCulture, $"{255 * value:G4}/255")
        : value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>Writes everything into a folder, certificates.json last.</summary>
    public void Write(string folder, TimeProvider clock)
    {
        Directory.CreateDirectory(folder);
        using var events = new EventFile(folder, clock);
        foreach (var result in Study.Results)
        {
            var step = EpsilonSteps.Of(result.Epsilon, Study.Unit);
            events.Scalar("certify/certified", result.Share(StateVerdict.Certified), step);
            events.Scalar("certify/open", result.Share(StateVerdict.Open), step);
            events.Scalar("certify/broken", result.Share(StateVerdict.Broken), step);
            events.Scalar("certify/margin_attacked", result.States.Average(state => state.AttackMargin), step);
            if (result.States.Select(state => state.Margin).Where(margin => margin is { } known && double.IsFinite(known)).Average() is { } proven)
            {
                events.Scalar("certify/margin_proven", proven, step);
            }

            events.Scalar("certify/ms", Milliseconds(result), step);
        }
        Study.Chart($"{Environment}: what is proven").Save(Path.Combine(folder, "certified"));
        events.Image("certify/chart", File.ReadAllBytes(Path.Combine(folder, "certified.png")), 0);
        if (Study.Sheet is { } sheet)
        {
            sheet.Save(Path.Combine(folder, "fragile.png"));
            events.Image("certify/fragile", File.ReadAllBytes(Path.Combine(folder, "fragile.png")), 0);
        }
        AtomicFile.WriteText(Path.Combine(folder, FileName), JsonSerializer.Serialize(Document, OptionsJson.Settings) + "\n");
    }

    string[] Row(EpsilonCertificates result)
    {
        var proven = result.States.Where(state => state.Margin is { } margin && double.IsFinite(margin)).ToList();
        string Mean(Func<StateCertificate, double?> value, string format) =>
            proven.Select(value).Where(number => number is { } known && double.IsFinite(known)).Average()?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
        string Share(StateVerdict verdict) => result.Share(verdict).ToString("P1", CultureInfo.InvariantCulture);
        var attacked = result.States.Average(state => Study.IsDiscrete ? state.AttackMargin : PolicyChange(state.AttackMargin)).ToString("F3", CultureInfo.InvariantCulture);
        return
        [
            result.EpsilonText, Share(StateVerdict.Certified), Share(StateVerdict.Open), Share(StateVerdict.Broken),
            Mean(state => Study.IsDiscrete ? state.Margin : PolicyChange(state.Margin!.Value), "F3"), attacked,
            Study.IsDiscrete ? Mean(state => state.Reachable, "F1") : Mean(state => state.ValueDrop, "G4"),
            .. Study.WholeEpisodes is { } episodes ? [$"{result.CertifiedEpisodes?.ToString(CultureInfo.InvariantCulture) ?? "–"} of {episodes}"] : Array.Empty<string>(),
            Milliseconds(result).ToString("F1", CultureInfo.InvariantCulture), result.AttackMilliseconds.ToString("F1", CultureInfo.InvariantCulture),
        ];
    }

    /// <summary>The largest change of an element that a margin stands for.</summary>
    static double PolicyChange(double margin) => CertificationStudy.LargestChange - margin;

    static double Milliseconds(EpsilonCertificates result) => result.AttackMilliseconds + result.States.Average(state => state.Milliseconds);

    static double? Finite(double? number) => number is { } known && double.IsFinite(known) ? known : null;
}
