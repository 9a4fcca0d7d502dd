using RL.Certification;
using ScottPlot;
using SkiaSharp;
using PlotStyle = RL.Drawing.PlotStyle;

namespace RL.Studies;

/// <summary>What a picture of a slice shows beside its lines.</summary>
public sealed record SlicePictureOptions
{
    /// <summary>Above it.</summary>
    public required string Title { get; init; }

    /// <summary>What s measures.</summary>
    public string SLabel { get; init; } = "s";

    /// <summary>What t measures.</summary>
    public string TLabel { get; init; } = "t";

    /// <summary>What the values are.</summary>
    public string ValueLabel { get; init; } = "f(x)";

    /// <summary>Of a discrete policy: the actions' names; colours are then those of the greedy action instead of a value's.</summary>
    public IReadOnlyList<string>? Actions { get; init; }

    /// <summary>The output that is shown.</summary>
    public int Output { get; init; }

    /// <summary>What is made of the output; null: nothing.</summary>
    public Func<double, double>? Head { get; init; }

    /// <summary>Points to name.</summary>
    public IReadOnlyList<(double S, double T, string Name)> Marks { get; init; } = [];
}

/// <summary>Draws a slice: the value or the greedy action as colour, and the critical lines of every layer.</summary>
public static class SlicePicture
{
    const int Grid = 600, Width = 860, Height = 840;

    /// <summary>From low to high: light, so that lines stand out.</summary>
    static readonly Color[] _ramp =
        [Color.FromHex("#7f97b8"), Color.FromHex("#bccbdd"), Color.FromHex("#f4f2ec"), Color.FromHex("#f5d9a0"), Color.FromHex("#e8ab45")];

    /// <summary>Critical lines of the first, second, … layer, dark on light.</summary>
    static readonly Color[] _layers =
        [Color.FromHex("#14213d"), Color.FromHex("#b5179e"), Color.FromHex("#00796b"), Color.FromHex("#c62828"), Color.FromHex("#5d4037"), Color.FromHex("#1565c0")];

    /// <summary>Writes the picture as SVG and as PNG, or as one of them.</summary>
    /// <param name="slice">What to draw.</param>
    /// <param name="options">What else it shows.</param>
    /// <param name="path">Ending in .svg or .png: that file; otherwise both, with these endings added.</param>
    public static void Save(PlaneSlice slice, SlicePictureOptions options, string path)
    {
        ArgumentNullException.ThrowIfNull(slice);
        ArgumentNullException.ThrowIfNull(options);
        var plot = PlotStyle.Create(options.Title, options.SLabel, options.TLabel);
        if (options.Actions is { } actions)
        {
            AddActions(plot, slice, actions);
        }
        else
        {
            AddValues(plot, slice, options);
        }
        AddLines(plot, slice);
        if (options.Actions is { } names)
        {
            var pieces = DecisionPiece.Of(slice, names.Count);
            plot.Add.Plottable(new Segments([.. pieces.SelectMany(piece => piece.Borders)], Colors.White, 4.4f));
            plot.Add.Plottable(new Segments([.. pieces.SelectMany(piece => piece.Borders)], Colors.Black, 2.2f) { Name = "action changes" });
        }
        foreach (var (s, t, name) in options.Marks)
        {
            var mark = plot.Add.Marker(s, t, MarkerShape.FilledCircle, 10, Colors.Black);
            mark.MarkerLineColor = Colors.White;
            mark.MarkerLineWidth = 1.5f;
            var text = plot.Add.Text(name, s, t);
            text.LabelFontName = PlotStyle.Font;
            text.LabelFontSize = 13;
            text.LabelBackgroundColor = Colors.White.WithOpacity(0.8);
            text.LabelPadding = 3;
            text.OffsetX = s > 0.7 ? -10 : 10;
            text.OffsetY = t > 0.8 ? 10 : -10;
            text.LabelAlignment = (s > 0.7, t > 0.8) switch
            {
                (true, true) => Alignment.UpperRight,
                (true, false) => Alignment.LowerRight,
                (false, true) => Alignment.UpperLeft,
                _ => Alignment.LowerLeft,
            };
        }
        plot.Axes.SetLimits(-1, 1, -1, 1);
        plot.HideGrid();
        PlotStyle.UseFewTicks(plot.Axes.Bottom);
        PlotStyle.UseFewTicks(plot.Axes.Left);
        PlotStyle.ShowLegendBelow(plot);
        PlotStyle.Save(plot, path, Width, Height);
    }

    static void AddLines(Plot plot, PlaneSlice slice)
    {
        var lines = new List<((double S, double T), (double S, double T))>[slice.PerLayer.Count];
        for (var layer = 0; layer < lines.Length; layer++)
        {
            lines[layer] = [];
        }
        foreach (var cell in slice.Cells)
        {
            var (corners, sides) = (cell.Corners, cell.Sides);
            for (var i = 0; i < corners.Count; i++)
            {
                var (from, to) = (corners[i], corners[(i + 1) % corners.Count]);
                // The neighbour has the same side the other way round.
                if (sides[i] is { } neuron && from.CompareTo(to) < 0)
                {
                    lines[neuron.Layer].Add((from, to));
                }
            }
        }
        var isDense = slice.Cells.Count > 4000;
        for (var layer = 0; layer < lines.Length; layer++)
        {
            var colour = _layers[layer % _layers.Length].WithOpacity(isDense ? 0.55 : 0.8);
            plot.Add.Plottable(new Segments(lines[layer], colour, (layer == 0 ? 1.1f : 0.8f) * (isDense ? 0.6f : 1)) { Name = $"layer {layer + 1}" });
        }
    }

    static void AddValues(Plot plot, PlaneSlice slice, SlicePictureOptions options)
    {
        var values = new double[Grid, Grid];
        foreach (var cell in slice.Cells)
        {
            Fill(values, cell, options);
        }
        var heatmap = plot.Add.Heatmap(values);
        heatmap.Extent = new CoordinateRect(-1, 1, -1, 1);
        heatmap.Colormap = new ScottPlot.Colormaps.CustomInterpolated(_ramp);
        heatmap.Smooth = false;
        var bar = plot.Add.ColorBar(heatmap);
        bar.Label = options.ValueLabel;
        bar.LabelStyle.FontName = PlotStyle.Font;
        bar.LabelStyle.FontSize = 14;
        bar.Axis.TickLabelStyle.FontName = PlotStyle.Font;
        bar.Axis.TickLabelStyle.FontSize = 12;
        PlotStyle.UseFewTicks(bar.Axis);
    }

    /// <summary>Sets the pixels whose middle lies in the cell, row by row between its left and right side; the first row is the topmost.</summary>
    static void Fill(double[,] values, SliceCell cell, SlicePictureOptions options)
    {
        static double Place(int i) => -1 + ((i + 0.5) * 2 / Grid);
        var corners = cell.Corners;
        var first = Math.Max(0, (int)Math.Floor((corners.Min(corner => corner.T) + 1) * Grid / 2) - 1);
        var last = Math.Min(Grid - 1, (int)Math.Ceiling((corners.Max(corner => corner.T) + 1) * Grid / 2));
        for (var i = first; i <= last; i++)
        {
            var t = Place(i);
            var (left, right) = (double.PositiveInfinity, double.NegativeInfinity);
            for (var c = 0; c < corners.Count; c++)
            {
                var (a, b) = (corners[c], corners[(c + 1) % corners.Count]);
                if ((a.T <= t) != (b.T <= t))
                {
                    var s = a.S + ((t - a.T) / (b.T - a.T) * (b.S - a.S));
                    (left, right) = (Math.Min(left, s), Math.Max(right, s));
                }
            }
            for (var j = Math.Max(0, (int)Math.Floor((left + 1) * Grid / 2) - 1); left <= right && j < Grid && Place(j) <= right; j++)
            {
                if (Place(j) >= left)
                {
                    var value = cell.Value(options.Output, Place(j), t);
                    values[Grid - 1 - i, j] = options.Head?.Invoke(value) ?? value;
                }
            }
        }
    }

    static void AddActions(Plot plot, PlaneSlice slice, IReadOnlyList<string> actions)
    {
        foreach (var group in DecisionPiece.Of(slice, actions.Count).GroupBy(piece => piece.Action).OrderBy(group => group.Key))
        {
            var colour = PlotStyle.Series(group.Key).Colour;
            // A tint of it: lines have to stand out.
            var tint = new Color((byte)(255 - ((255 - colour.R) * 0.42)), (byte)(255 - ((255 - colour.G) * 0.42)), (byte)(255 - ((255 - colour.B) * 0.42)));
            plot.Add.Plottable(new Areas([.. group.Select(piece => piece.Corners)], tint) { Name = actions[group.Key] });
        }
    }

    /// <summary>Many lines at once, one path.</summary>
    sealed class Segments(IReadOnlyList<((double S, double T) From, (double S, double T) To)> lines, Color colour, float width) : IPlottable
    {
        public string? Name { get; init; }

        public bool IsVisible { get; set; } = true;

        public IAxes Axes { get; set; } = new Axes();

        public IEnumerable<LegendItem> LegendItems => Name is null ? [] : [new() { LabelText = Name, LineColor = colour, LineWidth = Math.Max(width, 1.5f) }];

        public AxisLimits GetAxisLimits() => new(-1, 1, -1, 1);

        public void Render(RenderPack rp)
        {
            using var path = new SKPath();
            foreach (var (from, to) in lines)
            {
                path.MoveTo(Axes.GetPixel(new(from.S, from.T)).ToSKPoint());
                path.LineTo(Axes.GetPixel(new(to.S, to.T)).ToSKPoint());
            }
            using var paint = new SKPaint
            {
                Style = SKPaintStyle.Stroke, Color = colour.ToSKColor(), StrokeWidth = width, IsAntialias = true, StrokeCap = SKStrokeCap.Round,
            };
            rp.Canvas.DrawPath(path, paint);
        }
    }

    /// <summary>Many polygons of one colour.</summary>
    sealed class Areas(IReadOnlyList<IReadOnlyList<(double S, double T)>> polygons, Color colour) : IPlottable
    {
        public required string Name { get; init; }

        public bool IsVisible { get; set; } = true;

        public IAxes Axes { get; set; } = new Axes();

        public IEnumerable<LegendItem> LegendItems => [new() { LabelText = Name, FillColor = colour, OutlineColor = Colors.Gray }];

        public AxisLimits GetAxisLimits() => new(-1, 1, -1, 1);

        public void Render(RenderPack rp)
        {
            using var paint = new SKPaint { Style = SKPaintStyle.Fill, Color = colour.ToSKColor(), IsAntialias = false };
            using var path = new SKPath();
            foreach (var corners in polygons)
            {
                path.AddPoly([.. corners.Select(corner => Axes.GetPixel(new(corner.S, corner.T)).ToSKPoint())]);
            }
            rp.Canvas.DrawPath(path, paint);
        }
    }
}
