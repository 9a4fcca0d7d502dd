using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace RL.Drawing;

/// <summary>How every picture of this assembly looks, and how it is saved.</summary>
static class PlotStyle
{
    /// <summary>Debian's fonts-dejavu-core, which has every symbol that titles use.</summary>
    public const string Font = "DejaVu Sans";

    /// <summary>Okabe and Ito's colours, told apart by colour-blind readers too; the light yellow is left out.</summary>
    public static readonly IReadOnlyList<Color> Colours =
    [
        Color.FromHex("#0072b2"), Color.FromHex("#d55e00"), Color.FromHex("#009e73"), Color.FromHex("#cc79a7"),
        Color.FromHex("#e69f00"), Color.FromHex("#56b4e9"), Color.FromHex("#000000"), Color.FromHex("#7f7f7f"),
    ];

    static readonly LinePattern[] _patterns = [LinePattern.Solid, LinePattern.Dashed, LinePattern.Dotted];

    /// <summary>Series i's colour; after the last colour they begin again, with another line pattern.</summary>
    public static (Color Colour, LinePattern Pattern) Series(int i) =>
        (Colours[i % Colours.Count], _patterns[i / Colours.Count % _patterns.Length]);

    /// <summary>An empty plot with a title and named axes.</summary>
    public static Plot Create(string title, string xLabel, string yLabel)
    {
        var plot = new Plot();
        plot.Axes.Title.Label.Text = title;
        plot.Axes.Bottom.Label.Text = xLabel;
        plot.Axes.Left.Label.Text = yLabel;
        plot.Font.Set(Font);
        plot.Axes.Title.Label.FontSize = 17;
        foreach (var axis in new IAxis[] { plot.Axes.Bottom, plot.Axes.Left })
        {
            axis.Label.FontSize = 14;
            axis.Label.Bold = false;
            axis.TickLabelStyle.FontSize = 12;
        }
        plot.Axes.Right.FrameLineStyle.IsVisible = false;
        plot.Axes.Top.FrameLineStyle.IsVisible = false;
        plot.Axes.Right.MinimumSize = 24;      // so that the last tick's label is not cut
        plot.Grid.MajorLineColor = Colors.Black.WithOpacity(0.1);
        plot.Axes.AntiAlias(true);
        return plot;
    }

    /// <summary>Shows the legend of the named series in a corner.</summary>
    public static void ShowLegend(Plot plot, Alignment corner) => Style(plot.ShowLegend(corner));

    /// <summary>Shows the legend of the named series under the plot, where it hides nothing.</summary>
    public static void ShowLegendBelow(Plot plot)
    {
        var panel = plot.ShowLegend(Edge.Bottom);
        Style(panel.Legend);
        panel.Legend.OutlineColor = Colors.Transparent;
        panel.Legend.Orientation = Orientation.Horizontal;
    }

    /// <summary>Ticks at round numbers, about half as many as usual and none between them.</summary>
    public static void UseFewTicks(IAxis axis) => axis.TickGenerator = new NumericAutomatic
    {
        TickDensity = 0.6,
        MinorTickGenerator = new EvenlySpacedMinorTickGenerator(1),
        LabelFormatter = Number,
    };

    /// <summary>1,000,000 and 0.001 in full; what is longer in powers of ten.</summary>
    public static string Number(double value)
    {
        var size = Math.Abs(value);
        return size is 0 or (>= 1e-4 and < 1e7)
            ? value.ToString("#,0.#######", CultureInfo.InvariantCulture)
            : value.ToString("0.###e+0", CultureInfo.InvariantCulture);
    }

    static void Style(Legend legend)
    {
        legend.FontName = Font;
        legend.FontSize = 12;
        legend.OutlineColor = Colors.Black.WithOpacity(0.2);
        legend.ShadowColor = Colors.Transparent;
        legend.BackgroundColor = Colors.White.WithOpacity(0.85);
    }

    /// <summary>Writes the picture as SVG and as PNG, or as one of them.</summary>
    /// <param name="plot">What to draw.</param>
    /// <param name="path">Ending in .svg or .png: that file; otherwise both, with these endings added.</param>
    /// <param name="width">Units of the SVG; the PNG has twice as many pixels, for dense screens and print.</param>
    /// <param name="height">Likewise.</param>
    public static void Save(Plot plot, string path, int width, int height)
    {
        const int density = 2;
        var extension = Path.GetExtension(path);
        var isOne = extension is ".svg" or ".png";
        if (!isOne || extension == ".svg")
        {
            plot.SaveSvg(isOne ? path : path + ".svg", width, height);
        }
        if (!isOne || extension == ".png")
        {
            plot.ScaleFactor = density;
            plot.SavePng(isOne ? path : path + ".png", width * density, height * density);
            plot.ScaleFactor = 1;
        }
    }

    /// <summary>Writes several plots side by side as one PNG.</summary>
    /// <param name="plots">From left to right.</param>
    /// <param name="path">The file.</param>
    /// <param name="width">Of each; the PNG has twice as many pixels.</param>
    /// <param name="height">Likewise.</param>
    public static void SavePng(IReadOnlyList<Plot> plots, string path, int width, int height)
    {
        const int density = 2;
        using var bitmap = new SKBitmap(plots.Count * width * density, height * density, SKColorType.Rgba8888, SKAlphaType.Opaque);
        using var canvas = new SKCanvas(bitmap);
        for (var i = 0; i < plots.Count; i++)
        {
            plots[i].ScaleFactor = density;
            using var own = SKBitmap.Decode(plots[i].GetImage(width * density, height * density).GetImageBytes(ImageFormat.Png));
            plots[i].ScaleFactor = 1;
            canvas.DrawBitmap(own, i * width * density, 0);
        }
        Png.WriteBitmap(path, bitmap);
    }
}
