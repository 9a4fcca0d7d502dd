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
/// Draws one game as Procgen does: background, cells, entities by layer, the agent's velocity. All geometry is computed in float32
/// in the original's order, so that rounding to pixels agrees.
/// </summary>
/// <param name="game">Drawn.</param>
/// <param name="brush">How things look.</param>
/// <param name="backdrop">The background; null for black.</param>
/// <param name="options">Centring and the velocity squares.</param>
sealed class Renderer(ProcgenGame game, IBrush brush, IBackdrop? backdrop, ProcgenOptions options)
{
    // Cells are drawn a little larger, so that no seam shows.
    const float CellMargin = 0.02f;

    readonly Canvas _canvas = new();
    float _unit;
    float _viewSize;
    float _xOffset;
    float _yOffset;

    /// <summary>Draws the game as it is. [64 × 64 × 3]</summary>
    public void Draw(Span<byte> observation)
    {
        var (isCentred, visibility) = (game.IsCentred(options.CenterAgent), game.Visibility);
        var (centreX, centreY) = (game.Width * 0.5f, game.Height * 0.5f);
        if (isCentred)
        {
            (centreX, centreY) = game.ViewCentre;
        }
        else
        {
            visibility = Math.Max(game.Width, game.Height);
        }

        _unit = Canvas.Size / visibility;
        _viewSize = (float)(64.0 / _unit);
        _xOffset = _unit * (centreX - (_viewSize / 2));
        _yOffset = _unit * (centreY - (_viewSize / 2));

        if (backdrop is null)
        {
            _canvas.Clear(Canvas.Rgb(0, 0, 0));
        }
        else
        {
            backdrop.Paint(_canvas, Area(0, game.Height, game.Width, game.Height, 0), game);
        }

        if (isCentred)
        {
            var margin = (float)((visibility / 2.0) + 1);
            DrawCells((int)(centreX - margin), (int)(centreX + margin), (int)(centreY - margin), (int)(centreY + margin));
        }
        else
        {
            DrawCells(0, game.Width - 1, 0, game.Height - 1);
        }

        DrawEntities(0);
        DrawEntities(1);
        if (options.PaintVelInfo && game.HasUsefulVelocity)
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
                var cell = game[x, y];
                if (cell is ProcgenGame.Space or ProcgenGame.Nothing || game.Picture(cell) is not (var picture and >= 0))
                {
                    continue;
                }

                brush.Paint(_canvas, Area(x, y + 1, 1, 1, CellMargin), picture, game.ThemeOf(cell));
            }
        }
    }

    void DrawEntities(int layer)
    {
        foreach (ref readonly var entity in game.Entities.All)
        {
            if (entity.Layer == layer && game.Picture(entity.Image) is var picture and >= 0)
            {
                brush.Paint(
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
        ref var agent = ref game.Agent;
        Span<int> shades = [Shade(agent.Vx, game.MaxSpeed), Shade(agent.Vy, game.MaxJump)];
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
