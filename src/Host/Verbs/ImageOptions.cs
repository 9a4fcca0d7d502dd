using System.CommandLine;
using RL.Studies;

namespace RL.Host;

/// <summary>The options that name labelled images; shared by several verbs.</summary>
/// <param name="prefix">Before each name: "" or, for a second set of images, "test-".</param>
/// <param name="purpose">What the images are for.</param>
sealed class ImageOptions(string prefix, string purpose)
{
    readonly Option<string?> _images = new($"--{prefix}images")
    {
        Description = $"{purpose}: an IDX file as MNIST's, gzipped or not, or a folder of PNG files (one sub-folder per class, or flat).",
        HelpName = "FILE|DIR",
    };

    readonly Option<string?> _labels = new($"--{prefix}labels")
    {
        Description = "Their labels: an IDX file, or for a flat folder of PNG files lines \"file label\".",
        HelpName = "FILE",
    };

    readonly Option<string[]> _cifar = new($"--{prefix}cifar")
    {
        Description = "CIFAR-10's binary batches, or the folder that holds them, instead of images and labels.",
        HelpName = "FILE|DIR",
        AllowMultipleArgumentsPerToken = true,
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_images);
        command.Options.Add(_labels);
        command.Options.Add(_cifar);
    }

    /// <summary>Whether any of them is given.</summary>
    public bool AreGiven(ParseResult parsed) =>
        parsed.GetValue(_images) is not null || parsed.GetValue(_labels) is not null || parsed.GetValue(_cifar) is { Length: > 0 };

    /// <summary>The images that the options name; their files exist.</summary>
    /// <exception cref="UserException">They are not, or the options contradict each other.</exception>
    public ImageSource Source(ParseResult parsed)
    {
        var source = new ImageSource(parsed.GetValue(_images), parsed.GetValue(_labels), parsed.GetValue(_cifar) ?? []);
        return source.Problem(prefix) is { } problem ? throw new UserException(problem) : source;
    }
}
