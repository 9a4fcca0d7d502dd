using SkiaSharp;

namespace RL.Drawing;

/// <summary>One image of a sheet and what is written below it, in red where it is to stand out.</summary>
public sealed record SheetCell(ByteImage Image, string Caption = "", bool StandsOut = false);

/// <summary>A line of images with a name at its left.</summary>
public sealed record SheetRow(string Label, IReadOnlyList<SheetCell> Cells);

/// <summary>Images in a labelled grid, as one PNG.</summary>
/// <param name="Title">Above everything.</param>
/// <param name="Columns">Names of the columns, above them; fewer or none leave columns unnamed.</param>
/// <param name="Rows">The lines, as long as they are.</param>
public sealed record ContactSheet(string Title, IReadOnlyList<string> Columns, IReadOnlyList<SheetRow> Rows)
{
    const int Margin = 16, Gap = 8, TitleSize = 18, TextSize = 13, Line = 20;

    static readonly SKColor _text = new(0x22, 0x22, 0x22), _emphasis = new(0xc8, 0x2a, 0x00), _frame = new(0xcc, 0xcc, 0xcc);

    /// <summary>By how much images are enlarged, pixel by pixel.</summary>
    public int Zoom { get; init; } = 3;

    /// <summary>Draws the sheet.</summary>
    /// <param name="path">The file, whatever its ending, will be PNG.</param>
    public void Save(string path)
    {
        using var face = SKTypeface.FromFamilyName(PlotStyle.Font);
        using var font = new SKFont(face, TextSize);
        using var titleFont = new SKFont(face, TitleSize);
        var cells = Rows.SelectMany(row => row.Cells).ToArray();
        var columns = Math.Max(Columns.Count, Rows.Max(row => row.Cells.Count));
        var labels = (int)Math.Ceiling(Rows.Max(row => font.MeasureText(row.Label)));
        var left = Margin + (labels > 0 ? labels + Gap : 0);
        // A cell is as wide as the widest image, caption or heading.
        var texts = cells.Select(cell => cell.Caption).Concat(Columns);
        var cellWidth = (int)Math.Ceiling(Math.Max(cells.Max(cell => cell.Image.Width * Zoom), texts.Max(text => font.MeasureText(text))));
        var imageHeight = cells.Max(cell => cell.Image.Height) * Zoom;
        var cellHeight = imageHeight + (Array.Exists(cells, cell => cell.Caption.Length > 0) ? Line : 0);
        var top = Margin + (Title.Length > 0 ? TitleSize + Gap : 0) + (Columns.Count > 0 ? Line : 0);
        var width = Math.Max(left + (columns * (cellWidth + Gap)) - Gap, Margin + (int)titleFont.MeasureText(Title)) + Margin;
        var height = top + (Rows.Count * (cellHeight + Gap)) - Gap + Margin;

        using var bitmap = new SKBitmap(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
        Write(canvas, titleFont, Title, Margin, Margin + TitleSize - 2, _text, SKTextAlign.Left);
        int Left(int column) => left + (column * (cellWidth + Gap));
        for (var column = 0; column < Columns.Count; column++)
        {
            Write(canvas, font, Columns[column], Left(column) + (cellWidth / 2), top - 7, _text, SKTextAlign.Center);
        }
        for (var row = 0; row < Rows.Count; row++)
        {
            var y = top + (row * (cellHeight + Gap));
            Write(canvas, font, Rows[row].Label, left - Gap, y + (imageHeight / 2) + (TextSize / 2), _text, SKTextAlign.Right);
            for (var column = 0; column < Rows[row].Cells.Count; column++)
            {
                Draw(canvas, font, Rows[row].Cells[column], Left(column) + (cellWidth / 2), y, imageHeight);
            }
        }
        Png.WriteBitmap(path, bitmap);
    }

    void Draw(SKCanvas canvas, SKFont font, SheetCell cell, int centre, int top, int imageHeight)
    {
        using var image = Png.ToBitmap(cell.Image.Zoom(Zoom));
        var left = centre - (image.Width / 2);
        canvas.DrawBitmap(image, left, top);
        var colour = cell.StandsOut ? _emphasis : _text;
        using var frame = new SKPaint { Color = cell.StandsOut ? _emphasis : _frame, IsStroke = true };
        canvas.DrawRect(left - 0.5f, top - 0.5f, image.Width + 1, image.Height + 1, frame);
        Write(canvas, font, cell.Caption, centre, top + imageHeight + Line - 5, colour, SKTextAlign.Center);
    }

    static void Write(SKCanvas canvas, SKFont font, string text, float x, float y, SKColor colour, SKTextAlign align)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = true };
        canvas.DrawText(text, x, y, align, font, paint);
    }
}
