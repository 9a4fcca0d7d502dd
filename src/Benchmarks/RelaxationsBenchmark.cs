using System.Globalization;
using System.Text.Json;
using RL.Certification;
using RL.Studies;

namespace RL.Benchmarks;

/// <summary>
/// Envelopes of neurons with ten inputs per second, and how much of what triangles leave open tighter relaxations close on the networks of the golden
/// files, and what that costs in CPU time. Arguments: the folder of bounds.json, that of small_N.json.gz, and optionally how many neurons at once.
/// </summary>
static class RelaxationsBenchmark
{
    const int Neurons = 200, Points = 50, Inputs = 10;

    public static void Run(string[] args)
    {
        Envelopes();
        Ladders(args[0], args[1], args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 2);
    }

    static void Envelopes()
    {
        Console.WriteLine("activation | envelopes of 10 inputs per second and core, value and gradient");
        ActivationFunction[] functions =
        [
            ActivationFunction.Relu, ActivationFunction.LeakyRelu(0.01), ActivationFunction.Softplus, ActivationFunction.Elu(1), ActivationFunction.Elu(2),
            ActivationFunction.Selu, ActivationFunction.Sigmoid, ActivationFunction.Tanh,
        ];
        foreach (var function in functions)
        {
            // A Weyl sequence: the same neurons and points for every function.
            var drawn = 0;
            double Next() => ++drawn * Math.Sqrt(2) % 2 - 1;
            double[] Numbers(Func<double> next) => [.. Enumerable.Range(0, Inputs).Select(_ => next())];
            var (lower, upper, gradient) = (Numbers(() => -1), Numbers(() => 1), new double[Inputs]);
            var neurons = Enumerable.Range(0, Neurons).Select(_ => new ActivationEnvelope(function, Numbers(Next), Next(), lower, upper)).ToArray();
            var points = Enumerable.Range(0, Points).Select(_ => Numbers(Next)).ToArray();
            var best = 0.0;
            for (var round = 0; round < 12; round++)
            {
                var began = Environment.CpuUsage.TotalTime;
                foreach (var neuron in neurons)
                {
                    foreach (var point in points)
                    {
                        neuron.Upper(point, gradient);
                        neuron.Lower(point, gradient);
                    }
                }
                best = Math.Max(best, 2 * Neurons * Points / (Environment.CpuUsage.TotalTime - began).TotalSeconds);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{function.Name} | {best:N0}"));
        }
    }

    static void Ladders(string golden, string networks, int groupSize)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(golden, "bounds.json")));
        var ladder = new RelaxationLadder(new() { ExactSeconds = 60, GroupSize = groupSize }, new CpuClock());
        var rows = new List<(string Radius, string Name, double Width, double Closed, double Seconds)>();
        foreach (var box in document.RootElement.EnumerateObject())
        {
            // At the largest radius no relaxation says much.
            if (box.Name.EndsWith("r0.5", StringComparison.Ordinal) || !box.Value.TryGetProperty("lp", out var lp)
                || !lp.TryGetProperty("hull_cuts_lp", out var reference))
            {
                continue;
            }
            double[] Range(string name) => [.. box.Value.GetProperty(name).EnumerateArray().Select(number => number.GetDouble())];
            if (!BoundsBenchmark.Load(box.Value.GetProperty("net").GetString()!, networks, out var graph))
            {
                continue;
            }
            var rungs = ladder.Climb(graph, Range("lower"), Range("upper"));
            // Another branch and bound's, where it ended.
            var truth = rungs.Single(rung => rung.Name == "exact").Width;
            if (box.Value.TryGetProperty("exact_bb", out var exact) && exact.ValueKind == JsonValueKind.Array
                && Math.Abs(exact[1].GetDouble() - exact[0].GetDouble() - truth) is > 1e-4 and var difference)
            {
                throw new InvalidOperationException($"{box.Name}: the exact range differs from the golden file's by {difference}.");
            }
            var triangle = rungs.Single(rung => rung.Name == "triangle").Width;
            var radius = box.Name.Split('/')[2];
            Console.Error.WriteLine($"{box.Name}: {rungs.Sum(rung => rung.Seconds):F1} s");
            rows.AddRange(rungs.Select(rung => (radius, rung.Name, rung.Width, (triangle - rung.Width) / (triangle - truth), rung.Seconds)));
            rows.Add((radius, "hull of single neurons, reference (HiGHS)", reference[1].GetDouble() - reference[0].GetDouble(),
                (triangle - (reference[1].GetDouble() - reference[0].GetDouble())) / (triangle - truth), lp.GetProperty("hull_cuts_s").GetDouble()));
        }
        Console.WriteLine("radius | relaxation | mean width | mean share of the triangle's gap closed | mean CPU s");
        foreach (var group in rows.GroupBy(row => (row.Radius, row.Name)))
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{group.Key.Radius} | {group.Key.Name} | {group.Average(row => row.Width):F3} | {group.Average(row => row.Closed):P1} | {group.Average(row => row.Seconds):F3}"));
        }
    }
}
