using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Certification;
using RL.Studies;

namespace RL.Host;

/// <summary>Looks at the linear regions of a network: around a point, along a segment, on a slice.</summary>
static class RegionsVerb
{
    static readonly PolicyArguments _policy = new();

    static readonly Option<string?> _point = new("--point") { Description = $"The region of a point: {RegionVector.Forms}.", HelpName = "X" };

    static readonly Option<string[]> _segment = new("--segment")
    {
        Description = "Critical points from A to B, points as for --point.", HelpName = "A B", Arity = new(2, 2), AllowMultipleArgumentsPerToken = true,
    };

    static readonly Option<string[]> _slice = new("--slice")
    {
        Description = "All regions of O + s·D1 + t·D2, s and t from -1 to 1; O as for --point, D1 and D2 too, or to:X, which leads from O to X.",
        HelpName = "O D1 D2", Arity = new(3, 3), AllowMultipleArgumentsPerToken = true,
    };

    static readonly Option<string> _of = RegionModel.OfOption();

    static readonly Option<int> _output = new("--output")
    {
        Description = "Number of the output whose value, gradient and optimum are shown.", HelpName = "I", DefaultValueFactory = _ => 0,
    };

    static readonly Option<string?> _box = new("--box") { Description = "With --point: the region within these bounds of every input.", HelpName = "LOW,HIGH" };

    static readonly Option<bool> _walk = new("--walk") { Description = "With --point: go uphill from region to region until no region that touches is better." };

    static readonly Option<int> _most = new("--most")
    {
        Description = "With --slice: end with so many regions, as partial, if there are more.", HelpName = "N", DefaultValueFactory = _ => 100_000,
    };

    static readonly Option<long?> _seed = new("--seed")
    {
        Description = "Seed of the episode that states are of. Default: that of the evaluations in training.", HelpName = "N",
    };

    static readonly Option<string?> _json = new("--json") { Description = "Write everything to this JSON file.", HelpName = "FILE" };

    static readonly Option<string?> _csv = new("--csv")
    {
        Description = "Write a row for each facet, critical point or region to this CSV file.", HelpName = "FILE",
    };

    static readonly Option<string?> _plot = new("--plot")
    {
        Description = "Draw the slice or the outputs along the segment: FILE.png and FILE.svg; one of them if FILE ends so.", HelpName = "FILE",
    };

    static readonly Option<string?> _events = CommonOptions.Events();

    public static Command Create(HostConsole console)
    {
        var command = new Command("regions", "Linear regions of a network: of a point, along a segment, on a plane.")
        {
            _point, _segment, _slice, _of, _output, _box, _walk, _most, _seed, _json, _csv, _plot, _events,
        };
        _policy.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithExamples(
            "./rl optimize regions network.safetensors --point 0.1,-0.2,0.5 --box -1,1 --walk",
            "./rl optimize regions network.safetensors --slice 0 axis:0 axis:1 --plot slice --csv regions.csv",
            "./rl optimize regions models/coinrun-easy-200.safetensors --segment state:0 state:20 --json segment.json",
            "./rl optimize regions HalfCheetah-v5__td3__s0__20250131-235959 --slice state:0 2*random:1 2*random:2 --plot slice");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var (point, segment, slice) = (parsed.GetValue(_point), parsed.GetValue(_segment) ?? [], parsed.GetValue(_slice) ?? []);
        var (json, csv, plot) = (parsed.GetValue(_json), parsed.GetValue(_csv), parsed.GetValue(_plot));
        if (new[] { point is not null, segment.Length > 0, slice.Length > 0 }.Count(isGiven => isGiven) != 1)
        {
            throw new UserException("One of --point, --segment and --slice says what to look at; allowed: one of them.");
        }
        Require.OneOf("--of", parsed.GetValue(_of)!, ["policy", "critic"]);
        Require.Within("--most", parsed.GetValue(_most), 1, int.MaxValue);
        Require.Within("--seed", parsed.GetValue(_seed) ?? 0, 0, long.MaxValue);
        Require.OutputFile("--json", json);
        Require.OutputFile("--csv", csv);
        Require.OutputFile("--plot", plot);
        PictureEvents.ThrowUnlessPng(parsed.GetValue(_events), "--plot", plot);
        if (point is null && (parsed.GetValue(_box) is not null || parsed.GetValue(_walk)))
        {
            throw new UserException("--box and --walk are for --point.");
        }
        if (point is not null && plot is not null)
        {
            throw new UserException($"--plot is {plot}; a point has no picture. Allowed with --segment and --slice.");
        }
        var model = Model(parsed, console);
        var output = parsed.GetValue(_output);
        Require.Within("--output", output, 0, model.Graph.Outputs - 1);
        var (progress, stop) = (new PacedStatus(status, console.Clock), interruption.Token);
        void Found(int count, double share) =>
            progress.Show(() => string.Create(CultureInfo.InvariantCulture, $"{count:N0} regions, {share:P1} of the {(segment.Length > 0 ? "segment" : "slice")}"));
        RegionsReport report = point is not null ? OfPoint(parsed, model, point, output, stop)
            : segment.Length > 0 ? OfSegment(model, segment, output, Found, stop)
            : OfSlice(model, slice, output, parsed.GetValue(_most), Found, stop);
        status.End();

        report.Print(console.Out);
        if (report.IsPartial && !stop.IsCancellationRequested)
        {
            console.Out.WriteLine($"there are more than {parsed.GetValue(_most)} regions: --most N, or smaller directions, for all");
        }
        if (json is not null)
        {
            AtomicFile.WriteText(json, JsonSerializer.Serialize(report.Document(CommandLine.Typed(parsed)), OptionsJson.Settings) + "\n");
        }
        if (csv is not null)
        {
            AtomicFile.WriteText(csv, string.Join('\n', report.Rows) + "\n");
        }
        if (plot is not null)
        {
            report.Draw(plot);
            PictureEvents.Write(parsed.GetValue(_events), "optimize/regions", plot, CommandLine.Typed(parsed), console.Clock);
        }
        // Regions that --most leaves out are what was asked for.
        return report.IsPartial ? interruption.Code : 0;
    }

    static RegionModel Model(ParseResult parsed, HostConsole console)
    {
        if (RegionModel.IsNetworkFile(_policy.Named(parsed)))
        {
            return parsed.GetValue(_of) == "policy" && _policy.Assignments(parsed).Count == 0 ? RegionModel.OfFile(_policy.Named(parsed))
                : throw new UserException($"{_policy.Named(parsed)} holds one network; --of and key=value are for runs and policies.");
        }
        return RegionModel.OfPolicy(_policy.Find(parsed, console), parsed.GetValue(_of) == "critic", parsed.GetValue(_seed), console.Clock);
    }

    static PointReport OfPoint(ParseResult parsed, RegionModel model, string text, int output, CancellationToken stop)
    {
        var x = RegionVector.Point("--point", text, model);
        var (lower, upper) = ((double[]?)null, (double[]?)null);
        if (parsed.GetValue(_box) is { } box)
        {
            if (box.Split(',') is not [var low, var high])
            {
                throw new UserException($"--box is {box}; allowed: two numbers, LOW,HIGH.");
            }
            (lower, upper) = (RegionVector.Point("--box", low, model), RegionVector.Point("--box", high, model));
            if (Array.FindIndex(lower.Zip(upper).ToArray(), pair => pair.First > pair.Second) is >= 0 and var input)
            {
                throw new UserException(string.Create(
                    CultureInfo.InvariantCulture, $"--box is {box}: the lower bound of input {input}, {lower[input]}, exceeds the upper one, {upper[input]}; allowed: LOW,HIGH."));
            }
        }
        return Require.Fits(() =>
        {
            var region = LinearRegion.At(model.Graph, x, lower, upper);
            var walk = parsed.GetValue(_walk) ? region.Walk(output, stop: stop) : null;
            var facets = region.FacetsBefore(stop);
            return new PointReport(model, output, x, region, facets, walk, stop.IsCancellationRequested);
        });
    }

    static SegmentReport OfSegment(RegionModel model, string[] texts, int output, Action<int, double> found, CancellationToken stop)
    {
        var ends = texts.Select(text => RegionVector.Point("--segment", text, model)).ToArray();
        return Require.Fits(() => new SegmentReport(model, output, texts, SegmentSlice.Of(model.Graph, ends[0], ends[1], found, stop)));
    }

    static SliceReport OfSlice(RegionModel model, string[] texts, int output, int most, Action<int, double> found, CancellationToken stop)
    {
        var origin = RegionVector.Point("--slice", texts[0], model);
        var directions = texts[1..].Select(text => RegionVector.Direction("--slice", text, origin, model)).ToArray();
        if (!RegionVector.SpanPlane(directions[0], directions[1]))
        {
            throw new UserException($"--slice is {string.Join(' ', texts)}: {texts[1]} and {texts[2]} span a line at most; allowed: two directions that are not 0 and not parallel. Of a line: --segment.");
        }
        return Require.Fits(() => new SliceReport(model, output, texts, PlaneSlice.Of(model.Graph, origin, directions[0], directions[1], most, found, stop)));
    }
}
