namespace RL.Environments;

/// <summary>Draws what a copy observes, where that is an image: enlarged to the size asked for, pixel by pixel.</summary>
sealed class ObservationRenderer : IEnvironmentRenderer
{
    // Such games have no clock; this is the speed at which they are meant to be watched.
    const double GameStepsPerSecond = 15;

    readonly SpaceBuffer _observations;
    readonly int _copy, _rows, _columns;

    ObservationRenderer(SpaceBuffer observations, int copy, int width, int height)
    {
        (_observations, _copy, Width, Height) = (observations, copy, width, height);
        (_rows, _columns) = (observations.Space.Shape[0], observations.Space.Shape[1]);
    }

    public int Width { get; }

    public int Height { get; }

    public double StepsPerSecond => GameStepsPerSecond;

    /// <summary>A renderer for observations of the shape [rows × columns × 3] in bytes; null for others.</summary>
    public static ObservationRenderer? TryMake(SpaceBuffer observations, int copy, int width, int height) =>
        observations.Space is { ElementType: ElementType.UInt8, Shape: [_, _, 3] }
            ? new ObservationRenderer(observations, copy, width, height)
            : null;

    public void Draw(Span<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, Width * Height * 3);
        var image = _observations.Row<byte>(_copy);
        for (var y = 0; y < Height; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                image.Slice(((y * _rows / Height * _columns) + (x * _columns / Width)) * 3, 3).CopyTo(rgb[(((y * Width) + x) * 3)..]);
            }
        }
    }

    public void Dispose()
    {
    }
}
