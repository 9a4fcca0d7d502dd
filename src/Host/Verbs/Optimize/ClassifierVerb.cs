using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Agents;
using RL.Studies;

namespace RL.Host;

/// <summary>Attacks an image classifier with several optimisers at equal gradient passes.</summary>
static class ClassifierVerb
{
    static readonly ImageOptions _images = new("", "Images to attack");

    static readonly Option<string?> _model = new("--model")
    {
        Description = "The classifier: a file of ./rl train-classifier, or of the ADR-GD authors' MNIST classifier.",
        HelpName = "FILE",
    };

    static readonly RecordArguments _attack = new([("--method", "methods")], ("attack", new ClassifierAttackOptions()));

    static readonly Option<int> _count = new("--count")
    {
        Description = "How many images, from the first.",
        HelpName = "N",
        DefaultValueFactory = _ => 100,
    };

    static readonly Option<string?> _sheet = new("--sheet") { Description = "Draw attacked images into this PNG file.", HelpName = "FILE" };

    static readonly Option<string?> _json = new("--json") { Description = "Write the results to this JSON file.", HelpName = "FILE" };

    static readonly Option<string?> _events = CommonOptions.Events();

    public static Command Create(HostConsole console)
    {
        var command = new Command("classifier", "Attack an image classifier with several optimisers at equal gradient passes.")
        {
            _attack.Assignments, _model, _count, _sheet, _events, _json,
        };
        _images.AddTo(command);
        _attack.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithHelp(
            _attack,
            "./rl optimize classifier --model mnist.safetensors --images t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz",
            "./rl optimize classifier --model robust.safetensors --images t10k-images --labels t10k-labels --method pgd,apgd --passes 200,500",
            "./rl optimize classifier --model vgg.safetensors --cifar test_batch.bin --epsilon 0.03 --sheet attacked.png");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var model = parsed.GetValue(_model) ?? throw new UserException("--model is missing: the classifier to attack.");
        var options = _attack.Bind<ClassifierAttackOptions>(parsed);
        var (sheet, json, count) = (parsed.GetValue(_sheet), parsed.GetValue(_json), parsed.GetValue(_count));
        Require.InputFile("--model", model);
        Require.Within("--count", count, 1, int.MaxValue);
        Require.OutputFile("--sheet", sheet);
        PictureEvents.ThrowUnlessPng(parsed.GetValue(_events), "--sheet", sheet);
        Require.OutputFile("--json", json);
        var source = _images.Source(parsed);

        using var classifier = Require.Readable(() => Classifier.Read(model));
        Require.Fits(() => ClassifierAttack.ThrowUnlessFits(classifier, options));
        using var set = Require.Readable(() => source.Read(training: false));
        Require.Fits(() => classifier.ThrowUnlessFits(set));
        var images = set.Slice(0, Math.Min(count, set.Count));
        string[] titles = ["method", "passes", "success", "mean loss", "mean distance", "CPU ms/image"];
        var all = options.Methods.Count * options.Passes.Count;
        var progress = new StudyProgress(status, all, "attacks");
        progress.Begin();
        var attack = ClassifierAttack.Run(
            classifier, images, options, result => progress.Done(string.Join("  ", Row(result))), interruption.Token);
        status.End();

        var isPartial = attack.Results.Count < all;
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(isPartial ? $"partial: {attack.Results.Count} of {all} attacks; " : "")}clean accuracy {attack.CleanAccuracy:P1} of {images.Count} images; ε = {options.Epsilon}, {Name(options.Norm)}, {Name(options.Loss == AttackLoss.Default ? AttackLoss.CrossEntropy : options.Loss)}{(options.Targeted ? ", targeted" : "")}"));
        Table.Write(console.Out, titles, attack.Results.Select(Row));
        foreach (var result in attack.Results.Where(result => result.Stages.Count > 0))
        {
            console.Out.WriteLine($"{result.Method}, {result.GradientPasses} passes an image on average, of {result.Passes}:");
            Table.Write(console.Out, ["stage", "passes", "attacked", "broken", "ms"], result.Stages.Select(stage => new[]
            {
                stage.Name,
                stage.Passes.ToString(CultureInfo.InvariantCulture),
                stage.Attacked.ToString(CultureInfo.InvariantCulture),
                stage.Broken.ToString(CultureInfo.InvariantCulture),
                stage.Elapsed.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture),
            }));
        }
        if (json is not null)
        {
            AtomicFile.WriteText(json, Json(parsed, attack, options, model, images.Count, isPartial));
        }
        if (sheet is not null)
        {
            var title = string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFileNameWithoutExtension(model)}, ε = {options.Epsilon}, {options.Passes.Max()} passes");
            AttackSheet.Create(attack, set.Classes, title).Save(sheet);
            PictureEvents.Write(parsed.GetValue(_events), "optimize/attacked", sheet, CommandLine.Typed(parsed), console.Clock);
        }
        return interruption.Code;
    }

    /// <summary>As options are written.</summary>
    static string Name(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    static string[] Row(AttackResult result)
    {
        var culture = CultureInfo.InvariantCulture;
        return
        [
            result.Method,
            result.GradientPasses.ToString(culture),
            result.SuccessRate.ToString("P1", culture),
            result.MeanLoss.ToString("F3", culture),
            result.MeanDistance.ToString("F3", culture),
            result.MillisecondsPerImage.ToString("F1", culture),
        ];
    }

    static string Json(ParseResult parsed, ClassifierAttack attack, ClassifierAttackOptions options, string model, int count, bool isPartial) =>
        JsonSerializer.Serialize(
            new
            {
                Command = CommandLine.Typed(parsed),
                Partial = isPartial,
                Model = model,
                Images = count,
                attack.CleanAccuracy,
                options.Epsilon,
                options.Norm,
                options.Loss,
                options.Targeted,
                options.RandomStart,
                options.Layers,
                options.Seed,
                Results = attack.Results.Select(result => new
                {
                    result.Method,
                    result.Passes,
                    result.GradientPasses,
                    result.SuccessRate,
                    result.MeanLoss,
                    result.MeanDistance,
                    result.MillisecondsPerImage,
                    Stages = result.Stages.Select(stage => new
                    {
                        stage.Name,
                        stage.Passes,
                        stage.Evaluations,
                        stage.Attacked,
                        stage.Broken,
                        Milliseconds = stage.Elapsed.TotalMilliseconds,
                    }),
                }),
            },
            OptionsJson.Settings) + "\n";
}
