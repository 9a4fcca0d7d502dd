using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Studies;

namespace RL.Host;

/// <summary>Trains a small generative decoder and finds, with several optimisers, latent vectors that decode to given images.</summary>
static class ReconstructVerb
{
    static readonly RecordArguments _settings = new(
        [("--method", "methods")], ("decoder", new AutoencoderOptions()), ("search", new ReconstructionOptions()));

    static readonly Option<string?> _images = new("--images")
    {
        Description = "An IDX file as MNIST's, gzipped or not: the last --count images are reconstructed, the others trained on.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _model = new("--model")
    {
        Description = "A decoder saved before, instead of training one.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _save = new("--save")
    {
        Description = "Write the trained decoder to this safetensors file.",
        HelpName = "FILE",
    };

    static readonly Option<int> _count = new("--count")
    {
        Description = "How many images to reconstruct.",
        HelpName = "N",
        DefaultValueFactory = _ => 100,
    };

    static readonly Option<string?> _sheet = new("--sheet")
    {
        Description = "Draw targets and reconstructions into this PNG file.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _json = new("--json")
    {
        Description = "Write the results to this JSON file.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _events = CommonOptions.Events();

    public static Command Create(HostConsole console)
    {
        var command = new Command("reconstruct", "Find latent vectors of a generative decoder that give held-out images back.")
        {
            _settings.Assignments, _images, _model, _save, _count, _sheet, _events, _json,
        };
        _settings.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithHelp(
            _settings,
            "./rl optimize reconstruct --images t10k-images-idx3-ubyte.gz --sheet reconstructed.png",
            "./rl optimize reconstruct --images t10k-images-idx3-ubyte.gz --epochs 20 --save decoder.safetensors",
            "./rl optimize reconstruct --images t10k-images-idx3-ubyte.gz --model decoder.safetensors --method adam,adr-gd --passes 1000");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var file = parsed.GetValue(_images) ?? throw new UserException("--images is missing: an IDX file of images.");
        var (model, save, sheet, json) =
            (parsed.GetValue(_model), parsed.GetValue(_save), parsed.GetValue(_sheet), parsed.GetValue(_json));
        var (training, options) = _settings.Bind<AutoencoderOptions, ReconstructionOptions>(parsed);
        Require.Within("--count", parsed.GetValue(_count), 1, int.MaxValue);
        Require.InputFile("--images", file);
        if (model is not null)
        {
            Require.InputFile("--model", model);
            if (save is not null || training != new AutoencoderOptions { Seed = training.Seed, Hidden = training.Hidden })
            {
                throw new UserException("--model is a decoder that is trained already: --save and decoder.* do not go with it.");
            }
        }
        Require.OutputFile("--save", save);
        Require.OutputFile("--sheet", sheet);
        PictureEvents.ThrowUnlessPng(parsed.GetValue(_events), "--sheet", sheet);
        Require.OutputFile("--json", json);

        using var images = Require.Readable(() => Idx.ReadImages(file));
        var (total, count) = (images.shape[0], parsed.GetValue(_count));
        var learnt = model is null ? 1 : 0;
        if (count > total - learnt)
        {
            throw new UserException($"--count is {count}; allowed for the {total} images of {file}: 1 to {total - learnt}.");
        }
        using var autoencoder = model is not null ? Require.Readable(() => Autoencoder.Read(model)) : Autoencoder.Train(
            images.narrow(0, 0, total - count), training, (epoch, loss) => status.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"epoch {epoch}/{training.Epochs}  loss {loss:F1}")), interruption.Token);
        if (save is not null)
        {
            autoencoder.Write(save, new Dictionary<string, string> { ["command"] = CommandLine.Typed(parsed) });
        }
        var progress = new StudyProgress(status, options.Methods.Count + 1, "methods");
        progress.Begin();
        var reconstruction = Reconstruction.Run(
            autoencoder, images.narrow(0, total - count, count), options, result => progress.Done(string.Join("  ", Row(result))), interruption.Token);
        status.End();

        var isPartial = reconstruction.Results.Count < options.Methods.Count + 1;
        if (isPartial)
        {
            console.Out.WriteLine($"partial: {reconstruction.Results.Count - 1} of {options.Methods.Count} methods");
        }
        Table.Write(
            console.Out, ["method", "passes", "mean error", "median error", "CPU ms/image"], reconstruction.Results.Select(Row));
        if (json is not null)
        {
            AtomicFile.WriteText(json, JsonSerializer.Serialize(
                new
                {
                    Command = CommandLine.Typed(parsed),
                    Partial = isPartial,
                    Images = count,
                    autoencoder.Latent,
                    options.Radius,
                    options.Seed,
                    Results = reconstruction.Results.Select(result => new
                    {
                        result.Method,
                        result.GradientPasses,
                        result.MeanError,
                        result.MedianError,
                        result.MillisecondsPerImage,
                        result.Errors,
                    }),
                },
                OptionsJson.Settings) + "\n");
        }
        if (sheet is not null)
        {
            reconstruction.Sheet(string.Create(
                CultureInfo.InvariantCulture,
                $"{autoencoder.Latent} latent numbers sought by {options.Passes} gradient passes; squared errors")).Save(sheet);
            PictureEvents.Write(parsed.GetValue(_events), "optimize/reconstructed", sheet, CommandLine.Typed(parsed), console.Clock);
        }
        return interruption.Code;
    }

    static string[] Row(ReconstructionResult result)
    {
        var culture = CultureInfo.InvariantCulture;
        return
        [
            result.Method,
            result.GradientPasses.ToString(culture),
            result.MeanError.ToString("F2", culture),
            result.MedianError.ToString("F2", culture),
            result.MillisecondsPerImage.ToString("F2", culture),
        ];
    }
}
