using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Studies;

namespace RL.Host;

/// <summary>Trains an image classifier, on clean or on attacked images.</summary>
static class TrainClassifierVerb
{
    const int AttackedImages = 500, AttackPasses = 40;

    static readonly ImageOptions _training = new("", "Images to learn from");
    static readonly ImageOptions _testing = new("test-", "Images to measure the accuracy on; without them a tenth of the others");

    static readonly Option<string> _architecture = new("--architecture")
    {
        Description = $"The kind of network: {string.Join(", ", Architectures.Entries.Keys)}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => Architectures.MnistConv,
    };

    static readonly RecordArguments _settings = new([], ("training", new ClassifierTrainingOptions()));

    static readonly Option<string?> _output = new("--output") { Description = "The safetensors file to write.", HelpName = "FILE" };

    static readonly Option<bool> _quiet = new("--quiet") { Description = "Print nothing but the result." };

    static readonly Option<bool> _json = new("--json") { Description = "Print the result as one JSON line." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("train-classifier", "Train an image classifier, on clean or on attacked images.")
        {
            _settings.Assignments, _architecture, _output, _quiet, _json,
        };
        _training.AddTo(command);
        _testing.AddTo(command);
        _settings.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithHelp(
            _settings,
            "./rl train-classifier --images train-images-idx3-ubyte.gz --labels train-labels-idx1-ubyte.gz --output clean.safetensors",
            "./rl train-classifier --images train-images --labels train-labels --mode pgd --epsilon 0.25 --output robust.safetensors",
            "./rl train-classifier --cifar cifar-10-batches-bin --architecture vgg --epochs 20 --output vgg.safetensors");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var architecture = parsed.GetValue(_architecture)!;
        var options = _settings.Bind<ClassifierTrainingOptions>(parsed);
        var output = parsed.GetValue(_output) ?? throw new UserException("--output is missing: the file to write the classifier to.");
        Require.OneOf("--architecture", architecture, Architectures.Entries.Keys);
        Require.OutputFile("--output", output);
        var source = _training.Source(parsed);
        var testSource = _testing.AreGiven(parsed) ? _testing.Source(parsed) : null;

        using var given = Require.Readable(() => source.Read(training: true));
        using var givenTest = testSource is null ? null : Require.Readable(() => testSource.Read(training: false));
        var (train, test) = givenTest is null ? HoldOut(given) : (given, givenTest);
        if (!test.Shape.SequenceEqual(train.Shape) || test.Classes.Count > train.Classes.Count)
        {
            throw new UserException(
                $"The images to test on are [{string.Join('×', test.Shape)}] in {test.Classes.Count} classes; allowed: as those to train on, "
                + $"[{string.Join('×', train.Shape)}] in at most {train.Classes.Count}.");
        }

        using var classifier = ClassifierTraining.Train(architecture, train, options, progress => Report(status, progress), interruption.Token);
        status.End();

        var clean = classifier.Accuracy(test);
        var robust = RobustAccuracy(classifier, test, options, clean);
        var command = CommandLine.Typed(parsed);
        var result = new
        {
            Model = output,
            Architecture = architecture,
            options.Mode,
            options.Epsilon,
            options.Epochs,
            options.Seed,
            TrainingImages = train.Count,
            TestImages = test.Count,
            CleanAccuracy = clean,
            RobustAccuracy = robust,
        };
        classifier.Write(output, new Dictionary<string, string>
        {
            ["command"] = command,
            ["mode"] = options.Mode.ToString().ToLowerInvariant(),
            ["epsilon"] = options.Epsilon.ToString(CultureInfo.InvariantCulture),
            ["clean_accuracy"] = clean.ToString(CultureInfo.InvariantCulture),
            ["robust_accuracy"] = robust.ToString(CultureInfo.InvariantCulture),
        });
        console.Out.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(result, OptionsJson.Line)
            : string.Create(CultureInfo.InvariantCulture, $"{output}: {architecture}, accuracy {clean:P1} on {test.Count:N0} images; attacked with ε = {options.Epsilon} by {AttackPasses} steps of PGD: {robust:P1}"));
        return 0;
    }

    /// <summary>Nine tenths to learn from, the last tenth to measure on.</summary>
    static (ImageSet Train, ImageSet Test) HoldOut(ImageSet set)
    {
        var held = set.Count / 10;
        return held > 0
            ? (set.Slice(0, set.Count - held), set.Slice(set.Count - held, held))
            : throw new UserException($"{set.Count} images are too few to hold a tenth out; allowed: 10 or more, or --test-images.");
    }

    /// <summary>Share of (some of) the images that is classified right even after PGD.</summary>
    static double RobustAccuracy(Classifier classifier, ImageSet test, ClassifierTrainingOptions options, double clean)
    {
        if (clean == 0)
        {
            return 0;
        }
        var attack = ClassifierAttack.Run(classifier, test.Slice(0, Math.Min(AttackedImages, test.Count)), new()
        {
            Methods = ["pgd"],
            Passes = [AttackPasses],
            Epsilon = options.Epsilon,
        });
        return attack.CleanAccuracy * (1 - attack.Results[0].SuccessRate);
    }

    static void Report(StatusLine status, TrainingProgress progress)
    {
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"epoch {progress.Epoch:F1}/{progress.Epochs}  loss {progress.Loss:F3}  accuracy {progress.Accuracy:P1}");
        if (progress.IsEpochEnd)
        {
            status.WriteLine(text);
        }
        else if (status.IsTerminal)
        {
            status.Draw(text);
        }
    }
}
