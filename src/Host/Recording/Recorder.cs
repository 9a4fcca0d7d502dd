using RL.Drawing;
using RL.Environments;
using RL.Studies;

namespace RL.Host;

/// <summary>Records the first copy of an environment.</summary>
sealed class Recorder : IDisposable
{
    const double MostFramesPerSecond = 60;

    readonly RecordingOptions _options;
    readonly IEnvironmentRenderer _renderer;
    readonly VideoFile? _video;
    readonly byte[] _frame;
    readonly int _stride;
    int _shown;
    bool _hasImage;

    /// <exception cref="UserException">The environment cannot be rendered, or a program or library for it is missing.</exception>
    public Recorder(RecordingOptions options, IVectorEnvironment environment)
    {
        _options = options;
        try
        {
            _renderer = environment.MakeRenderer(0, options.Width, options.Height)
                ?? throw new UserException($"{environment.Spec.Id} cannot be rendered; --video and --image need a task with a renderer.");
        }
        catch (MujocoException exception)
        {
            throw new UserException(exception.Message);
        }

        _frame = new byte[options.Width * options.Height * 3];
        // In real time: tasks with very short steps do not get a frame for every step.
        _stride = (int)Math.Ceiling(_renderer.StepsPerSecond / MostFramesPerSecond);
        try
        {
            _video = options.Video is null
                ? null
                : new VideoFile(options.Video, options.Width, options.Height, _renderer.StepsPerSecond / _stride);
        }
        catch
        {
            _renderer.Dispose();
            throw;
        }
    }

    /// <summary>Steps shown, the first state included.</summary>
    public int Shown => _shown;

    /// <summary>Must be called after every reset and step of the environment.</summary>
    /// <param name="isLast">True if the episode ended with it.</param>
    public void Show(bool isLast)
    {
        var isImage = _options.Image is not null && !_hasImage && (_shown >= _options.ImageStep || isLast);
        var isFrame = _video is not null && _shown % _stride == 0;
        _shown++;
        if (!isImage && !isFrame)
        {
            return;
        }

        _renderer.Draw(_frame);
        if (isFrame)
        {
            _video!.Add(_frame);
        }

        if (isImage)
        {
            Png.Write(_options.Image!, new ByteImage(_options.Width, _options.Height, channels: 3, _frame));
            _hasImage = true;
        }
    }

    /// <summary>Completes the video.</summary>
    public void Finish() => _video?.Finish();

    /// <inheritdoc/>
    public void Dispose()
    {
        _video?.Dispose();
        _renderer.Dispose();
    }
}
