using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Studies;

namespace RL.Host;

/// <summary>Draws a network of two inputs with the ways of several optimisers.</summary>
static class LandscapeVerb
{
    static readonly RecordArguments _settings = new([("--method", "methods")], ("landscape", new LandscapeOptions()));

    static readonly Option<string> _output = new("--output")
    {
        Description = "The picture: FILE.png and FILE.svg; one of them if FILE ends so.",
        HelpName = "FILE",
        DefaultValueFactory = _ => "landscape",
    };

    static readonly Option<string?> _json = new("--json") { Description = "Write the results to this JSON file.", HelpName = "FILE" };

    static readonly Option<string?> _events = CommonOptions.Events();

    public static Command Create(HostConsole console)
    {
        var command = new Command("landscape", "Draw the linear regions of a network of two inputs and the ways of several optimisers.")
        {
            _settings.Assignments, _output, _events, _json,
        };
        _settings.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, interruption)));
        return command.WithHelp(
            _settings,
            "./rl optimize landscape",
            "./rl optimize landscape --seed 7 --hidden 32,32 --method pgd,adr-gd --passes 100 --start 0.5,-0.5 --output picture.svg");
    }

    static int Run(ParseResult parsed, HostConsole console, Interruption interruption)
    {
        var (output, json) = (parsed.GetValue(_output)!, parsed.GetValue(_json));
        Require.OutputFile("--output", output);
        PictureEvents.ThrowUnlessPng(parsed.GetValue(_events), "--output", output);
        Require.OutputFile("--json", json);
        var options = _settings.Bind<LandscapeOptions>(parsed);

        var landscape = Landscape.Create(options, interruption.Token);

        var (done, all) = (landscape.Trajectories.Count, options.Methods.Count);
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(done < all ? $"partial: {done} of {all} methods; " : "")}{landscape.Regions.Count} linear regions; maximum {landscape.MaximumValue:F4} at ({landscape.Maximum.X:F3}, {landscape.Maximum.Y:F3})"));
        Table.Write(console.Out, ["method", "passes", "value", "gap"], landscape.Trajectories.Select(way => new[]
        {
            way.Method,
            way.GradientPasses.ToString(CultureInfo.InvariantCulture),
            way.Value.ToString("F4", CultureInfo.InvariantCulture),
            (landscape.MaximumValue - way.Value).ToString("F4", CultureInfo.InvariantCulture),
        }));
        LandscapePicture.Save(landscape, $"Network 2-{string.Join('-', options.Hidden)}-1, seed {options.Seed}", output);
        PictureEvents.Write(parsed.GetValue(_events), "optimize/landscape", output, CommandLine.Typed(parsed), console.Clock);
        if (json is not null)
        {
            AtomicFile.WriteText(json, JsonSerializer.Serialize(
                new
                {
                    Command = CommandLine.Typed(parsed),
                    Partial = done < all,
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
        return interruption.Code;
    }
}
