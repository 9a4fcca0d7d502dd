using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.InputOpt;
using RL.Studies;

namespace RL.Host;

/// <summary>Draws a network of two inputs with the ways of several optimisers.</summary>
static class LandscapeVerb
{
    static readonly LandscapeOptions _defaults = new();

    static readonly Option<string> _methods = new("--method")
    {
        Description = $"Optimisers, separated by commas: {string.Join(", ", InputOptimizerCatalog.Entries.Keys)}.",
        HelpName = "NAMES",
        DefaultValueFactory = _ => string.Join(',', _defaults.Methods),
    };

    static readonly Option<string> _hidden = new("--hidden")
    {
        Description = "Sizes of the network's hidden layers, separated by commas.",
        HelpName = "NUMBERS",
        DefaultValueFactory = _ => string.Join(',', _defaults.Hidden),
    };

    static readonly Option<int> _passes = new("--passes")
    {
        Description = "Gradient passes of each method.",
        HelpName = "N",
        DefaultValueFactory = _ => _defaults.Passes,
    };

    static readonly Option<string> _start = new("--start")
    {
        Description = "Where they start: two numbers from -1 to 1.",
        HelpName = "X,Y",
        DefaultValueFactory = _ => "0,0",
    };

    static readonly Option<int> _seed = new("--seed")
    {
        Description = "Seed of the network and of what methods draw.",
        HelpName = "N",
        DefaultValueFactory = _ => (int)_defaults.Seed,
    };

    static readonly Option<string> _output = new("--output")
    {
        Description = "The picture: FILE.png and FILE.svg; one of them if FILE ends so.",
        HelpName = "FILE",
        DefaultValueFactory = _ => "landscape",
    };

    static readonly Option<string?> _json = new("--json") { Description = "Write the results to this JSON file.", HelpName = "FILE" };

    public static Command Create(HostConsole console)
    {
        var command = new Command("landscape", "Draw the linear regions of a network of two inputs and the ways of several optimisers.")
        {
            _methods, _hidden, _passes, _start, _seed, _output, _json,
        };
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl optimize landscape",
            "./rl optimize landscape --seed 7 --hidden 32,32 --method pgd,adr-gd --passes 100 --start 0.5,-0.5 --output picture.svg");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var (output, json) = (parsed.GetValue(_output)!, parsed.GetValue(_json));
        Require.Within("--passes", parsed.GetValue(_passes), 1, 100_000);
        Require.Within("--seed", parsed.GetValue(_seed), 0, int.MaxValue);
        Require.OutputFile("--output", output);
        Require.OutputFile("--json", json);
        var options = new LandscapeOptions
        {
            Hidden = Require.Counts("--hidden", parsed.GetValue(_hidden)!),
            Methods = Require.EachOf("--method", parsed.GetValue(_methods)!, [.. InputOptimizerCatalog.Entries.Keys]),
            Passes = parsed.GetValue(_passes),
            Start = Point(parsed.GetValue(_start)!),
            Seed = (ulong)parsed.GetValue(_seed),
        };
        // The regions are found exactly, and their number grows with the square of the neurons.
        Require.Within("The number of neurons in --hidden", options.Hidden.Sum(), 1, 200);

        var landscape = Landscape.Create(options);

        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{landscape.Regions.Count} linear regions; maximum {landscape.MaximumValue:F4} at ({landscape.Maximum.X:F3}, {landscape.Maximum.Y:F3})"));
        Table.Write(console.Out, ["method", "passes", "value", "gap"], landscape.Trajectories.Select(way => new[]
        {
            way.Method,
            way.GradientPasses.ToString(CultureInfo.InvariantCulture),
            way.Value.ToString("F4", CultureInfo.InvariantCulture),
            (landscape.MaximumValue - way.Value).ToString("F4", CultureInfo.InvariantCulture),
        }));
        LandscapePicture.Save(landscape, $"Network 2-{string.Join('-', options.Hidden)}-1, seed {options.Seed}", output);
        if (json is not null)
        {
            AtomicFile.WriteText(json, JsonSerializer.Serialize(
                new
                {
                    Command = CommandLine.Typed(parsed),
                    Regions = landscape.Regions.Count,
                    Maximum = landscape.MaximumValue,
                    Results = landscape.Trajectories.Select(way => new
                    {
                        way.Method,
                        way.GradientPasses,
                        way.Value,
                        X = new[] { way.X.X, way.X.Y },
                    }),
                },
                OptionsJson.Settings) + "\n");
        }
        return 0;
    }

    static (double X, double Y) Point(string text)
    {
        var numbers = text.Split(',', StringSplitOptions.TrimEntries)
            .Select(word => double.TryParse(word, CultureInfo.InvariantCulture, out var number) ? number : double.NaN)
            .ToArray();
        return numbers is [>= -1 and <= 1, >= -1 and <= 1]
            ? (numbers[0], numbers[1])
            : throw new UserException($"--start is {text}; allowed: two numbers from -1 to 1, separated by a comma.");
    }
}
