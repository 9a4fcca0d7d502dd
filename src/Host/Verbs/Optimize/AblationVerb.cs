using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Drawing;
using RL.InputOpt;
using RL.Studies;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>Compares every optimiser, and ADR-GD without its parts, on random networks.</summary>
static class AblationVerb
{
    static readonly Option<string> _net = new("--net")
    {
        Description = "Random networks 10-64-64-1 (small) or 128-500-500-500-1 (large), or a safetensors file with one [n → 1].",
        HelpName = "small|large|FILE",
        DefaultValueFactory = _ => "small",
    };

    static readonly Option<int?> _nets = new("--nets")
    {
        Description = "How many random networks. Default: 40 small or 20 large.",
        HelpName = "N",
    };

    static readonly RecordArguments _settings = new(
        [("--effort", "reference_effort"), ("--certify", "certify_seconds")], ("ablation", new AblationOptions()));

    static readonly Option<string?> _json = new("--json") { Description = "Write the results to this JSON file.", HelpName = "FILE" };

    static readonly Option<string?> _plot = new("--plot")
    {
        Description = "Draw value against passes and against time: writes FILE-passes and FILE-time, as .png and .svg.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _events = CommonOptions.Events();

    public static Command Create(HostConsole console)
    {
        var command = new Command("ablation", "Compare every optimiser, and ADR-GD without its parts, on random networks.")
        {
            _settings.Assignments, _net, _nets, _json, _plot, _events,
        };
        _settings.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithHelp(
            _settings,
            "./rl optimize ablation",
            "./rl optimize ablation --nets 10 --certify 300",
            "./rl optimize ablation --net large --nets 20 --json large.json --plot large",
            "./rl optimize ablation --net critic.safetensors --passes 300 adr_gd.penalty=2");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var (net, json, plot) = (parsed.GetValue(_net)!, parsed.GetValue(_json), parsed.GetValue(_plot));
        var isRandom = net is "small" or "large";
        var count = parsed.GetValue(_nets) ?? net switch { "small" => 40, "large" => 20, _ => 1 };
        Require.Within("--nets", count, 1, isRandom ? int.MaxValue : 1);
        Require.OutputFile("--json", json);
        Require.OutputFile("--plot", plot);
        PictureEvents.ThrowUnlessPng(parsed.GetValue(_events), "--plot", plot);
        if (!isRandom)
        {
            Require.InputFile("--net", net);
        }

        var options = _settings.Bind<AblationOptions>(parsed);
        using var scope = NewDisposeScope();
        var networks = Networks(net, count, options.Seed);
        options = _settings.Bind(parsed, new AblationOptions { AdrGd = AblationStudy.PublishedSettings(networks[0]()) });
        var progress = new StudyProgress(status, count, "networks");
        progress.Begin();
        var study = AblationStudy.Run(networks, options, console.Clock, (_, _) => progress.Done(), interruption.Token);
        status.End();

        var culture = CultureInfo.InvariantCulture;
        var isPartial = study.Best.Count < count;
        console.Out.WriteLine(string.Create(
            culture, $"{(isPartial ? $"partial: {study.Best.Count} of " : "")}{count} networks ({net}), {options.Passes} passes, best known values {study.Best.Average():F2} on average"));
        string[] certified = [];
        if (study.Certificates is { Count: > 0 } proofs)
        {
            console.Out.WriteLine(string.Create(
                culture,
                $"certified: no f above {proofs.Average(proof => proof.UpperBound):F2} on average; " +
                $"the maximum itself is proven for {proofs.Count(proof => proof.Proven)} of {study.Best.Count}"));
            certified = ["gap to bound"];
        }
        Table.Write(
            console.Out,
            ["method", "mean f", "± s.e.", "gap to best", .. certified, "passes", "CPU ms"],
            study.Rows.Select(row => (string[])
            [
                row.Method, row.Mean.ToString("F2", culture), row.StandardError.ToString("F2", culture),
                row.Gap.ToString("P2", culture), .. certified.Select(_ => row.GapToBound!.Value.ToString("P2", culture)),
                row.Passes.ToString(culture), row.Milliseconds.ToString("F1", culture),
            ]));
        if (json is not null)
        {
            AtomicFile.WriteText(json, Json(parsed, study, options, net, isPartial));
        }
        if (plot is not null)
        {
            Draw(study, $"{study.Best.Count} networks ({net})", plot);
            PictureEvents.Write(
                parsed.GetValue(_events), [("optimize/ablation_passes", plot + "-passes"), ("optimize/ablation_time", plot + "-time")], CommandLine.Typed(parsed), console.Clock);
        }
        return interruption.Code;
    }

    static Func<ReluNetwork>[] Networks(string net, int count, ulong seed)
    {
        if (net is not ("small" or "large"))
        {
            var network = Require.Readable(() => ReluNetwork.FromFile(net));
            return network.Outputs == 1 ? [() => network] : throw new UserException(
                $"--net is {net}, a network with {network.Outputs} outputs; allowed: 1.");
        }
        var sizes = net == "small" ? RandomNetworks.Small : RandomNetworks.Large;
        return [.. Enumerable.Range(0, count).Select(number => (Func<ReluNetwork>)(() => RandomNetworks.Draw(sizes, seed, number)))];
    }

    static void Draw(AblationStudy study, string networks, string path)
    {
        // One pass is no course, and seven of the same kind would hide each other.
        var shown = study.Rows.Where(row => row.Passes > 1 && !row.Method.Contains(" M", StringComparison.Ordinal)).ToArray();
        new CurveChart($"Best value so far, mean of {networks}", "gradient passes", "f")
        {
            LogX = true,
            Curves = [.. shown.Select(row => new Curve(row.Method, study.Grid, row.Course))],
        }.Save(path + "-passes");
        new CurveChart($"Best value so far, mean of {networks}", "CPU time, ms", "f")
        {
            LogX = true,
            Curves = [.. shown.Select(row => new Curve(
                row.Method, [.. study.Grid.Select(passes => passes * row.Milliseconds / row.Passes)], row.Course))],
        }.Save(path + "-time");
    }

    static string Json(ParseResult parsed, AblationStudy study, AblationOptions options, string net, bool isPartial) => JsonSerializer.Serialize(
        new
        {
            Command = CommandLine.Typed(parsed),
            Partial = isPartial,
            Net = net,
            options.Passes,
            options.Seed,
            options.ReferenceEffort,
            study.Best,
            Certificates = study.Certificates.Select(proof => new
            {
                proof.Value,
                proof.UpperBound,
                proof.Proven,
                proof.Nodes,
                proof.Elapsed.TotalSeconds,
            }),
            study.Grid,
            Methods = study.Rows.Select(row => new
            {
                row.Method,
                row.Mean,
                row.StandardError,
                row.Gap,
                row.GapToBound,
                row.Passes,
                row.Milliseconds,
                row.Values,
                row.Course,
            }),
        },
        OptionsJson.Settings) + "\n";
}
