using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using RL.Certification;
using RL.InputOpt;

namespace RL.Benchmarks;

/// <summary>
/// CPU time of linear regions on the golden networks: slices, segments, facets. Arguments: the folder of regions.json, that of the networks
/// (small_N.json.gz, critic_td3_256.safetensors).
/// </summary>
static class RegionsBenchmark
{
    const int Repeats = 9;

    public static void Run(string[] args)
    {
        var (golden, networks) = (JsonDocument.Parse(File.ReadAllBytes(Path.Combine(args[0], "regions.json"))).RootElement, args[1]);
        Console.WriteLine("what | network | result | CPU ms, median | least");
        foreach (var slice in Named(golden, "slices"))
        {
            var graph = Load(Name(slice), networks);
            var (o, d1, d2) = (Numbers(slice.GetProperty("origin")), Numbers(slice.GetProperty("d1")), Numbers(slice.GetProperty("d2")));
            Measure("slice", Name(slice), () => PlaneSlice.Of(graph, o, d1, d2), found => $"{found.Cells.Count} regions, {found.ExactSigns} exact signs");
            Measure("distinct pieces", Name(slice), () => PlaneSlice.Of(graph, o, d1, d2).DistinctPieces, found => $"{found} pieces");
        }
        foreach (var segment in Named(golden, "segments"))
        {
            var graph = Load(Name(segment), networks);
            var (a, b) = (Numbers(segment.GetProperty("a")), Numbers(segment.GetProperty("b")));
            Measure("segment", Name(segment), () => SegmentSlice.Of(graph, a, b), found => $"{found.Pieces.Count} pieces");
            if (Name(segment).StartsWith("critic", StringComparison.Ordinal))
            {
                var (lower, upper) = (Array.ConvertAll(a, _ => -4.0), Array.ConvertAll(a, _ => 4.0));
                Measure("facets", Name(segment), () => LinearRegion.At(graph, a, lower, upper).Facets, found => $"{found.Count} facets");
            }
        }
        foreach (var region in Named(golden, "regions"))
        {
            var graph = Load(Name(region), networks);
            var (x, lower, upper) = (Numbers(region.GetProperty("x")), Numbers(region.GetProperty("lower")), Numbers(region.GetProperty("upper")));
            Measure("facets", Name(region), () => LinearRegion.At(graph, x, lower, upper).Facets, found => $"{found.Count} facets");
        }
    }

    static void Measure<T>(string what, string network, Func<T> work, Func<T, string> describe)
    {
        var result = work();
        var times = new List<double>();
        // Until the compiler has seen the loops, times are not those of the code.
        for (var i = -Repeats; i < Repeats; i++)
        {
            var began = Environment.CpuUsage.TotalTime;
            result = work();
            if (i >= 0)
            {
                times.Add((Environment.CpuUsage.TotalTime - began).TotalMilliseconds);
            }
        }
        times.Sort();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} | {network} | {describe(result)} | {times[Repeats / 2]:F2} | {times[0]:F2}"));
    }

    static IEnumerable<JsonElement> Named(JsonElement golden, string kind) => golden.GetProperty(kind).EnumerateArray().Where(
        entry => entry.TryGetProperty("net", out var net) && net.ValueKind == JsonValueKind.String);

    static string Name(JsonElement entry) => entry.GetProperty("net").GetString()!;

    static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    static NetworkGraph Load(string name, string folder)
    {
        var packed = Path.Combine(folder, name + ".json.gz");
        if (!File.Exists(packed))
        {
            return NetworkGraph.Of(ReluNetwork.FromFile(Path.Combine(folder, name + ".safetensors")));
        }
        using var stream = new GZipStream(File.OpenRead(packed), CompressionMode.Decompress);
        var golden = JsonDocument.Parse(stream).RootElement;
        var weights = golden.GetProperty("weights").EnumerateArray().Select(weight => weight.EnumerateArray().Select(Numbers).ToArray()).ToArray();
        var biases = golden.GetProperty("biases").EnumerateArray().Select(Numbers).ToArray();
        var graph = new NetworkGraph(weights[0].Length);
        for (var i = 0; i < weights.Length; i++)
        {
            var (weight, outputs) = (weights[i], biases[i].Length);
            var from = i == 0 ? 0 : graph.Activation(graph.Last, ActivationFunction.Relu);
            graph.Linear(from, [.. Enumerable.Range(0, outputs).SelectMany(k => weight.Select(row => row[k]))], biases[i]);
        }
        return graph;
    }
}
