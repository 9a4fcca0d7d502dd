using System.IO.Compression;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>
/// Trajectories of an independent float64 implementation, without perturbations (docs/adr-gd.md, "Tested against").
/// </summary>
static class Golden
{
    public static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "golden", file);

    public static JsonElement Json(string file)
    {
        using var stream = new GZipStream(File.OpenRead(PathOf(file)), CompressionMode.Decompress);
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }

    public static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    /// <summary>A [rows×columns] array of arrays.</summary>
    public static Tensor Matrix(JsonElement rows) =>
        tensor(rows.EnumerateArray().SelectMany(Numbers).ToArray(), [rows.GetArrayLength(), rows[0].GetArrayLength()]);

    /// <summary>The network of a small_N file, whose weights are in×out.</summary>
    public static ReluNetwork SmallNetwork(JsonElement golden, ScalarType dtype) => new(
        [.. golden.GetProperty("weights").EnumerateArray().Zip(golden.GetProperty("biases").EnumerateArray(), (weight, bias) =>
            new ReluLayer(Matrix(weight).t().contiguous().to(dtype), tensor(Numbers(bias)).to(dtype)))]);

    public static (ReluNetwork Critic, Tensor Observations, Tensor Actions) Critic(ScalarType dtype)
    {
        var tensors = SafeTensors.Read(PathOf("critic_td3_256.safetensors"))
            .ToDictionary(named => named.Key, named => named.Value.to(dtype));
        return (ReluNetwork.FromTensors(tensors), tensors["observations"], tensors["actions"]);
    }
}
