using System.Globalization;
using RL.Agents;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>Makes the options and tensors of an <see cref="ImportedPolicy"/> of what was read.</summary>
static class ImportedFile
{
    /// <summary>Two numbers that differ by less are the same scaling of an action, rounded in two ways.</summary>
    const double Near = 1e-6;

    /// <summary>Largest vector whose elements are scaled by a matrix.</summary>
    const int LargestScale = 4096;

    /// <summary>The options, and the tensors [on the CPU, of the current dispose scope] by their names in policy files.</summary>
    /// <exception cref="InvalidDataException">The outputs are not the task's actions.</exception>
    public static (ImportedOptions Options, Dictionary<string, Tensor> Tensors) Make(ImportedModel model, Space actions, string source)
    {
        var network = model.Network;
        var count = actions is DiscreteSpace discrete ? discrete.Count : actions.Size;
        if (network.Shape is not [var outputs] || outputs != count)
        {
            throw new InvalidDataException($"its network has {NetworkDraft.Text(network.Shape)} outputs; the task has {actions}: allowed: {count}");
        }

        var (head, logDeviation) = actions is DiscreteSpace ? ("tanh", null) : Finish(model, new ActionScaling(actions));
        if (model.DeviationLayer is not null && network.Layers is not [.., ImportedLayer.Linear])
        {
            throw new InvalidDataException("its deviation is a layer beside the last one, which is not linear");
        }

        var tensors = new Dictionary<string, Tensor>();
        var (lowered, shape) = (network.Lowered(), network.Input);
        var options = new ImportedOptions
        {
            Network = Write(lowered.Layers, shape, "policy", tensors),
            Critic = model.Critic is { } critic ? Write(critic.Layers, critic.Input, "critic", tensors) : null,
            Head = head,
            Deviation = model.DeviationLayer is not null ? ImportedDeviation.Layer : logDeviation is not null ? ImportedDeviation.Constant : ImportedDeviation.None,
            Source = source,
        };
        if (model.DeviationLayer is { } layer)
        {
            Add(tensors, "deviation", layer.Weight, layer.Bias, [layer.Bias.Length, layer.Weight.Length / layer.Bias.Length]);
        }
        else if (logDeviation is not null)
        {
            tensors.Add("distribution.log_deviation", Singles(logDeviation, [1, logDeviation.Length]));
        }

        return (options, tensors);
    }

    /// <summary>Brings outputs into units of half the actions' range, and takes off what the agent does anyway: cutting and the last tanh.</summary>
    static (string Head, double[]? LogDeviation) Finish(ImportedModel model, ActionScaling scaling)
    {
        var network = model.Network;
        var (centre, half) = scaling.Affine;
        double[] halves = [.. half.Select(value => (double)value)];
        var logDeviation = model.LogDeviation;
        if (!model.IsNormalized)
        {
            // z = (y − centre) / half; where low = high there is one action, whatever z is.
            double[] factors = [.. halves.Select(value => value > 0 ? 1 / value : 0)];
            double[] offsets = [.. centre.Zip(factors, (middle, factor) => -middle * factor)];
            RemoveClip(network, factors, offsets);
            network.Scale("The action", factors, offsets);
            logDeviation = logDeviation?.Zip(halves, (log, value) => value > 0 ? log - Math.Log(value) : PolicyNoise.LeastLog).ToArray();
        }

        if (network.Layers is [.., ImportedLayer.Scale(var left, var shift)]
            && left.Zip(halves).All(pair => Math.Abs(pair.First - 1) < Near || pair.Second == 0) && shift.All(value => Math.Abs(value) < Near))
        {
            network.RemoveLast();
        }

        RemoveClip(network, [1], [0]);
        if (network.Layers is [.., ImportedLayer.Activation("tanh")] && network.Layers.Count > 1)
        {
            network.RemoveLast();
            return ("tanh", logDeviation);
        }

        return ("linear", logDeviation);
    }

    /// <summary>Takes off a last clip to no less than [−1, 1], in the units that follow from its own: the agent cuts to that.</summary>
    static void RemoveClip(NetworkDraft network, double[] factors, double[] offsets)
    {
        if (network.Layers is [.., ImportedLayer.Clip(var low, var high)]
            && factors.Zip(offsets).All(pair => (low * pair.First) + pair.Second <= Near - 1 && (high * pair.First) + pair.Second >= 1 - Near))
        {
            network.RemoveLast();
        }
    }

    /// <summary>The layers as text; their tensors go to <paramref name="tensors"/>.</summary>
    static string Write(IReadOnlyList<ImportedLayer> layers, IReadOnlyList<long> input, string prefix, Dictionary<string, Tensor> tensors)
    {
        var (texts, channels, isImage) = (new List<string>(), input[0], input.Count == 3);
        foreach (var layer in layers)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}.{texts.Count}");
            switch (layer)
            {
                case ImportedLayer.Linear(var weight, var bias):
                    Add(tensors, name, weight, bias, [bias.Length, weight.Length / bias.Length]);
                    texts.Add($"linear {bias.Length}");
                    break;
                case ImportedLayer.Convolution(var weight, var bias, var window):
                    Add(tensors, name, weight, bias, [bias.Length, weight.Length / bias.Length / window.Height / window.Width, window.Height, window.Width]);
                    texts.Add($"conv {bias.Length} {window.Text}");
                    channels = bias.Length;
                    break;
                case ImportedLayer.Scale(var factors, var offsets):
                    texts.Add(AddScale(tensors, name, factors, offsets, isImage));
                    break;
                case ImportedLayer.Residual(var branch):
                    texts.Add($"residual ( {Write(branch, isImage ? [channels, 1, 1] : [channels], $"{name}.branch", tensors)} )");
                    break;
                case ImportedLayer.MaxPool(var window):
                    texts.Add($"maxpool {window.Text}");
                    break;
                case ImportedLayer.Flatten:
                    texts.Add("flatten");
                    isImage = false;
                    break;
                case ImportedLayer.Activation(var function):
                    texts.Add(function);
                    break;
            }
        }

        return string.Join("; ", texts);
    }

    /// <summary>A diagonal matrix, or a convolution of one pixel of each channel for itself.</summary>
    static string AddScale(Dictionary<string, Tensor> tensors, string name, double[] factors, double[] offsets, bool isImage)
    {
        var size = factors.Length;
        if (size > LargestScale)
        {
            throw new InvalidDataException($"{size} numbers are scaled one by one between layers that are not linear; allowed: {LargestScale}");
        }

        var weight = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            weight[(i * size) + i] = factors[i];
        }

        Add(tensors, name, weight, offsets, isImage ? [size, size, 1, 1] : [size, size]);
        return isImage ? $"conv {size} 1x1 stride 1x1 pad 0x0" : $"linear {size}";
    }

    static void Add(Dictionary<string, Tensor> tensors, string name, double[] weight, double[] bias, long[] shape)
    {
        tensors.Add($"{name}.weight", Singles(weight, shape));
        tensors.Add($"{name}.bias", Singles(bias, [bias.Length]));
    }

    static Tensor Singles(double[] values, long[] shape)
    {
        float[] singles = [.. values.Select(value => (float)value)];
        return Array.TrueForAll(singles, float.IsFinite)
            ? tensor(singles, shape)
            : throw new InvalidDataException("a weight is too large for float32, which policies are in");
    }
}
