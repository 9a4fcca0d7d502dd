using RL.Environments;

namespace RL.Agents;

/// <summary>
/// Pictures of the first episode of an environment's first copy, evenly spread over its length, which is not known before: when there are
/// too many, every other one is dropped.
/// </summary>
sealed class FilmStrip : IDisposable
{
    const int Side = 128, Columns = 4, MostFrames = 16, Channels = 3;

    readonly IEnvironmentRenderer _renderer;
    readonly List<byte[]> _frames = [];
    int _stride = 1, _shown;
    bool _isOver;

    FilmStrip(IEnvironmentRenderer renderer) => _renderer = renderer;

    /// <summary>A strip of the first copy; null if the environment cannot be drawn.</summary>
    public static FilmStrip? Of(IVectorEnvironment environment) =>
        environment.MakeRenderer(0, Side, Side) is { } renderer ? new(renderer) : null;

    /// <summary>Must be called whenever the environment shows something new, as <see cref="Evaluation"/> does.</summary>
    public void Show(StepOutcome? outcome)
    {
        if (_isOver)
        {
            return;
        }

        _isOver = outcome?.IsFinished(0) ?? false;
        if (_shown++ % _stride == 0)
        {
            if (_frames.Count == MostFrames)
            {
                var kept = _frames.Where((_, i) => i % 2 == 0).ToArray();
                _frames.Clear();
                _frames.AddRange(kept);
                _stride *= 2;
                if ((_shown - 1) % _stride != 0)
                {
                    return;
                }
            }

            var frame = new byte[Side * Side * Channels];
            _renderer.Draw(frame);
            _frames.Add(frame);
        }
    }

    /// <summary>Hands out all of them as one picture, row by row from the top left; nothing if there are none.</summary>
    public void Write(ImageReceiver take)
    {
        if (_frames.Count == 0)
        {
            return;
        }

        var columns = Math.Min(Columns, _frames.Count);
        var (width, height) = (columns * Side, (_frames.Count + columns - 1) / columns * Side);
        var sheet = new byte[width * height * Channels];
        for (var i = 0; i < _frames.Count; i++)
        {
            var corner = ((i / columns * Side * width) + (i % columns * Side)) * Channels;
            for (var row = 0; row < Side; row++)
            {
                _frames[i].AsSpan(row * Side * Channels, Side * Channels).CopyTo(sheet.AsSpan(corner + (row * width * Channels)));
            }
        }

        take(width, height, sheet);
    }

    /// <inheritdoc/>
    public void Dispose() => _renderer.Dispose();
}

/// <summary>Receives a picture: red, green, blue, top row first. [height × width × 3]</summary>
delegate void ImageReceiver(int width, int height, ReadOnlySpan<byte> rgb);
