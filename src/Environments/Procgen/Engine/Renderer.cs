namespace RL.Environments;

/// <summary>Paints the things of a game.</summary>
interface IBrush
{
    /// <summary>Paints one thing.</summary>
    /// <param name="canvas">Painted on.</param>
    /// <param name="area">Where its box is.</param>
    /// <param name="picture">A type.</param>
    /// <param name="theme">The look that was drawn for it.</param>
    void Paint(Canvas canvas, PixelArea area, int picture, int theme);

    /// <summary>Paints an entity, which may be mirrored, turned, translucent or tiled.</summary>
    void Paint(Canvas canvas, PixelArea area, int picture, in Entity entity);
}

/// <summary>Paints a game's background.</summary>
interface IBackdrop
{
    /// <summary>Paints all of the canvas.</summary>
    /// <param name="canvas">Painted on.</param>
    /// <param name="world">Where the whole world would be.</param>
    /// <param name="game">Says which background, and its shift.</param>
    void Paint(Canvas canvas, PixelArea world, ProcgenGame game);
}

/// <summary>
/// Draws one game as Procgen does: background, cells, entities by layer, the agent's velocity. All geometry is computed in
/// float32 in the original's order, so that rounding to pixels agrees.
/// </summary>
sealed class Renderer
{
    // Cells are drawn a little larger, so that no seam shows.
    const float CellMargin = 0.02f;

    readonly ProcgenGame _game;
    readonly ProcgenOptions _options;
    readonly IBrush _brush;
    readonly IBackdrop? _backdrop; // null for black
    readonly Canvas _canvas = new();
    float _unit;
    float _viewSize;
    float _xOffset;
    float _yOffset;

    /// <summary>A renderer of this game, with the look that the options ask for.</summary>
    public Renderer(ProcgenGame game, ProcgenOptions options)
    {
        _game = game;
        _options = options;
        var needsArt = options.UseBackgrounds || !options.UseMonochromeAssets;
        var art = needsArt ? ProcgenArt.Of(options, Canvas.Size / Visibility) : null;
        _backdrop = options.UseBackgrounds ? art!.Backdrop : null;
        _brush = options.UseMonochromeAssets
            ? new MonochromeBrush(game, options.RestrictThemes)
            : new SpriteBrush(game, art!.Gallery, options.RestrictThemes);
    }

    bool IsCentred => _game.IsCentred(_options.CenterAgent);

    // Width of the view in cells.
    float Visibility => IsCentred ? _game.Visibility : Math.Max(_game.Width, _game.Height);

    /// <summary>Draws the game as it is. [64 × 64 × 3]</summary>
    public void Draw(Span<byte> observation)
    {
        var (isCentred, visibility) = (IsCentred, Visibility);
        var (centreX, centreY) = isCentred ? _game.ViewCentre : (_game.Width * 0.5f, _game.Height * 0.5f);

        _unit = Canvas.Size / visibility;
        _viewSize = (float)(64.0 / _unit);
        _xOffset = _unit * (centreX - (_viewSize / 2));
        _yOffset = _unit * (centreY - (_viewSize / 2));

        if (_backdrop is null)
        {
            _canvas.Clear(Canvas.Rgb(0, 0, 0));
        }
        else
        {
            _backdrop.Paint(_canvas, Area(0, _game.Height, _game.Width, _game.Height, 0), _game);
        }

        if (isCentred)
        {
            var margin = (float)((visibility / 2.0) + 1);
            DrawCells((int)(centreX - margin), (int)(centreX + margin), (int)(centreY - margin), (int)(centreY + margin));
        }
        else
        {
            DrawCells(0, _game.Width - 1, 0, _game.Height - 1);
        }

        DrawEntities(0);
        DrawEntities(1);
        if (_options.PaintVelInfo && _game.HasUsefulVelocity)
        {
            DrawVelocity();
        }

        _canvas.CopyTo(observation);
    }

    void DrawCells(int left, int right, int bottom, int top)
    {
        for (var x = left; x <= right; x++)
        {
            for (var y = bottom; y <= top; y++)
            {
                var cell = _game[x, y];
                if (cell is ProcgenGame.Space or ProcgenGame.Nothing || _game.Picture(cell) is not (var picture and >= 0))
                {
                    continue;
                }

                _brush.Paint(_canvas, Area(x, y + 1, 1, 1, CellMargin), picture, _game.ThemeOf(cell));
            }
        }
    }

    void DrawEntities(int layer)
    {
        foreach (ref readonly var entity in _game.Entities.All)
        {
            if (entity.Layer == layer && _game.Picture(entity.Image) is var picture and >= 0)
            {
                _brush.Paint(
                    _canvas,
                    Area(entity.X - entity.Rx, entity.Y + entity.Ry, 2 * entity.Rx, 2 * entity.Ry, 0),
                    picture,
                    entity);
            }
        }
    }

    // Two grey squares of a fifth of the width: v_x and v_y from −full (black) to full (white).
    void DrawVelocity()
    {
        const float Side = Canvas.Size * 0.2f;
        ref var agent = ref _game.Agent;
        Span<int> shades = [Shade(agent.Vx, _game.MaxSpeed), Shade(agent.Vy, _game.MaxJump)];
        for (var i = 0; i < 2; i++)
        {
            var shade = shades[i];
            _canvas.Fill(new PixelArea(i * Side, 0, Side, Side).Round(), Canvas.Rgb(shade, shade, shade));
        }

        static int Shade(float velocity, float full) =>
            Math.Clamp((int)((float)((0.5 * velocity / full) + 0.5) * 255), 0, 255);
    }

    // The world's rectangle whose upper left corner is (x, y).
    PixelArea Area(float x, float y, float width, float height, float margin) => new(
        ((x - margin) * _unit) - _xOffset,
        ((_viewSize - y - margin) * _unit) + _yOffset,
        (width + (2 * margin)) * _unit,
        (height + (2 * margin)) * _unit);
}
