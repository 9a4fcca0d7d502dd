namespace RL.Environments;

/// <summary>
/// The sprites of one game, for a view in which a cell is <paramref name="unit"/> pixels wide. Immutable once filled.
/// </summary>
sealed class Gallery(float unit)
{
    const int Pictures = 64;
    const int Themes = 16;
    const int Turns = 4;

    readonly Sprite?[] _sprites = new Sprite?[Pictures * Themes * 2 * Turns];

    /// <summary>The sprite of a picture.</summary>
    public Sprite this[int picture, int theme, bool isMirrored = false, int turns = 0] =>
        _sprites[Index(picture, theme, isMirrored, turns)]
        ?? throw new InvalidOperationException($"No sprite was painted for picture {picture}, theme {theme}, {turns} turns.");

    /// <summary>Adds a painting that is shown <paramref name="width"/> × <paramref name="height"/> cells large.</summary>
    public void Add(int picture, int theme, Painting painting, float width = 1, float height = 1, bool mirrored = false) =>
        Add(picture, theme, painting, (width, width), _ => height, mirrored);

    /// <summary>Adds a painting of any width in a range and the height that belongs to it.</summary>
    public void Add(
        int picture,
        int theme,
        Painting painting,
        (float Low, float High) widths,
        Func<float, float> height,
        bool mirrored = false)
    {
        var sizes = Sizes(widths, height).ToArray();
        _sprites[Index(picture, theme, false, 0)] = new Sprite(painting, sizes);
        if (mirrored)
        {
            _sprites[Index(picture, theme, true, 0)] = new Sprite(painting.Mirrored(), sizes);
        }
    }

    /// <summary>Adds a painting turned clockwise by quarters; its box does not turn with it.</summary>
    public void AddTurned(int picture, int theme, Painting painting, int turns, float width, float height) =>
        _sprites[Index(picture, theme, false, turns)] = new Sprite(painting.Turned(turns), Sizes((width, width), _ => height));

    // A box of that size covers as many pixels, rounded down or up.
    IEnumerable<(int Width, int Height)> Sizes((float Low, float High) widths, Func<float, float> height)
    {
        for (var w = (int)(widths.Low * unit); w <= (int)(widths.High * unit) + 1; w++)
        {
            var h = (int)(height(widths.Low == widths.High ? widths.Low : w / unit) * unit);
            for (var more = widths.Low == widths.High ? 0 : -1; more <= (widths.Low == widths.High ? 1 : 2); more++)
            {
                yield return (w, h + more);
            }
        }
    }

    static int Index(int picture, int theme, bool isMirrored, int turns) =>
        (((((picture * Themes) + theme) * 2) + (isMirrored ? 1 : 0)) * Turns) + turns;
}
