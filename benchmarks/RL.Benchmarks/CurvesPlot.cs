using System.Globalization;
using System.Text;

namespace RL.Benchmarks;

/// <summary>
/// Draws learning curves as SVG: mean return of each evaluation over environment steps, ± one standard deviation over the episodes.
/// <code>plot OUT.svg TITLE NAME=evaluation.csv …</code>
/// </summary>
static class CurvesPlot
{
    const int Width = 720, Height = 420, Left = 70, Right = 40, Top = 40, Bottom = 50;
    static readonly string[] _colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    public static void Run(string[] arguments)
    {
        if (arguments.Length < 3)
        {
            throw new ArgumentException("usage: plot OUT.svg TITLE NAME=evaluation.csv …", nameof(arguments));
        }

        var curves = arguments[2..].Select(argument => argument.Split('=', 2)).Select(pair => (Name: pair[0], Points: Read(pair[1]))).ToArray();
        File.WriteAllText(arguments[0], Draw(arguments[1], curves));
    }

    static (double Step, double Mean, double Deviation)[] Read(string path)
    {
        var lines = File.ReadAllLines(path);
        var header = lines[0].Split(',');
        int Column(string name) => Array.IndexOf(header, name) is >= 0 and var index
            ? index : throw new InvalidDataException($"{path} has no column {name}; it has {lines[0]}.");
        var (step, mean, deviation) = (Column("step"), Column("mean"), Column("std"));
        return [.. lines[1..].Where(line => line.Length > 0).Select(line => line.Split(',')).Select(cells =>
            (Number(cells[step]), Number(cells[mean]), Number(cells[deviation])))];
    }

    static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    static string Draw(string title, (string Name, (double Step, double Mean, double Deviation)[] Points)[] curves)
    {
        var all = curves.SelectMany(curve => curve.Points).ToArray();
        var steps = all.Max(p => p.Step);
        var (stepTick, tick) = (NiceTick(steps / 5), NiceTick((all.Max(p => p.Mean + p.Deviation) - Math.Min(0, all.Min(p => p.Mean - p.Deviation))) / 6));
        var low = Math.Floor(Math.Min(0, all.Min(p => p.Mean - p.Deviation)) / tick) * tick;
        var high = Math.Ceiling(all.Max(p => p.Mean + p.Deviation) / tick) * tick;
        double X(double step) => Left + (step / steps * (Width - Left - Right));
        double Y(double value) => Height - Bottom - ((value - low) / (high - low) * (Height - Top - Bottom));

        var svg = new StringBuilder();
        void Add(FormattableString element) => svg.Append(element.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Add($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Add($"<rect width=\"{Width}\" height=\"{Height}\" fill=\"white\"/>");
        Add($"<text x=\"{Width / 2}\" y=\"22\" text-anchor=\"middle\" font-size=\"15\">{Escape(title)}</text>");
        for (var value = low; value <= high + (tick / 2); value += tick)
        {
            Add($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value):F1}\" y2=\"{Y(value):F1}\" stroke=\"#ddd\"/>");
            Add($"<text x=\"{Left - 6}\" y=\"{Y(value) + 4:F1}\" text-anchor=\"end\">{value:N0}</text>");
        }

        for (var step = 0.0; step <= steps; step += stepTick)
        {
            Add($"<text x=\"{X(step):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{step:N0}</text>");
        }

        Add($"<text x=\"{Width / 2}\" y=\"{Height - 10}\" text-anchor=\"middle\">environment steps</text>");
        for (var i = 0; i < curves.Length; i++)
        {
            var (name, points) = curves[i];
            var colour = _colours[i % _colours.Length];
            string Path(IEnumerable<(double Step, double Value)> path) =>
                string.Join(' ', path.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Step):F1},{Y(p.Value):F1}")));
            var band = points.Select(p => (p.Step, p.Mean + p.Deviation)).Concat(points.Reverse().Select(p => (p.Step, p.Mean - p.Deviation)));
            Add($"<polygon points=\"{Path(band)}\" fill=\"{colour}\" opacity=\"0.15\"/>");
            Add($"<polyline points=\"{Path(points.Select(p => (p.Step, p.Mean)))}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>");
            Add($"<rect x=\"{Left + 12}\" y=\"{Top + 8 + (18 * i)}\" width=\"14\" height=\"4\" fill=\"{colour}\"/>");
            Add($"<text x=\"{Left + 32}\" y=\"{Top + 14 + (18 * i)}\">{Escape(name)}</text>");
        }

        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>The smallest of 1, 2, 5 times a power of ten that is not below <paramref name="rough"/>.</summary>
    static double NiceTick(double rough)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        return power * (rough / power <= 1 ? 1 : rough / power <= 2 ? 2 : rough / power <= 5 ? 5 : 10);
    }

    static string Escape(string text) => System.Security.SecurityElement.Escape(text);
}
