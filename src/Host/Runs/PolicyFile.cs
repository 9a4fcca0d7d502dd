using System.Runtime.InteropServices;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>
/// A safetensors file with all that acting takes: the agent's networks and, where observations are normalised, their moments
/// (observations.mean and observations.variance, float64).
/// </summary>
static class PolicyFile
{
    const string Mean = "observations.mean";
    const string Variance = "observations.variance";

    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> networks, RunningMoments? moments, IReadOnlyDictionary<string, string> metadata)
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(networks);
        if (moments is not null)
        {
            tensors.Add(Mean, tensor(moments.Mean.ToArray()));
            tensors.Add(Variance, tensor([.. Enumerable.Range(0, moments.Size).Select(moments.Variance)]));
        }

        SafeTensors.Write(path, tensors, metadata);
    }

    /// <summary>The networks, and the moments if there are any.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static (IReadOnlyDictionary<string, Tensor> Networks, RunningMoments? Moments) Read(string path)
    {
        var tensors = SafeTensors.Read(path).ToDictionary();
        if (!tensors.Remove(Mean, out var mean) || !tensors.Remove(Variance, out var variance))
        {
            return (tensors, null);
        }

        using (mean)
        using (variance)
        {
            return (tensors, new RunningMoments(Doubles(mean), Doubles(variance)));
        }
    }

    static ReadOnlySpan<double> Doubles(Tensor tensor) => MemoryMarshal.Cast<byte, double>(tensor.bytes);
}
