using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Certification;
using RL.InputOpt;
using RL.Studies;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>Compares relaxations of networks: what an attack finds, what is exact, and what each relaxation proves.</summary>
static class RelaxationsVerb
{
    const double PartTolerance = 0.01;

    static readonly Option<string?> _example = new("--example")
    {
        Description = $"A worked example: {string.Join(", ", RelaxationExamples.All.Select(example => example.Name))}. Default, without --net: all.",
        HelpName = "NAME",
    };

    static readonly Option<string?> _net = new("--net")
    {
        Description = "Random networks 10-64-64-1 (small) or 128-500-500-500-1 (large), a safetensors file of one network, a run or a policy file.",
        HelpName = "small|large|FILE|RUN",
    };

    static readonly Option<string> _of = RegionModel.OfOption();

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<int> _nets = new("--nets") { Description = "How many random networks.", HelpName = "N", DefaultValueFactory = _ => 1 };

    static readonly Option<long> _seed = new("--seed") { Description = "Seed of random networks.", HelpName = "N" };

    static readonly Option<string> _radius = new("--radius")
    {
        Description = "Half the width of the box of inputs; several: one table each.",
        HelpName = "R,…",
        DefaultValueFactory = _ => "0.0625",
    };

    static readonly Option<string> _centre = new("--center")
    {
        Description = $"Centre of the box: {RegionVector.Forms}.",
        HelpName = "X",
        DefaultValueFactory = _ => "0",
    };

    static readonly Option<int> _row = new("--row") { Description = "Which output of the network, from 0.", HelpName = "K" };

    static readonly Option<string?> _json = new("--json") { Description = "Write the results to this JSON file.", HelpName = "FILE" };

    static readonly Option<string?> _plot = new("--plot")
    {
        Description = "Draw why no hull of one layer after the other is exact, on the example zero, as PNG.",
        HelpName = "FILE",
    };

    static readonly RecordArguments _settings = new([], ("relaxations", new LadderOptions()));

    static readonly Option<string?> _events = CommonOptions.Events();

    public static Command Create(HostConsole console)
    {
        var command = new Command("relaxations", "Compare relaxations of networks: attack, exact, several neurons, single neurons, triangle, CROWN, intervals.")
        {
            _settings.Assignments, _example, _net, _of, _runs, _nets, _seed, _radius, _centre, _row, _json, _plot, _events,
        };
        _settings.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithHelp(
            _settings,
            "./rl optimize relaxations",
            "./rl optimize relaxations --example zero --plot barrier.png",
            "./rl optimize relaxations --net small --nets 6 --radius 0.0625,0.125 --group-size 3 --json relaxations.json",
            "./rl optimize relaxations --net critic.safetensors --radius 0.03 --exact-seconds 60",
            "./rl optimize relaxations --net Hopper-v5__td3__s0__20250131-235959 --of critic --center state:20 --radius 0.01");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var (example, net, json, plot) = (parsed.GetValue(_example), parsed.GetValue(_net), parsed.GetValue(_json), parsed.GetValue(_plot));
        if (example is not null && net is not null)
        {
            throw new UserException("--example and --net are both given; allowed: one of them.");
        }
        if (example is not null)
        {
            Require.OneOf("--example", example, RelaxationExamples.All.Select(known => known.Name));
        }
        Require.OutputFile("--json", json);
        Require.OutputFile("--plot", plot);
        PictureEvents.ThrowUnlessPng(parsed.GetValue(_events), "--plot", plot);
        if (plot is not null && (net is not null || example is not (null or "zero")))
        {
            throw new UserException($"--plot is {plot}; it draws the example zero. Allowed: without --net, and with --example zero or none.");
        }
        if (net is null or "small" or "large" && parsed.GetValue(_of) != "policy")
        {
            throw new UserException("--of is for runs and policies, as --net.");
        }
        if (plot is not null && Path.GetExtension(plot) != ".png")
        {
            throw new UserException($"--plot is {plot}; allowed: a file that ends in .png.");
        }
        var options = _settings.Bind<LadderOptions>(parsed);
        var stop = interruption.Token;
        List<(string Title, RelaxationStudy Study)> studies = [];
        var partitions = new Dictionary<string, IReadOnlyList<PartitionOutcome>>();
        int all;
        if (net is null)
        {
            RelaxationExample[] examples = [.. RelaxationExamples.All.Where(known => example is null || known.Name == example)];
            all = examples.Length;
            foreach (var known in examples.TakeWhile(_ => IsGoingOn(studies, stop)))
            {
                var study = RelaxationStudy.Run([new(known.Name, known.Graph, known.Lower, known.Upper)], options, console.Clock, stop: stop);
                studies.Add((known.Name, study));
                partitions.Add(known.Name, Partitions(known));
                console.Out.WriteLine($"{known.Name}: {known.Note}");
                Write(console, study);
                console.Out.WriteLine(Text(partitions[known.Name]));
                console.Out.WriteLine();
            }
        }
        else
        {
            var problems = Problems(parsed, net, console);
            all = problems.Sum(pair => pair.Problems.Count);
            foreach (var (radius, own) in problems.TakeWhile(_ => IsGoingOn(studies, stop)))
            {
                var progress = new StudyProgress(status, own.Count, string.Create(CultureInfo.InvariantCulture, $"networks, radius {radius}"));
                progress.Begin();
                var study = Require.Fits(() => RelaxationStudy.Run(own, options, console.Clock, (_, _) => progress.Done(), stop));
                status.End();
                var count = study.Ladders.Count;
                var title = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(count < own.Count ? $"partial: {count} of " : "")}{own.Count} network{(own.Count > 1 ? "s" : "")} ({net}), radius {radius}");
                studies.Add((title, study));
                console.Out.WriteLine(title);
                Write(console, study);
                console.Out.WriteLine();
            }
        }
        var done = studies.Sum(pair => pair.Study.Ladders.Count);
        if (done < all)
        {
            console.Out.WriteLine($"partial: {done} of {all} {(net is null ? "examples" : "networks")}");
        }
        if (json is not null)
        {
            AtomicFile.WriteText(json, Json(parsed, studies, partitions, options, done < all));
        }
        if (plot is not null)
        {
            BarrierPicture.Save(plot);
            PictureEvents.Write(parsed.GetValue(_events), "optimize/barrier", plot, CommandLine.Typed(parsed), console.Clock);
        }
        return interruption.Code;
    }

    /// <summary>Whether another study is to be made: something must be known before a stop counts, or nothing is known at all.</summary>
    static bool IsGoingOn(List<(string Title, RelaxationStudy Study)> studies, CancellationToken stop)
    {
        if (studies.Count == 0)
        {
            stop.ThrowIfCancellationRequested();
        }
        return !stop.IsCancellationRequested;
    }

    static IReadOnlyList<(double Radius, IReadOnlyList<RelaxationProblem> Problems)> Problems(ParseResult parsed, string net, HostConsole console)
    {
        var isRandom = net is "small" or "large";
        var (count, seed, row) = (parsed.GetValue(_nets), parsed.GetValue(_seed), parsed.GetValue(_row));
        Require.Within("--nets", count, 1, isRandom ? int.MaxValue : 1);
        Require.Within("--seed", seed, 0, int.MaxValue);
        Require.OneOf("--of", parsed.GetValue(_of)!, ["policy", "critic"]);
        var radii = Numbers("--radius", parsed.GetValue(_radius)!);
        Array.ForEach(radii, radius => Require.Within("--radius", radius, 0, 1e6));
        using var scope = NewDisposeScope();
        RegionModel[] models = [.. Enumerable.Range(0, count).Select(number => isRandom
            ? new(NetworkGraph.Of(RandomNetworks.Draw(net == "small" ? RandomNetworks.Small : RandomNetworks.Large, (ulong)seed, number)), net, null, null)
            : Model(parsed, net, console))];
        Require.Within("--row", row, 0, models[0].Graph.Outputs - 1);
        var at = RegionVector.Point("--center", parsed.GetValue(_centre)!, models[0]);
        return [.. radii.Select(radius => (radius, (IReadOnlyList<RelaxationProblem>)[.. models.Select((model, number) => new RelaxationProblem(
            $"{net} {number}", model.Graph, [.. at.Select(x => x - radius)], [.. at.Select(x => x + radius)], row))]))];
    }

    static RegionModel Model(ParseResult parsed, string net, HostConsole console)
    {
        if (net.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            Require.InputFile("--net", net);
        }
        var isCritic = parsed.GetValue(_of) == "critic";
        return !RegionModel.IsNetworkFile(net) ? RegionModel.OfPolicy(TrainedPolicy.Find(parsed.GetValue(_runs)!, net), isCritic, null, console.Clock)
            : isCritic ? throw new UserException($"{net} holds one network; --of is for runs and policies.")
            : RegionModel.OfFile(net);
    }

    static double[] Numbers(string option, string text) => [.. text.Split(',').Select(part =>
        double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? number
            : throw new UserException($"{option} is {text}; allowed: finite numbers, with commas between them."))];

    static IReadOnlyList<PartitionOutcome> Partitions(RelaxationExample example)
    {
        PartitionOutcome Of(bool isWhole, bool atNeurons) =>
            InputPartition.Run(example.Graph, example.Lower, example.Upper, isWhole, atNeurons, PartTolerance);
        return [Of(false, false), Of(false, true), Of(true, false), Of(true, true)];
    }

    static void Write(HostConsole console, RelaxationStudy study)
    {
        var culture = CultureInfo.InvariantCulture;
        var isOne = study.Ladders.Count == 1;
        string Closed(RelaxationRow row) => row.GapClosed is { } share ? (Math.Round(share, 3) + 0.0).ToString("P1", culture) : "";
        Table.Write(
            console.Out,
            ["relaxation", .. isOne ? (string[])["lower", "upper"] : [], "width", "gap closed", "seconds", .. isOne ? (string[])[""] : []],
            study.Rows.Select(row =>
            {
                var rung = study.Ladders[0].Rungs.First(known => known.Name == row.Name);
                string Number(double value) => (Math.Abs(value) < 5e-13 ? 0 : value).ToString("G10", culture);
                return (string[])
                [
                    row.Name, .. isOne ? (string[])[Number(rung.Lower), Number(rung.Upper)] : [], Number(row.Width), Closed(row),
                    row.Seconds.ToString("F3", culture), .. isOne ? (string[])[rung.Detail] : [],
                ];
            }));
    }

    static string Text(IReadOnlyList<PartitionOutcome> outcomes) =>
        $"parts until within {PartTolerance.ToString(CultureInfo.InvariantCulture)}: " + string.Join("; ", outcomes.GroupBy(outcome => outcome.Relaxation).Select(group =>
            $"{group.Key} {group.First(outcome => !outcome.AtNeurons).Parts}, cut at neurons {group.First(outcome => outcome.AtNeurons).Parts}"));

    static string Json(
        ParseResult parsed, List<(string Title, RelaxationStudy Study)> studies, Dictionary<string, IReadOnlyList<PartitionOutcome>> partitions, LadderOptions options,
        bool isPartial) =>
        JsonSerializer.Serialize(
            new
            {
                Command = CommandLine.Typed(parsed),
                Partial = isPartial,
                Options = options,
                Studies = studies.Select(pair => new
                {
                    pair.Title,
                    pair.Study.Rows,
                    Problems = pair.Study.Ladders.Select(ladder => new { ladder.Problem.Name, ladder.Problem.Lower, ladder.Problem.Upper, ladder.Problem.Output, ladder.Rungs }),
                    Partitions = partitions.GetValueOrDefault(pair.Title),
                }),
            },
            OptionsJson.Settings) + "\n";
}
