using System.Globalization;
using System.Text.Json;
using Google.OrTools.LinearSolver;
using RL.Certification;
using RL.InputOpt;
using RL.Studies;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// Proofs of the maximum of networks of at most 24 neurons, beside HiGHS on the same problem as a mixed-integer program (a binary variable for each
/// neuron that CROWN leaves open): CPU seconds. Arguments: unsound.json, CPU seconds for each network, and optionally seeds for each shape.
/// </summary>
static class SmallNetworksBenchmark
{
    static readonly long[][] _shapes =
    [
        [2, 6, 6, 1], [4, 4, 4, 4, 1], [4, 8, 8, 8, 1], [8, 12, 12, 1], [6, 24, 1], [3, 6, 6, 6, 6, 1], [10, 16, 8, 1], [5, 5, 5, 5, 5, 1],
    ];

    public static void Run(string[] args)
    {
        var (seconds, seeds) = (double.Parse(args[1], CultureInfo.InvariantCulture), args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 10);
        Console.WriteLine("network | maximum | upper bound | | nodes | CPU s | HiGHS | its CPU s");
        List<(bool IsProven, double Own, double Other)> all = [];
        using var scope = NewDisposeScope();
        Measure(".", Recorded(args[0], "r5"), seconds, all: []);     // compiles
        Measure("r5", Recorded(args[0], "r5"), seconds, all);
        foreach (var shape in _shapes)
        {
            for (var seed = 0; seed < seeds; seed++)
            {
                using var own = NewDisposeScope();
                using var generator = new Generator((ulong)seed);
                var network = new ReluNetwork([.. shape.Skip(1).Zip(shape, (rows, columns) => new ReluLayer(
                    (rand(rows, columns, dtype: ScalarType.Float64, generator: generator) * 2) - 1,
                    (rand(rows, dtype: ScalarType.Float64, generator: generator) * 2) - 1))]);
                var ones = Enumerable.Repeat(1.0, (int)shape[0]).ToArray();
                Measure($"{string.Join('-', shape)} #{seed}", (network, [.. ones.Select(x => -x)], ones), seconds, all);
            }
        }
        var slow = all.Where(each => each.Own > Math.Max(2 * each.Other, 0.01)).ToList();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{all.Count(each => each.IsProven)} of {all.Count} proven; most {all.Max(each => each.Own):F3} s, in all {all.Sum(each => each.Own):F1} s (HiGHS {all.Max(each => each.Other):F3} s, {all.Sum(each => each.Other):F1} s); {slow.Count} take more than 0.01 s and twice as long as HiGHS"));
    }

    static void Measure(string name, (ReluNetwork Network, double[] Lower, double[] Upper) problem, double seconds, List<(bool, double, double)> all)
    {
        var (network, lower, upper) = problem;
        var box = new Box(tensor(lower).unsqueeze(0), tensor(upper).unsqueeze(0));
        var began = Environment.CpuUsage.TotalTime;
        var certificate = new OptimumCertifier(new() { MaxSeconds = seconds }, new CpuClock()).Certify(network, box);
        var own = (Environment.CpuUsage.TotalTime - began).TotalSeconds;
        began = Environment.CpuUsage.TotalTime;
        var other = MixedInteger(network, lower, upper, seconds);
        var theirs = (Environment.CpuUsage.TotalTime - began).TotalSeconds;
        all.Add((certificate.Proven, own, theirs));
        if (name != ".")
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name} | {certificate.Value:G9} | {certificate.UpperBound:G9} | {(certificate.Proven ? "proven" : "open")} | {certificate.Nodes} | {own:F3} | {other:G9} | {theirs:F3}"));
        }
    }

    /// <summary>The maximum by HiGHS: of each open neuron h ≥ 0, h ≥ z, h ≤ z − l(1 − δ), h ≤ uδ.</summary>
    static double MixedInteger(ReluNetwork network, double[] lower, double[] upper, double seconds)
    {
        using var solver = Solver.CreateSolver("HIGHS");
        solver.SetNumThreads(1);
        solver.SetTimeLimit((long)(seconds * 100_000));      // of the wall clock
        var graph = new NetworkGraph(lower.Length);
        Variable[] read = [.. lower.Zip(upper, (l, u) => solver.MakeNumVar(l, u, ""))];
        for (var layer = 0; layer < network.Layers.Count; layer++)
        {
            var (weight, bias) = (Numbers(network.Layers[layer].Weight), Numbers(network.Layers[layer].Bias));
            graph.Linear(graph.Last, weight, bias);
            var bounds = new NetworkBounds(graph, new()).Bound(lower, upper);
            var made = new Variable[bias.Length];
            for (var k = 0; k < bias.Length; k++)
            {
                var (l, u) = (bounds.Lower[k], bounds.Upper[k]);
                var z = solver.MakeNumVar(l, u, "");
                var row = solver.MakeConstraint(bias[k], bias[k]);
                row.SetCoefficient(z, 1);
                for (var j = 0; j < read.Length; j++)
                {
                    row.SetCoefficient(read[j], -weight[(k * read.Length) + j]);
                }
                made[k] = layer == network.Layers.Count - 1 || l >= 0 ? z : solver.MakeNumVar(0, Math.Max(u, 0), "");
                if (made[k] != z && u > 0)
                {
                    var delta = solver.MakeIntVar(0, 1, "");
                    solver.Add(made[k] - z >= 0);
                    solver.Add(made[k] - z - (l * delta) <= -l);
                    solver.Add(made[k] - (u * delta) <= 0);
                }
            }
            read = made;
            if (layer < network.Layers.Count - 1)
            {
                graph.Activation(graph.Last, ActivationFunction.Relu);
            }
        }
        solver.Maximize(read[0]);
        return solver.Solve() == Solver.ResultStatus.OPTIMAL ? solver.Objective().Value() : double.NaN;
    }

    static (ReluNetwork Network, double[] Lower, double[] Upper) Recorded(string file, string name)
    {
        var entry = JsonDocument.Parse(File.ReadAllText(file)).RootElement.EnumerateArray().Single(each => each.GetProperty("name").GetString() == name);
        double[] Of(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];
        return (
            new([.. entry.GetProperty("layers").EnumerateArray().Select(layer => new ReluLayer(
                tensor(layer[0].EnumerateArray().SelectMany(Of).ToArray(), [layer[0].GetArrayLength(), layer[0][0].GetArrayLength()]), tensor(Of(layer[1]))))]),
            Of(entry.GetProperty("lower")), Of(entry.GetProperty("upper")));
    }

    static double[] Numbers(Tensor tensor) => tensor.contiguous().data<double>().ToArray();
}
