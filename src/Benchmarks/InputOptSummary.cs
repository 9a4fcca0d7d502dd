using System.Globalization;

namespace RL.Benchmarks;

/// <summary>
/// Tables of what <see cref="InputOptTables"/> has written: per set, budget and method the share of the possible gain that is missed,
/// Σ(f* − f)/Σ(f* − f(start)), f* the best value that anything found, with its standard error over the problems of all seeds, and CPU time.
/// <code>input-opt-summary FILE.csv…</code>
/// </summary>
static class InputOptSummary
{
    sealed record Line(string Set, string Problem, string Method, int Passes, double Value, double Start, double Yardstick, double Milliseconds);

    public static void Run(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var lines = arguments.SelectMany(file => File.ReadLines(file).Skip(1)).Select(text => text.Split(',')).Select(cells => new Line(
            cells[0], $"{cells[1]}/{cells[2]}", cells[3], int.Parse(cells[4], culture), double.Parse(cells[6], culture), double.Parse(cells[7], culture),
            double.Parse(cells[8], culture), double.Parse(cells[9], culture))).ToArray();
        foreach (var set in lines.GroupBy(line => line.Set))
        {
            var best = set.GroupBy(line => line.Problem).ToDictionary(
                problem => problem.Key, problem => problem.Max(line => Math.Max(line.Value, line.Yardstick)));
            var start = set.GroupBy(line => line.Problem).ToDictionary(problem => problem.Key, problem => problem.First().Start);
            var possible = best.Average(problem => problem.Value - start[problem.Key]);
            var yardstick = set.GroupBy(line => line.Problem).Average(problem => best[problem.Key] - problem.First().Yardstick) / possible;
            int[] budgets = [.. set.Select(line => line.Passes).Distinct().Order()];
            Console.WriteLine(string.Create(culture, $"{set.Key}: {best.Count} problems; the yardstick misses {yardstick:P2}"));
            Console.WriteLine($"| method | {string.Join(" | ", budgets.Select(passes => $"{passes} passes: missed | CPU ms"))} |");
            Console.WriteLine($"|---|{string.Concat(budgets.Select(_ => "---|---|"))}");
            foreach (var method in set.GroupBy(line => line.Method))
            {
                var cells = budgets.Select(passes =>
                {
                    var own = method.Where(line => line.Passes == passes).ToArray();
                    if (own.Length == 0)
                    {
                        return " | ";
                    }
                    double[] missed = [.. own.Select(line => (best[line.Problem] - line.Value) / possible)];
                    var mean = missed.Average();
                    var error = Math.Sqrt(missed.Sum(share => (share - mean) * (share - mean)) / Math.Max(missed.Length - 1, 1) / missed.Length);
                    var time = own.Select(line => line.Milliseconds).Order().ElementAt(own.Length / 2);
                    return string.Create(culture, $"{100 * mean:F2} ± {100 * error:F2} % | {time:F1}");
                });
                Console.WriteLine($"| {method.Key} | {string.Join(" | ", cells)} |");
            }
            Console.WriteLine();
        }
    }
}
