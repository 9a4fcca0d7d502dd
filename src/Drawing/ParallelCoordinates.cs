using ScottPlot;
using ScottPlot.TickGenerators;

namespace RL.Drawing;

/// <summary>One vertical axis.</summary>
/// <param name="Name">Below it.</param>
/// <param name="Marks">Places from 0 to 1, and what is written there.</param>
public sealed record ParallelAxis(string Name, IReadOnlyList<(double Place, string Text)> Marks);

/// <summary>One line from axis to axis.</summary>
/// <param name="Places">Where it meets each axis, from 0 to 1; NaN: it ends before that axis.</param>
/// <param name="Shade">Its colour, from 0 (dark) to 1 (light); NaN: grey.</param>
public sealed record ParallelLine(IReadOnlyList<double> Places, double Shade);

/// <summary>Many combinations of settings and what came of them: an axis for each setting, a line for each combination.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="Axes">From left to right; the last one is the result.</param>
/// <param name="Lines">The lines, the later ones above the earlier; the last one is drawn thick.</param>
public sealed record ParallelCoordinates(string Title, IReadOnlyList<ParallelAxis> Axes, IReadOnlyList<ParallelLine> Lines)
{
    const int WidthOfAnAxis = 170, LeastWidth = 640, Height = 460;

    /// <summary>A name is cut in two lines at a dot if it is longer.</summary>
    const int LongName = 18;

    /// <summary>Writes the chart as SVG and as PNG, or as one of them.</summary>
    /// <param name="path">Ending in .svg or .png: that file; otherwise both, with these endings added.</param>
    /// <exception cref="ArgumentException">A line has not one place for each axis.</exception>
    public void Save(string path)
    {
        if (Lines.FirstOrDefault(line => line.Places.Count != Axes.Count) is { } wrong)
        {
            throw new ArgumentException($"A line has {wrong.Places.Count} places, and there are {Axes.Count} axes.");
        }

        var plot = PlotStyle.Create(Title, "", "");
        plot.HideGrid();
        var map = new ScottPlot.Colormaps.Viridis();
        for (var i = 0; i < Lines.Count; i++)
        {
            AddLine(plot, Lines[i], map, i == Lines.Count - 1);
        }

        for (var i = 0; i < Axes.Count; i++)
        {
            AddAxis(plot, Axes[i], i);
        }

        plot.Axes.Left.IsVisible = false;
        plot.Axes.Bottom.FrameLineStyle.IsVisible = false;
        plot.Axes.Bottom.MajorTickStyle.Length = 0;
        plot.Axes.Bottom.TickGenerator = new NumericManual([.. Axes.Select((_, i) => (double)i)], [.. Axes.Select(axis => Wrapped(axis.Name))]);
        plot.Axes.Bottom.MinimumSize = 56;
        // Room for the marks at the right of the last axis.
        plot.Axes.SetLimits(-0.35, Axes.Count - 1 + 0.45, -0.06, 1.06);
        PlotStyle.Save(plot, path, Math.Max(LeastWidth, WidthOfAnAxis * Axes.Count), Height);
    }

    static void AddLine(Plot plot, ParallelLine line, ScottPlot.Colormaps.Viridis map, bool isBest)
    {
        var shown = line.Places.TakeWhile(double.IsFinite).ToArray();
        var colour = double.IsNaN(line.Shade) ? Colors.Grey : map.GetColor(Math.Clamp(line.Shade, 0, 1) * 0.92);
        var drawn = plot.Add.ScatterLine([.. shown.Select((_, i) => (double)i)], shown, isBest ? PlotStyle.Colours[1] : colour.WithOpacity(0.75));
        drawn.LineWidth = isBest ? 3.5f : 1.5f;
    }

    static void AddAxis(Plot plot, ParallelAxis axis, int index)
    {
        var stroke = plot.Add.Line(index, 0, index, 1);
        stroke.Color = Colors.Black;
        stroke.LineWidth = 1;
        stroke.MarkerSize = 0;
        foreach (var (place, text) in axis.Marks)
        {
            var mark = plot.Add.Line(index - 0.02, place, index + 0.02, place);
            mark.Color = Colors.Black;
            mark.LineWidth = 1;
            mark.MarkerSize = 0;
            var label = plot.Add.Text(text, index + 0.03, place);
            label.LabelFontName = PlotStyle.Font;
            label.LabelFontSize = 12;
            label.LabelAlignment = Alignment.MiddleLeft;
            label.LabelBackgroundColor = Colors.White.WithOpacity(0.75);
            label.LabelPadding = 1;
        }
    }

    static string Wrapped(string name)
    {
        var dot = name.LastIndexOf('.');
        return name.Length > LongName && dot > 0 ? $"{name[..(dot + 1)]}\n{name[(dot + 1)..]}" : name;
    }
}
