namespace RL.Environments;

/// <summary>
/// Every thing is a filled box in a colour of its type and theme: a look without art, which every implementation of the rules
/// can agree on pixel by pixel.
/// </summary>
sealed class MonochromeBrush(ProcgenGame game, bool restrictThemes) : IBrush
{
    // Four levels per channel.
    const int Levels = 4;
    const int Colours = Levels * Levels * Levels;

    public void Paint(Canvas canvas, PixelArea area, int picture, int theme) => canvas.Fill(area.Round(), Colour(picture, theme));

    public void Paint(Canvas canvas, PixelArea area, int picture, in Entity entity) =>
        canvas.Fill(area.Round(), Colour(picture, entity.Theme));

    uint Colour(int picture, int theme)
    {
        // Steps without a common divisor with the number of colours: types differ from one another, and so do the themes of one.
        var shown = restrictThemes && !game.KeepsThemes(picture) ? 0 : theme;
        var index = ((29 * (picture + 1)) + (19 * shown)) % Colours;
        return Canvas.Rgb(Channel(index / (Levels * Levels)), Channel(index / Levels % Levels), Channel(index % Levels));
    }

    static int Channel(int level) => (256 / Levels * (level + 1)) - 1;
}
