using RL.Certification;
using ScottPlot;
using PlotStyle = RL.Drawing.PlotStyle;

namespace RL.Studies;

/// <summary>
/// Draws why no hull of one layer after the other is exact, on the example zero: what the first layer makes of the inputs and the convex hull of that;
/// what the second layer makes of both; how the bound depends on where the inputs are cut in two.
/// </summary>
public static class BarrierPicture
{
    const int Width = 430, Height = 430, Cuts = 81;

    static readonly Color _true = PlotStyle.Colours[0], _hull = PlotStyle.Colours[1], _triangle = PlotStyle.Colours[7];

    /// <summary>Writes the picture as PNG.</summary>
    /// <param name="path">The file.</param>
    public static void Save(string path)
    {
        var example = RelaxationExamples.All.Single(known => known.Name == "zero");
        PlotStyle.SavePng([FirstLayer(), SecondLayer(), Bounds(example)], path, Width, Height);
    }

    static Plot FirstLayer()
    {
        var plot = Empty("After layer 1", "a = relu(x)", "b = relu(−x)", Alignment.UpperRight);
        Fill(plot, "convex hull", [(0, 0), (1, 0), (0, 1)]);
        Line(plot, "values for x in [−1, 1]", [(0, 1), (0, 0), (1, 0)]);
        Mark(plot, 0.5, 0.5, "(½, ½): no x gives it");
        return plot;
    }

    static Plot SecondLayer()
    {
        // Corners of the hull's image: relu(a) = a and relu(a − b), which has its kink on a = b.
        var plot = Empty("After layer 2", "c = relu(a)", "d = relu(a − b)", Alignment.UpperLeft);
        Fill(plot, "what it makes of the hull", [(0, 0), (0.5, 0), (1, 1)]);
        Line(plot, "values for x in [−1, 1]", [(0, 0), (1, 1)]);
        Mark(plot, 0.5, 0, "here y = ½, not 0");
        return plot;
    }

    static Plot Bounds(RelaxationExample example)
    {
        var plot = PlotStyle.Create("Bounds of y, inputs cut in two", "cut at x", "y = c − d");
        double[] cuts = [.. Enumerable.Range(0, Cuts).Select(i => -1 + (2.0 * i / (Cuts - 1)))];
        foreach (var (name, isWhole, colour) in new[] { ("triangles", false, _triangle), ("hulls of whole layers", true, _hull) })
        {
            var bounds = cuts.Select(cut => (
                Left: InputPartition.Bound(example, [-1], [cut], isWhole), Right: InputPartition.Bound(example, [cut], [1], isWhole))).ToArray();
            Add([.. bounds.Select(bound => Math.Max(bound.Left.Upper, bound.Right.Upper))], name);
            Add([.. bounds.Select(bound => Math.Min(bound.Left.Lower, bound.Right.Lower))], "");
            void Add(double[] values, string legend)
            {
                var line = plot.Add.ScatterLine(cuts, values, colour);
                (line.LegendText, line.LineWidth) = (legend, isWhole ? 2.5f : 6);
            }
        }
        var truth = plot.Add.HorizontalLine(0, 2.5f, _true);
        (truth.LegendText, truth.LinePattern) = ("the function", LinePattern.Dashed);
        plot.Axes.SetLimits(-1.05, 1.05, -0.56, 1.0);
        PlotStyle.UseFewTicks(plot.Axes.Bottom);
        PlotStyle.UseFewTicks(plot.Axes.Left);
        PlotStyle.ShowLegend(plot, Alignment.UpperCenter);
        return plot;
    }

    static Plot Empty(string title, string x, string y, Alignment legend)
    {
        var plot = PlotStyle.Create(title, x, y);
        plot.Axes.SetLimits(-0.08, 1.15, -0.08, 1.15);
        PlotStyle.UseFewTicks(plot.Axes.Bottom);
        PlotStyle.UseFewTicks(plot.Axes.Left);
        PlotStyle.ShowLegend(plot, legend);
        return plot;
    }

    static void Fill(Plot plot, string name, (double X, double Y)[] corners)
    {
        var polygon = plot.Add.Polygon([.. corners.Select(corner => new Coordinates(corner.X, corner.Y))]);
        polygon.FillColor = _hull.WithOpacity(0.22);
        polygon.LineColor = _hull.WithOpacity(0.8);
        polygon.LegendText = name;
    }

    static void Line(Plot plot, string name, (double X, double Y)[] points)
    {
        var line = plot.Add.ScatterLine(points.Select(point => new Coordinates(point.X, point.Y)).ToArray(), _true);
        (line.LineWidth, line.LegendText) = (4, name);
    }

    static void Mark(Plot plot, double x, double y, string text)
    {
        plot.Add.Marker(x, y, MarkerShape.FilledCircle, 11, Colors.Black);
        var label = plot.Add.Text(text, x, y);
        (label.LabelFontName, label.LabelFontSize, label.OffsetX, label.OffsetY) = (PlotStyle.Font, 13, 12, -20);
    }
}
