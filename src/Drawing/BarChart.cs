using ScottPlot;
using ScottPlot.TickGenerators;

namespace RL.Drawing;

/// <summary>One bar.</summary>
/// <param name="Name">At its left.</param>
/// <param name="Value">Its length; not negative.</param>
/// <param name="Note">At its end.</param>
public sealed record Bar(string Name, double Value, string Note = "");

/// <summary>Horizontal bars, the first one at the top.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="Label">Name of the horizontal axis, with its unit.</param>
/// <param name="Bars">The bars, at least one.</param>
public sealed record BarChart(string Title, string Label, IReadOnlyList<Bar> Bars)
{
    const int Width = 760, HeightOfABar = 44, HeightOfTheRest = 120;

    /// <summary>Writes the chart as SVG and as PNG, or as one of them.</summary>
    /// <param name="path">Ending in .svg or .png: that file; otherwise both, with these endings added.</param>
    public void Save(string path)
    {
        var plot = PlotStyle.Create(Title, Label, "");
        var places = Enumerable.Range(0, Bars.Count).Select(i => (double)(Bars.Count - 1 - i)).ToArray();
        var bars = plot.Add.Bars(Bars.Select((bar, i) => new ScottPlot.Bar
        {
            Position = places[i],
            Value = bar.Value,
            FillColor = PlotStyle.Colours[0],
            LineWidth = 0,
            Size = 0.6,
            Orientation = Orientation.Horizontal,
        }).ToArray());
        bars.Horizontal = true;
        var longest = Math.Max(Bars.Max(bar => bar.Value), 1e-9);
        for (var i = 0; i < Bars.Count; i++)
        {
            var note = plot.Add.Text(Bars[i].Note, Bars[i].Value + (0.01 * longest), places[i]);
            note.LabelFontName = PlotStyle.Font;
            note.LabelFontSize = 12;
            note.LabelAlignment = Alignment.MiddleLeft;
        }

        plot.Axes.Left.TickGenerator = new NumericManual(places, [.. Bars.Select(bar => bar.Name)]);
        plot.Axes.Left.MajorTickStyle.Length = 0;
        plot.Grid.YAxisStyle.IsVisible = false;
        PlotStyle.UseFewTicks(plot.Axes.Bottom);
        // Room for the notes.
        plot.Axes.SetLimits(0, 1.4 * longest, -0.6, Bars.Count - 0.4);
        PlotStyle.Save(plot, path, Width, HeightOfTheRest + (HeightOfABar * Bars.Count));
    }
}
