using System.CommandLine;

namespace RL.Host;

/// <summary>The command-line options for videos and images, and their values.</summary>
/// <param name="Video">Path of the video, or null.</param>
/// <param name="Image">Path of the image, or null.</param>
/// <param name="ImageStep">The step after which the image is taken; the last one if the first episode is shorter.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Height">Rows.</param>
sealed record RecordingOptions(string? Video, string? Image, int ImageStep, int Width, int Height)
{
    const int Most = 4096;

    static readonly Option<string?> _video = new("--video") { Description = "Record the episodes as a video (MP4, H.264).", HelpName = "FILE" };

    static readonly Option<string?> _image = new("--image") { Description = "Save one frame of the first episode (PNG).", HelpName = "FILE" };

    static readonly Option<int> _imageStep = new("--image-step")
    {
        Description = "Step of the frame, counted from the start of the episode.",
        HelpName = "N",
        DefaultValueFactory = _ => 50,
    };

    static readonly Option<string> _size = new("--size")
    {
        Description = "Size of video and image in pixels.",
        HelpName = "WxH",
        DefaultValueFactory = _ => "640x480",
    };

    /// <summary>True if there is anything to record.</summary>
    public bool IsOn => Video is not null || Image is not null;

    public static void AddTo(Command command)
    {
        command.Options.Add(_video);
        command.Options.Add(_image);
        command.Options.Add(_imageStep);
        command.Options.Add(_size);
    }

    /// <exception cref="UserException">A value is not allowed.</exception>
    public static RecordingOptions Of(ParseResult parsed)
    {
        var (size, step) = (parsed.GetValue(_size)!, parsed.GetValue(_imageStep));
        if (size.Split('x') is not [var first, var second]
            || !int.TryParse(first, out var width) || !int.TryParse(second, out var height)
            || width is < 16 or > Most || height is < 16 or > Most || width % 2 + height % 2 > 0)
        {
            throw new UserException($"--size is {size}; allowed: WIDTHxHEIGHT, both even and from 16 to {Most}.");
        }

        if (step < 0)
        {
            throw new UserException($"--image-step is {step}; allowed: 0 or more.");
        }

        return new RecordingOptions(
            Checked("--video", parsed.GetValue(_video), ".mp4"), Checked("--image", parsed.GetValue(_image), ".png"), step, width, height);
    }

    static string? Checked(string option, string? path, string ending)
    {
        if (path is null)
        {
            return null;
        }

        if (!path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
        {
            throw new UserException($"{option} is {path}; allowed: a file that ends in {ending}.");
        }

        return Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path)))
            ? path
            : throw new UserException($"{option} is {path}; there is no such folder.");
    }
}
