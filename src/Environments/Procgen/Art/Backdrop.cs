namespace RL.Environments;

/// <summary>A picture for a background: dots 0xffBBGGRR, row after row.</summary>
sealed record BackdropImage(int Width, int Height, uint[] Dots)
{
    /// <summary>Made dot by dot: (column, row) → colour.</summary>
    public static BackdropImage Make(int width, int height, Func<int, int, uint> colour)
    {
        var dots = new uint[width * height];
        for (var i = 0; i < dots.Length; i++)
        {
            dots[i] = colour(i % width, i / width);
        }

        return new BackdropImage(width, height, dots);
    }
}

/// <summary>
/// Backgrounds as images: either as high as the world, its aspect kept and shifted to the left by the level's share of what is
/// too wide, or (<paramref name="tiles"/>) square tiles as wide as the world, one over the other.
/// </summary>
sealed class ImageBackdrop(IReadOnlyList<BackdropImage> images, bool tiles = false) : IBackdrop
{
    public void Paint(Canvas canvas, PixelArea world, ProcgenGame game)
    {
        var image = images[game.Background % images.Count];
        var (x, y, width, height) = world;
        if (tiles)
        {
            height /= Math.Max(1, (int)(height / width));
        }
        else
        {
            var surplus = ((float)image.Width / image.Height) - ((float)game.Width / game.Height);
            width = height * image.Width / image.Height;
            x -= game.BackgroundShift * surplus * world.Width;
        }

        // Which dot a pixel shows, by column and by row.
        Span<int> columns = stackalloc int[Canvas.Size];
        Span<int> rows = stackalloc int[Canvas.Size];
        for (var i = 0; i < Canvas.Size; i++)
        {
            columns[i] = Wrap((int)MathF.Floor((i + 0.5f - x) / width * image.Width), image.Width);
            rows[i] = Wrap((int)MathF.Floor((i + 0.5f - y) / height * image.Height), image.Height);
        }

        var isPlain = columns[^1] - columns[0] == Canvas.Size - 1;
        for (var row = 0; row < Canvas.Size; row++)
        {
            var shown = canvas.Pixels.Slice(row * Canvas.Size, Canvas.Size);
            var dots = image.Dots.AsSpan(rows[row] * image.Width, image.Width);
            if (isPlain)
            {
                dots.Slice(columns[0], Canvas.Size).CopyTo(shown);
                continue;
            }

            for (var i = 0; i < shown.Length; i++)
            {
                shown[i] = dots[columns[i]];
            }
        }
    }

    static int Wrap(int index, int period) => (uint)index < (uint)period ? index : ((index % period) + period) % period;
}
