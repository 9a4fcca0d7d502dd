namespace RL.Certification;

/// <summary>Numbers that follow each other: places in a window, in that of another node, and in the node itself.</summary>
readonly record struct RowRun(int Own, int Other, int Unit, int Length);

/// <summary>Runs of pixels of a row, one for each line of the image.</summary>
ref struct RowRuns(Window own, Window other, int height, int width, int channels)
{
    readonly int _left = Math.Max(0, Math.Max(own.X, other.X));
    readonly int _right = Math.Min(width, Math.Min(own.X + own.Width, other.X + other.Width));
    readonly int _end = Math.Min(height, Math.Min(own.Y + own.Height, other.Y + other.Height));
    int _y = Math.Max(0, Math.Max(own.Y, other.Y)) - 1;

    public readonly RowRun Current => new(
        (((_y - own.Y) * own.Width) + _left - own.X) * channels,
        (((_y - other.Y) * other.Width) + _left - other.X) * channels,
        ((_y * width) + _left) * channels,
        (_right - _left) * channels);

    public bool MoveNext() => ++_y < _end && _left < _right;

    public readonly RowRuns GetEnumerator() => this;
}
