using System.Globalization;
using RL.Certification;
using ScottPlot;
using PlotStyle = RL.Drawing.PlotStyle;

namespace RL.Studies;

/// <summary>Draws a landscape: value as colour, linear regions as thin lines, the ways of the methods, the maximum.</summary>
public static class LandscapePicture
{
    const int Grid = 400, Width = 820, Height = 780;

    /// <summary>From low to high: light, so that ways and lines stand out.</summary>
    static readonly Color[] _ramp =
        [Color.FromHex("#8c9db5"), Color.FromHex("#c3cfde"), Color.FromHex("#f2f0e9"), Color.FromHex("#f6dca5"), Color.FromHex("#eebc5c")];

    /// <summary>Writes the picture as SVG and as PNG, or as one of them.</summary>
    /// <param name="landscape">What to draw.</param>
    /// <param name="title">Above it.</param>
    /// <param name="path">Ending in .svg or .png: that file; otherwise both, with these endings added.</param>
    public static void Save(Landscape landscape, string title, string path)
    {
        var plot = PlotStyle.Create(title, "x₁", "x₂");
        AddValues(plot, landscape);
        foreach (var region in landscape.Regions)
        {
            var outline = plot.Add.Polygon([.. region.Corners.Select(corner => new Coordinates(corner.S, corner.T))]);
            outline.FillColor = Colors.Transparent;
            outline.LineColor = Colors.Black.WithOpacity(0.28);
            outline.LineWidth = 0.6f;
        }
        for (var i = 0; i < landscape.Trajectories.Count; i++)
        {
            Add(plot, landscape.Trajectories[i], PlotStyle.Series(i).Colour);
        }
        var maximum = plot.Add.Marker(landscape.Maximum.X, landscape.Maximum.Y, MarkerShape.Asterisk, 18, Colors.Black);
        maximum.MarkerLineWidth = 2.5f;
        maximum.LegendText = $"maximum: {Number(landscape.MaximumValue)}";
        plot.Axes.SetLimits(-1.03, 1.03, -1.03, 1.03);
        plot.HideGrid();
        PlotStyle.UseFewTicks(plot.Axes.Bottom);
        PlotStyle.UseFewTicks(plot.Axes.Left);
        PlotStyle.ShowLegendBelow(plot);
        PlotStyle.Save(plot, path, Width, Height);
    }

    static void AddValues(Plot plot, Landscape landscape)
    {
        var values = new double[Grid, Grid];
        for (var row = 0; row < Grid; row++)
        {
            for (var column = 0; column < Grid; column++)
            {
                values[row, column] = double.NaN;
            }
        }
        double Place(int i) => -1 + ((i + 0.5) * 2 / Grid);
        foreach (var region in landscape.Regions)
        {
            Fill(values, region, Place);
        }
        var heatmap = plot.Add.Heatmap(values);
        heatmap.Extent = new CoordinateRect(-1, 1, -1, 1);
        heatmap.Colormap = new ScottPlot.Colormaps.CustomInterpolated(_ramp);
        heatmap.Smooth = false;
        var bar = plot.Add.ColorBar(heatmap);
        bar.Label = "f(x)";
        bar.LabelStyle.FontName = PlotStyle.Font;
        bar.LabelStyle.FontSize = 14;
        bar.Axis.TickLabelStyle.FontName = PlotStyle.Font;
        bar.Axis.TickLabelStyle.FontSize = 12;
        PlotStyle.UseFewTicks(bar.Axis);
    }

    /// <summary>Sets the cells whose middle lies in the region; the first row is the topmost.</summary>
    static void Fill(double[,] values, SliceCell region, Func<int, double> place)
    {
        int First(double low) => Math.Max(0, (int)Math.Floor((low + 1) * Grid / 2) - 1);
        int Last(double high) => Math.Min(Grid - 1, (int)Math.Ceiling((high + 1) * Grid / 2));
        for (var i = First(region.Corners.Min(corner => corner.T)); i <= Last(region.Corners.Max(corner => corner.T)); i++)
        {
            for (var j = First(region.Corners.Min(corner => corner.S)); j <= Last(region.Corners.Max(corner => corner.S)); j++)
            {
                var (x, y) = (place(j), place(i));
                if (Contains(region.Corners, x, y))
                {
                    values[Grid - 1 - i, j] = region.Value(0, x, y);
                }
            }
        }
    }

    /// <summary>Whether a point lies left of every side of a polygon whose corners turn left, borders included.</summary>
    static bool Contains(IReadOnlyList<(double X, double Y)> corners, double x, double y)
    {
        for (var i = 0; i < corners.Count; i++)
        {
            var (a, b) = (corners[i], corners[(i + 1) % corners.Count]);
            if (((b.X - a.X) * (y - a.Y)) - ((b.Y - a.Y) * (x - a.X)) < -1e-12)
            {
                return false;
            }
        }
        return true;
    }

    static void Add(Plot plot, Trajectory trajectory, Color colour)
    {
        var isNamed = false;
        // A method with several starts is several ways for as long as their number stays the same.
        for (var from = 0; from < trajectory.Steps.Count;)
        {
            var rows = trajectory.Steps[from].Length;
            var to = from;
            while (to < trajectory.Steps.Count && trajectory.Steps[to].Length == rows)
            {
                to++;
            }
            for (var row = 0; row < rows; row++)
            {
                var way = trajectory.Steps.Skip(from).Take(to - from).Select(step => new Coordinates(step[row].X, step[row].Y)).ToArray();
                var line = plot.Add.Scatter(way, colour);
                line.LineWidth = 1.6f;
                line.MarkerSize = 4;
                if (!isNamed)
                {
                    line.LegendText = $"{trajectory.Method}: {Number(trajectory.Value)}";
                    isNamed = true;
                }
            }
            from = to;
        }
        var end = plot.Add.Marker(trajectory.X.X, trajectory.X.Y, MarkerShape.FilledCircle, 12, colour);
        end.MarkerLineColor = Colors.White;
        end.MarkerLineWidth = 1.5f;
    }

    static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture).Replace('-', '−');
}
