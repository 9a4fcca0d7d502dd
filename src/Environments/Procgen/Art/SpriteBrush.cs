namespace RL.Environments;

/// <summary>Every thing as its sprite.</summary>
sealed class SpriteBrush(ProcgenGame game, Gallery gallery, bool restrictThemes) : IBrush
{
    public void Paint(Canvas canvas, PixelArea area, int picture, int theme) =>
        gallery[picture, Shown(picture, theme)].Show(canvas, area.Round());

    public void Paint(Canvas canvas, PixelArea area, int picture, in Entity entity)
    {
        var sprite = gallery[picture, Shown(picture, entity.Theme), entity.IsMirrored, entity.Turns];
        var aspect = game.TileAspect(entity.Type);
        if (aspect == 0)
        {
            area = game.Adjust(picture, area);
            sprite.Show(canvas, (entity.Turns % 2 == 0 ? area : Turned(area)).Round(), entity.Alpha);
            return;
        }

        var tiles = Math.Max(1, (int)(area.Width / (area.Height * aspect)));
        var width = area.Width / tiles;
        for (var i = 0; i < tiles; i++)
        {
            sprite.Show(canvas, (area with { X = area.X + (i * width), Width = width }).Round(), entity.Alpha);
        }
    }

    // Width and height change places around the centre.
    static PixelArea Turned(PixelArea area) => new(
        area.X + ((area.Width - area.Height) / 2), area.Y + ((area.Height - area.Width) / 2), area.Height, area.Width);

    int Shown(int picture, int theme) => restrictThemes && !game.KeepsThemes(picture) ? 0 : theme;
}
