using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Distributions of tensors.</summary>
static class HistogramExtensions
{
    /// <summary>A target follows its network closely: its distributions are those of the network.</summary>
    const string TargetPrefix = "target_";

    /// <summary>The values of a tensor on any device.</summary>
    public static void Add(this IHistograms histograms, string tag, Tensor values)
    {
        using var host = values.detach().cpu().to(ScalarType.Float32).contiguous();
        histograms.Add(tag, System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(host.bytes));
    }

    /// <summary>
    /// weights/&lt;parameter&gt; and gradients/&lt;parameter&gt;, the latter as the last backward pass left them. The networks of targets are
    /// left out.
    /// </summary>
    public static void AddNetworks(this IHistograms histograms, NamedModules networks)
    {
        using var scope = NewDisposeScope();
        foreach (var (name, parameter) in networks.Tensors())
        {
            if (!name.StartsWith(TargetPrefix, StringComparison.Ordinal))
            {
                histograms.Add($"weights/{name}", parameter);
                if (parameter.grad is { } gradient)
                {
                    histograms.Add($"gradients/{name}", gradient);
                }
            }
        }
    }
}
