using ScottPlot;
using ScottPlot.TickGenerators;

namespace RL.Drawing;

/// <summary>A named line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="X">Positions, as many as values.</param>
/// <param name="Y">Values; those that are not finite (on a logarithmic axis: not positive) are left out.</param>
/// <param name="Deviation">Half the height of a band around the line, per value; none if null.</param>
public sealed record Curve(
    string Name, IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double>? Deviation = null)
{
    /// <summary>Lower and upper edge of a band that need not be symmetric, per value; none if null. Instead of a deviation.</summary>
    public (IReadOnlyList<double> Low, IReadOnlyList<double> High)? Band { get; init; } = Deviation is null ? null
        : ([.. Y.Zip(Deviation, (value, half) => value - half)], [.. Y.Zip(Deviation, (value, half) => value + half)]);
}

/// <summary>Several named curves over one pair of axes.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="XLabel">Name of the horizontal axis, with its unit.</param>
/// <param name="YLabel">Name of the vertical axis, with its unit.</param>
public sealed record CurveChart(string Title, string XLabel, string YLabel)
{
    const int Width = 800, Height = 480;

    /// <summary>The curves, in the legend's order.</summary>
    public IReadOnlyList<Curve> Curves { get; init; } = [];

    /// <summary>Whether the horizontal axis is logarithmic.</summary>
    public bool LogX { get; init; }

    /// <summary>Whether the vertical axis is logarithmic.</summary>
    public bool LogY { get; init; }

    /// <summary>Writes the chart as SVG and as PNG, or as one of them.</summary>
    /// <param name="path">Ending in .svg or .png: that file; otherwise both, with these endings added.</param>
    /// <exception cref="ArgumentException">A curve whose columns differ in length.</exception>
    public void Save(string path)
    {
        var plot = PlotStyle.Create(Title, XLabel, YLabel);
        for (var i = 0; i < Curves.Count; i++)
        {
            Add(plot, Curves[i], i);
        }
        SetTicks(plot.Axes.Bottom, LogX);
        SetTicks(plot.Axes.Left, LogY);
        plot.Axes.Margins(0.03, 0.06);
        PlotStyle.ShowLegend(plot, EmptiestCorner(plot));
        PlotStyle.Save(plot, path, Width, Height);
    }

    void Add(Plot plot, Curve curve, int index)
    {
        var columns = new[] { curve.X.Count, curve.Deviation?.Count, curve.Band?.Low.Count, curve.Band?.High.Count };
        if (columns.Any(count => count is { } given && given != curve.Y.Count))
        {
            throw new ArgumentException(
                $"Curve \"{curve.Name}\" has {curve.X.Count} positions, {curve.Y.Count} values and " +
                $"{curve.Deviation?.Count ?? curve.Band?.Low.Count ?? 0} deviations; they must be equally many.");
        }
        var (colour, pattern) = PlotStyle.Series(index);
        var shown = Enumerable.Range(0, curve.X.Count)
            .Where(i => double.IsFinite(Place(curve.X[i], LogX)) && double.IsFinite(Place(curve.Y[i], LogY)))
            .ToArray();
        var x = shown.Select(i => Place(curve.X[i], LogX)).ToArray();
        if (curve.Band is { } edges)
        {
            // A band that reaches below zero has no place on a logarithmic axis: there it ends at the line. So does one that is not known.
            double Edge(IReadOnlyList<double> edge, int i) =>
                Place(edge[i], LogY) is var place && double.IsFinite(place) ? place : Place(curve.Y[i], LogY);
            var band = plot.Add.FillY(
                x, shown.Select(i => Edge(edges.Low, i)).ToArray(), shown.Select(i => Edge(edges.High, i)).ToArray());
            band.FillColor = colour.WithOpacity(0.15);
            band.LineWidth = 0;
        }
        var line = plot.Add.ScatterLine(x, shown.Select(i => Place(curve.Y[i], LogY)).ToArray(), colour);
        line.LegendText = curve.Name;
        line.LineWidth = 2;
        line.LinePattern = pattern;
        line.MarkerSize = x.Length == 1 ? 7 : 0;
    }

    static double Place(double value, bool logarithmic) => logarithmic ? Math.Log10(value) : value;

    static void SetTicks(IAxis axis, bool logarithmic)
    {
        if (!logarithmic)
        {
            PlotStyle.UseFewTicks(axis);
            return;
        }
        axis.TickGenerator = new NumericAutomatic
        {
            IntegerTicksOnly = true,
            MinorTickGenerator = new LogMinorTickGenerator(),
            LabelFormatter = exponent => PlotStyle.Number(Math.Pow(10, exponent)),
        };
    }

    /// <summary>The corner of the drawn range in which the fewest points lie.</summary>
    Alignment EmptiestCorner(Plot plot)
    {
        plot.Axes.AutoScale();
        var limits = plot.Axes.GetLimits();
        var points = Curves
            .SelectMany(curve => curve.X.Zip(curve.Y))
            .Select(point => (X: Place(point.First, LogX), Y: Place(point.Second, LogY)))
            .Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))
            .Select(point => (
                X: (point.X - limits.Left) / limits.HorizontalSpan, Y: (point.Y - limits.Bottom) / limits.VerticalSpan))
            .ToArray();
        // The size of a legend, generously.
        const double wide = 0.4, high = 0.4;
        return new[] { Alignment.LowerRight, Alignment.UpperRight, Alignment.UpperLeft, Alignment.LowerLeft }.MinBy(corner =>
            points.Count(point =>
                (corner is Alignment.LowerRight or Alignment.UpperRight ? point.X > 1 - wide : point.X < wide) &&
                (corner is Alignment.LowerRight or Alignment.LowerLeft ? point.Y < high : point.Y > 1 - high)));
    }
}
