using System.IO.Compression;
using System.Text.Json;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Certification.Tests;

/// <summary>Bounds of the CoinRun policy on a recorded frame are auto_LiRPA's, which computed them in float32.</summary>
public sealed class FramesGoldenTests
{
    [Fact]
    public void Bound_Crown_EqualsTheReference()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Golden("vision.json")));
        var golden = document.RootElement.GetProperty("coinrun/eps0.000980392/i0");
        var (epsilon, label) = (golden.GetProperty("eps").GetDouble(), golden.GetProperty("label").GetInt32());
        var graph = Policy();
        var x = Frame(golden.GetProperty("image").GetInt32());
        double[] lower = [.. x.Select(pixel => Math.Max(pixel - epsilon, 0))], upper = [.. x.Select(pixel => Math.Min(pixel + epsilon, 1))];

        var logits = graph.Evaluate(x);
        var margins = new NetworkBounds(graph, new() { Method = BoundMethod.Crown }).Bound(lower, upper, OutputRows.Margins(graph.Outputs, label)).Lower;

        var expected = golden.GetProperty("CROWN").GetProperty("margins").Numbers();
        Assert.All(golden.GetProperty("logits").Numbers().Zip(logits), pair => Assert.Equal(pair.First, pair.Second, 2e-5));
        Assert.Equal(expected.Length, margins.Length);
        Assert.All(expected.Zip(margins), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    static string Golden(string file) => Path.Combine(AppContext.BaseDirectory, "golden", file);

    /// <summary>The network `small` of models/coinrun-easy-200.safetensors.</summary>
    static NetworkGraph Policy()
    {
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.Read(Repository.File("models", "coinrun-easy-200.safetensors"));
        double[] Numbers(string name) => [.. tensors[$"policy.{name}"].to(ScalarType.Float64).reshape(-1).data<double>()];
        var graph = new NetworkGraph(3, 64, 64);
        graph.Convolution(0, Numbers("torso.0.weight"), Numbers("torso.0.bias"), (8, 8), (4, 4), (0, 0));
        graph.Activation(graph.Last, ActivationFunction.Relu);
        graph.Convolution(graph.Last, Numbers("torso.2.weight"), Numbers("torso.2.bias"), (4, 4), (2, 2), (0, 0));
        graph.Flatten(graph.Activation(graph.Last, ActivationFunction.Relu));
        graph.Linear(graph.Last, Numbers("torso.5.weight"), Numbers("torso.5.bias"));
        graph.Activation(graph.Last, ActivationFunction.Relu);
        graph.Linear(graph.Last, Numbers("head.weight"), Numbers("head.bias"));
        return graph;
    }

    /// <summary>Frames are stored as [64×64×3] bytes.</summary>
    static double[] Frame(int index)
    {
        const int pixels = 64 * 64;
        using var file = new GZipStream(File.OpenRead(Golden("coinrun_frames.bin.gz")), CompressionMode.Decompress);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        var frame = bytes.ToArray().AsSpan(index * 3 * pixels, 3 * pixels);
        var x = new double[3 * pixels];
        for (var i = 0; i < x.Length; i++)
        {
            x[i] = frame[(i % pixels * 3) + (i / pixels)] / 255f;
        }
        return x;
    }
}
