using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using RL.Agents;
using RL.Certification;
using RL.InputOpt;
using RL.Runs;
using RL.Studies;

namespace RL.Benchmarks;

/// <summary>
/// CPU time and width of bounds beside auto_LiRPA's in the golden files: bounds.json (fully connected, float64), vision.json (convolutions,
/// margins, float32 there). Arguments: the folder of those files, that of the networks (small_N.json.gz, *.safetensors), the CoinRun policy, and
/// optionally the folder of MNIST.
/// </summary>
static class BoundsBenchmark
{
    public static void Run(string[] args)
    {
        var (golden, networks, coinrun, mnist) = (args[0], args[1], args[2], args.Length > 3 ? args[3] : null);
        Console.WriteLine("case | method | CPU ms | reference ms | ratio | width or mean margin | reference");
        FullyConnected(Path.Combine(golden, "bounds.json"), networks);
        Vision(golden, coinrun, mnist);
    }

    static void FullyConnected(string file, string networks)
    {
        var graphs = new Dictionary<string, NetworkGraph>();
        var excess = new List<double>();
        foreach (var box in Read(file).EnumerateObject())
        {
            var name = box.Value.GetProperty("net").GetString()!;
            if (box.Name.Contains("/c1/", StringComparison.Ordinal) || name is "small_2" or "small_4" || !(graphs.TryGetValue(name, out var graph) || Load(name, networks, out graph)))
            {
                continue;
            }
            graphs[name] = graph;
            var (lower, upper) = (Numbers(box.Value.GetProperty("lower")), Numbers(box.Value.GetProperty("upper")));
            foreach (var (key, method) in new[] { ("ibp", BoundMethod.Interval), ("crown", BoundMethod.Crown), ("alpha20", BoundMethod.Alpha) })
            {
                var reference = box.Value.GetProperty(key);
                var bounds = new NetworkBounds(graph, new() { Method = method });
                var (found, time) = Timed(() => bounds.Bound(lower, upper), repeats: method == BoundMethod.Alpha ? 3 : 9);
                var width = found.Upper[0] - found.Lower[0];
                var referenceWidth = Numbers(reference.GetProperty("upper"))[0] - Numbers(reference.GetProperty("lower"))[0];
                Print(box.Name, key, time, reference.GetProperty("cpu_s").GetDouble(), width, referenceWidth);
                if (method == BoundMethod.Crown)
                {
                    // The reference rounds to nearest: what is wider is the cost of rounding outwards, up to the reference's own error.
                    excess.Add((width - referenceWidth) / width);
                }
            }
        }

        excess.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"rounding outwards: {excess.Count} CROWN bounds are wider than the reference's by {excess[0]:E1} to {excess[^1]:E1} of their width, median {excess[excess.Count / 2]:E1}"));
    }

    static void Vision(string golden, string coinrun, string? mnist)
    {
        var frames = Unpacked(Path.Combine(golden, "coinrun_frames.bin.gz"));
        using var trained = Policy.Load(coinrun);
        var policy = NetworkGraph.Of(((IAttackable)trained.Agent).PolicyNetwork!.Network);
        var images = mnist is null ? [] : Unpacked(Path.Combine(mnist, "t10k-images-idx3-ubyte.gz"))[16..];
        foreach (var group in Read(Path.Combine(golden, "vision.json")).EnumerateObject().GroupBy(each => each.Name[..each.Name.LastIndexOf('/')]))
        {
            var network = group.Key.Split('/')[0];
            if (network != "coinrun" && mnist is null)
            {
                continue;
            }
            var graph = network == "coinrun" ? policy : Mnist(Path.Combine(mnist!, network + ".safetensors"));
            foreach (var (key, method) in new[] { ("IBP", BoundMethod.Interval), ("CROWN", BoundMethod.Crown), ("alpha", BoundMethod.Alpha) })
            {
                var (time, theirs, margin, reference, count, certified, deployed, price) = (0.0, 0.0, 0.0, 0.0, 0, 0, 0, 0.0);
                var bounds = new NetworkBounds(graph, new() { Method = method });
                var float32 = new NetworkBounds(graph, new() { Method = method, Arithmetic = Arithmetic.Float32 });
                foreach (var each in group.Take(method == BoundMethod.Alpha ? 1 : 20))
                {
                    var given = each.Value.EnumerateObject().FirstOrDefault(
                        property => property.Name == key || (key == "alpha" && property.Name.StartsWith("alpha", StringComparison.OrdinalIgnoreCase)));
                    var (index, epsilon) = (each.Value.GetProperty("image").GetInt32(), each.Value.GetProperty("eps").GetDouble());
                    var x = network == "coinrun" ? Frame(frames, index) : [.. images.AsSpan(index * 784, 784).ToArray().Select(pixel => (double)(pixel / 255f))];
                    var (lower, upper) = (x.Select(pixel => Math.Max(pixel - epsilon, 0)).ToArray(), x.Select(pixel => Math.Min(pixel + epsilon, 1)).ToArray());
                    var rows = OutputRows.Margins(graph.Outputs, each.Value.GetProperty("label").GetInt32());
                    var (found, seconds) = Timed(() => bounds.Bound(lower, upper, rows), repeats: 1);
                    time += seconds;
                    margin += found.Lower.Min();
                    certified += found.Lower.Min() > 0 ? 1 : 0;
                    if (method != BoundMethod.Alpha)
                    {
                        var inFloat32 = float32.Bound(lower, upper, rows).Lower.Min();
                        deployed += inFloat32 > 0 ? 1 : 0;
                        price += (found.Lower.Min() - inFloat32) / Math.Abs(found.Lower.Min());
                    }
                    count++;
                    if (given.Value.ValueKind == JsonValueKind.Object)
                    {
                        theirs += given.Value.GetProperty("cpu_s").GetDouble();
                        reference += Numbers(given.Value.GetProperty("margins")).Min();
                    }
                }
                var ofProgram = method == BoundMethod.Alpha
                    ? ""
                    : string.Create(CultureInfo.InvariantCulture, $", {deployed} in float32 too, for {price / count:E1} of the margin");
                Print($"{group.Key} ({count}; {certified} certified{ofProgram})", key, time / count, theirs / count, margin / count, reference / count);
            }
        }
    }

    /// <summary>
    /// Frames whose greedy action is certified by branch and bound over phases, of those that the golden file's attack does not break. Arguments: the
    /// folder of the golden files, the CoinRun policy, CPU seconds for each frame, and optionally values of ε·255 and numbers of frames, with commas.
    /// </summary>
    public static void Phases(string[] args)
    {
        var wanted = args.Length > 4 ? args[4].Split(',').Select(int.Parse).ToHashSet() : null;
        var (frames, seconds) = (Unpacked(Path.Combine(args[0], "coinrun_frames.bin.gz")), double.Parse(args[2], CultureInfo.InvariantCulture));
        var golden = Read(Path.Combine(args[0], "vision.json")).EnumerateObject().Where(each => each.Name.StartsWith("coinrun/", StringComparison.Ordinal)).ToArray();
        using var trained = Policy.Load(args[1]);
        var graph = NetworkGraph.Of(((IAttackable)trained.Agent).PolicyNetwork!.Network);
        foreach (var parts in args.Length > 3 ? args[3].Split(',').Select(text => double.Parse(text, CultureInfo.InvariantCulture)) : [0.25, 0.5])
        {
            var (crown, branch, broken) = (0, 0, 0);
            var bounds = new NetworkBounds(graph, new());
            var search = new PhaseSearch(graph, new() { MaxSeconds = seconds }, new CpuClock());
            foreach (var frame in Enumerable.Range(0, frames.Length / (3 * 64 * 64)).Where(frame => wanted?.Contains(frame) ?? true))
            {
                var x = Frame(frames, frame);
                var y = graph.Evaluate(x);
                var rows = OutputRows.Margins(graph.Outputs, Array.IndexOf(y, y.Max()));
                var epsilon = parts / 255;
                var (lower, upper) = (x.Select(pixel => Math.Max(pixel - epsilon, 0)).ToArray(), x.Select(pixel => Math.Min(pixel + epsilon, 1)).ToArray());
                var known = bounds.Bound(lower, upper, rows).Lower;
                var began = Environment.CpuUsage.TotalTime;
                var (isCertified, attained) = (known.Min() > 0, Attained(golden, frame, epsilon));
                crown += isCertified ? 1 : 0;
                broken += attained < 0 ? 1 : 0;
                if (isCertified || attained < 0)
                {
                    branch += isCertified ? 1 : 0;
                    Console.WriteLine(string.Create(
                        CultureInfo.InvariantCulture, $"ε = {parts}/255, frame {frame}: attack {attained:F4}, CROWN {known.Min():F4}, {(isCertified ? "certified" : "broken")}"));
                    continue;
                }
                var found = search.LowerBounds(lower, upper, rows, known);
                branch += found.Min() > 0 ? 1 : 0;
                Console.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"ε = {parts}/255, frame {frame}: attack {attained:F4}, CROWN {known.Min():F4}, branch {(found.Min() > 0 ? "certified" : found.Min().ToString("F4", CultureInfo.InvariantCulture))}, {search.Nodes} nodes, {(Environment.CpuUsage.TotalTime - began).TotalSeconds:F1} CPU s"));
            }
            Console.WriteLine($"ε = {parts}/255: {crown} by CROWN, {branch} with branch and bound, {broken} broken by the attack");
        }
    }

    /// <summary>The smallest margin that the golden file's attack reaches in a frame; NaN if it has none.</summary>
    static double Attained(JsonProperty[] golden, int frame, double epsilon)
    {
        var same = golden.Where(each => each.Value.GetProperty("image").GetInt32() == frame && Math.Abs(each.Value.GetProperty("eps").GetDouble() - epsilon) < 1e-6).ToArray();
        return same is [var one] ? one.Value.GetProperty("attack").GetProperty("margin").GetDouble() : double.NaN;
    }

    static void Print(string name, string method, double seconds, double reference, double width, double referenceWidth) => Console.WriteLine(
        string.Create(
            CultureInfo.InvariantCulture,
            $"{name} | {method} | {seconds * 1000:F2} | {(reference > 0 ? $"{reference * 1000:F1} | {seconds / reference:F2} | {width:G6} | {referenceWidth:G6}" : $"– | – | {width:G6} | –")}"));

    /// <summary>The median of some calls, after one that compiles.</summary>
    static (T Result, double Seconds) Timed<T>(Func<T> work, int repeats)
    {
        if (repeats > 1)
        {
            work();
        }
        var (times, result) = (new List<double>(), default(T)!);
        for (var i = 0; i < repeats; i++)
        {
            var began = Environment.CpuUsage.TotalTime;
            result = work();
            times.Add((Environment.CpuUsage.TotalTime - began).TotalSeconds);
        }
        times.Sort();
        return (result, times[times.Count / 2]);
    }

    internal static bool Load(string name, string folder, out NetworkGraph graph)
    {
        graph = null!;
        var packed = Path.Combine(folder, name + ".json.gz");
        if (File.Exists(packed))
        {
            var golden = JsonDocument.Parse(Unpacked(packed)).RootElement;
            var weights = golden.GetProperty("weights").EnumerateArray().Select(weight => weight.EnumerateArray().Select(Numbers).ToArray()).ToArray();
            var biases = golden.GetProperty("biases").EnumerateArray().Select(Numbers).ToArray();
            graph = new NetworkGraph(weights[0].Length);
            for (var i = 0; i < weights.Length; i++)
            {
                var (weight, outputs) = (weights[i], biases[i].Length);
                var from = i == 0 ? 0 : graph.Activation(graph.Last, ActivationFunction.Relu);
                graph.Linear(from, [.. Enumerable.Range(0, outputs).SelectMany(k => weight.Select(row => row[k]))], biases[i]);
            }
            return true;
        }
        var file = Path.Combine(folder, name + ".safetensors");
        if (File.Exists(file))
        {
            graph = NetworkGraph.Of(ReluNetwork.FromFile(file));
            return true;
        }
        return false;
    }

    static NetworkGraph Mnist(string file)
    {
        var tensors = SafeTensors.Read(file);
        double[] Of(string name) => [.. tensors[name].to(TorchSharp.torch.ScalarType.Float64).data<double>()];
        var graph = new NetworkGraph(1, 28, 28);
        foreach (var (layer, side) in new[] { (0, 10), (2, 8), (4, 8) })
        {
            graph.Convolution(graph.Last, Of($"ConvLayers.{layer}.weight"), Of($"ConvLayers.{layer}.bias"), (side, side), (1, 1), (0, 0));
            graph.Activation(graph.Last, ActivationFunction.Relu);
        }
        graph.Linear(graph.Flatten(graph.Last), Of("fc_layer.0.weight"), Of("fc_layer.0.bias"));
        graph.Activation(graph.Last, ActivationFunction.Relu);
        graph.Linear(graph.Last, Of("fc_layer.2.weight"), Of("fc_layer.2.bias"));
        return graph;
    }

    /// <summary>A frame [64×64×3] of bytes as an input [3×64×64].</summary>
    static double[] Frame(byte[] frames, int index)
    {
        const int pixels = 64 * 64;
        var x = new double[3 * pixels];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = frames[(index * x.Length) + (i % pixels * 3) + (i / pixels)] / 255f;
        }
        return x;
    }

    static JsonElement Read(string file) => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement;

    static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    static byte[] Unpacked(string file)
    {
        using var stream = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
