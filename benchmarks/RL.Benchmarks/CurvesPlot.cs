using System.Globalization;
using RL.Studies;

namespace RL.Benchmarks;

/// <summary>
/// Draws learning curves as PNG and SVG: mean return of each evaluation over environment steps, ± one standard deviation over the
/// episodes.
/// <code>plot OUT TITLE NAME=evaluation.csv …</code>
/// </summary>
static class CurvesPlot
{
    public static void Run(string[] arguments)
    {
        if (arguments.Length < 3)
        {
            throw new ArgumentException("usage: plot OUT TITLE NAME=evaluation.csv …", nameof(arguments));
        }

        var curves = arguments[2..].Select(argument => argument.Split('=', 2)).Select(pair => Read(pair[0], pair[1])).ToArray();
        new CurveChart(arguments[1], "environment steps", "return") { Curves = curves }.Save(arguments[0]);
    }

    static Curve Read(string name, string path)
    {
        var lines = File.ReadAllLines(path);
        var header = lines[0].Split(',');
        var rows = lines[1..].Where(line => line.Length > 0).Select(line => line.Split(',')).ToArray();
        double[] Column(string column) => Array.IndexOf(header, column) is >= 0 and var index
            ? [.. rows.Select(cells => double.Parse(cells[index], CultureInfo.InvariantCulture))]
            : throw new InvalidDataException($"{path} has no column {column}; it has {lines[0]}.");
        return new(name, Column("step"), Column("mean"), Column("std"));
    }
}
