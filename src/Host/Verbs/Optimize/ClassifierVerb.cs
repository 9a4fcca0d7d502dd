using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.InputOpt;
using RL.Studies;

namespace RL.Host;

/// <summary>Attacks an image classifier with several optimisers at equal gradient passes.</summary>
static class ClassifierVerb
{
    static readonly ClassifierAttackOptions _defaults = new();

    static readonly ImageOptions _images = new("", "Images to attack");

    static readonly Option<string?> _model = new("--model")
    {
        Description = "The classifier: a file of ./rl train-classifier, or of the ADR-GD authors' MNIST classifier.",
        HelpName = "FILE",
    };

    static readonly Option<string> _methods = new("--method")
    {
        Description = $"Optimisers, separated by commas: {string.Join(", ", ClassifierAttackOptions.MethodNames)}.",
        HelpName = "NAMES",
        DefaultValueFactory = _ => string.Join(',', _defaults.Methods),
    };

    static readonly Option<string> _passes = new("--passes")
    {
        Description = "Gradient passes per image, one or several budgets separated by commas.",
        HelpName = "NUMBERS",
        DefaultValueFactory = _ => string.Join(',', _defaults.Passes),
    };

    static readonly Option<double> _epsilon = new("--epsilon")
    {
        Description = "ε: how far an attack may move each pixel (linf) or the whole image (l2); pixels are in [0, 1] and stay there.",
        HelpName = "X",
        DefaultValueFactory = _ => _defaults.Epsilon,
    };

    static readonly Option<string> _norm = new("--norm")
    {
        Description = "The norm that ε is measured in.",
        HelpName = "linf|l2",
        DefaultValueFactory = _ => "linf",
    };

    static readonly Option<string> _loss = new("--loss")
    {
        Description = "What is maximised: cross-entropy, margin or the difference of logits ratio.",
        HelpName = "cross-entropy|margin|dlr",
        DefaultValueFactory = _ => "cross-entropy",
    };

    static readonly Option<bool> _targeted = new("--targeted") { Description = "Aim at the class after the label's, not at any other." };

    static readonly Option<bool> _randomStart = new("--random-start")
    {
        Description = "Start at a random point of the ball instead of at the image.",
    };

    static readonly Option<double?> _stepSize = new("--step-size")
    {
        Description = "Constant step of pgd and pgd-l2. Default: 2.5 ε / passes.",
        HelpName = "X",
    };

    static readonly Option<string?> _layers = new("--layers")
    {
        Description = "ReLU layers that ADR-GD relaxes, separated by commas: from 0 at the input, or from -1 at the output. Default: all.",
        HelpName = "NUMBERS",
    };

    static readonly Option<int> _count = new("--count")
    {
        Description = "How many images, from the first.",
        HelpName = "N",
        DefaultValueFactory = _ => 100,
    };

    static readonly Option<int> _seed = new("--seed")
    {
        Description = "Seed of what methods draw.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
    };

    static readonly Option<string?> _sheet = new("--sheet") { Description = "Draw attacked images into this PNG file.", HelpName = "FILE" };

    static readonly Option<string?> _json = new("--json") { Description = "Write the results to this JSON file.", HelpName = "FILE" };

    public static Command Create(HostConsole console)
    {
        var command = new Command("classifier", "Attack an image classifier with several optimisers at equal gradient passes.") { _model };
        _images.AddTo(command);
        foreach (var option in new Option[]
        {
            _methods, _passes, _epsilon, _norm, _loss, _targeted, _randomStart, _stepSize, _layers, _count, _seed, _sheet, _json,
        })
        {
            command.Options.Add(option);
        }
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl optimize classifier --model mnist.safetensors --images t10k-images-idx3-ubyte.gz --labels t10k-labels-idx1-ubyte.gz",
            "./rl optimize classifier --model robust.safetensors --images t10k-images --labels t10k-labels --method pgd,apgd --passes 200,500",
            "./rl optimize classifier --model vgg.safetensors --cifar test_batch.bin --epsilon 0.03 --sheet attacked.png");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var model = parsed.GetValue(_model) ?? throw new UserException("--model is missing: the classifier to attack.");
        var options = Options(parsed);
        var (sheet, json, count) = (parsed.GetValue(_sheet), parsed.GetValue(_json), parsed.GetValue(_count));
        Require.InputFile("--model", model);
        Require.Within("--count", count, 1, int.MaxValue);
        Require.OutputFile("--sheet", sheet);
        Require.OutputFile("--json", json);
        var source = _images.Source(parsed);

        using var classifier = Classifier.Read(model);
        if (options.Layers?.FirstOrDefault(layer => layer < -classifier.ReluLayers || layer >= classifier.ReluLayers) is { } layer and not 0)
        {
            throw new UserException($"--layers has {layer}; allowed for {model}: {-classifier.ReluLayers} to {classifier.ReluLayers - 1}.");
        }
        using var set = source.Read(training: false);
        var images = set.Slice(0, Math.Min(count, set.Count));
        string[] titles = ["method", "passes", "success", "mean loss", "mean distance", "CPU ms/image"];
        var status = new StatusLine(console.Error, console.ErrorWidth);
        var attack = ClassifierAttack.Run(classifier, images, options, result => status.WriteLine(string.Join("  ", Row(result))));

        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"clean accuracy {attack.CleanAccuracy:P1} of {images.Count} images; ε = {options.Epsilon}, {parsed.GetValue(_norm)}, {parsed.GetValue(_loss)}{(options.Targeted ? ", targeted" : "")}"));
        Table.Write(console.Out, titles, attack.Results.Select(Row));
        foreach (var result in attack.Results.Where(result => result.Stages.Count > 0))
        {
            console.Out.WriteLine($"{result.Method}, at most {result.Passes} passes:");
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
            AtomicFile.WriteText(json, Json(parsed, attack, options, model, images.Count));
        }
        if (sheet is not null)
        {
            var title = string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFileNameWithoutExtension(model)}, ε = {options.Epsilon}, {options.Passes.Max()} passes");
            AttackSheet.Create(attack, set.Classes, title).Save(sheet);
        }
        return 0;
    }

    static ClassifierAttackOptions Options(ParseResult parsed)
    {
        var (norm, loss) = (parsed.GetValue(_norm)!, parsed.GetValue(_loss)!);
        var norms = Names<AttackNorm>();
        var losses = Names<AttackLoss>();
        Require.OneOf("--norm", norm, norms.Keys);
        Require.OneOf("--loss", loss, losses.Keys);
        Require.Within("--epsilon", parsed.GetValue(_epsilon), 0, double.MaxValue);
        Require.Within("--seed", parsed.GetValue(_seed), 0, int.MaxValue);
        var options = new ClassifierAttackOptions
        {
            Methods = Require.EachOf("--method", parsed.GetValue(_methods)!, ClassifierAttackOptions.MethodNames),
            Passes = Require.Counts("--passes", parsed.GetValue(_passes)!),
            Epsilon = parsed.GetValue(_epsilon),
            Norm = norms[norm],
            Loss = losses[loss],
            Targeted = parsed.GetValue(_targeted),
            RandomStart = parsed.GetValue(_randomStart),
            StepSize = parsed.GetValue(_stepSize),
            Layers = Layers(parsed.GetValue(_layers)),
            Seed = (ulong)parsed.GetValue(_seed),
        };
        return options.Problem() is { } problem ? throw new UserException(problem) : options;
    }

    static int[]? Layers(string? list)
    {
        if (list is null)
        {
            return null;
        }
        var words = list.Split(',', StringSplitOptions.TrimEntries);
        return Array.TrueForAll(words, word => int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            ? [.. words.Select(word => int.Parse(word, CultureInfo.InvariantCulture))]
            : throw new UserException($"--layers is {list}; allowed: whole numbers, separated by commas.");
    }

    static Dictionary<string, T> Names<T>() where T : struct, Enum =>
        Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));

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

    static string Json(ParseResult parsed, ClassifierAttack attack, ClassifierAttackOptions options, string model, int count) =>
        JsonSerializer.Serialize(
            new
            {
                Command = CommandLine.Typed(parsed),
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
