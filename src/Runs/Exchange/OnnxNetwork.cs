using RL.InputOpt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>Writes networks as ONNX nodes: what each layer computes, in its order, in float32.</summary>
sealed class OnnxNetwork(OnnxWriter graph, string name)
{
    int _layers;

    /// <summary>Adds a network.</summary>
    /// <param name="input">What it reads: [N×n] or [N×C×H×W].</param>
    /// <param name="network">A fully connected network, or one of standard modules.</param>
    /// <returns>The name of its outputs [N×m].</returns>
    /// <exception cref="UserException">A layer has no counterpart.</exception>
    public string Add(string input, IReluNetwork network)
    {
        if (network is ReluModule module)
        {
            return Add(input, module.Module);
        }

        var layers = ((ReluNetwork)network).Layers;
        for (var i = 0; i < layers.Count; i++)
        {
            input = i == 0 ? input : graph.Node("Relu", [input]);
            input = Linear(input, layers[i].Weight, layers[i].Bias);
        }

        return input;
    }

    string Add(string input, nn.Module module)
    {
        switch (module)
        {
            case IComposedModule composed:
                return Add(input, composed.Composition);
            case Sequential sequence:
                return sequence.children().Aggregate(input, Add);
            case Linear linear:
                return Linear(input, linear.weight!, linear.bias);
            case Conv2d { groups: 1, transposed: false, padding_type: null or Padding.Valid, padding_mode: PaddingModes.Zeros } convolution
                when convolution.dilation?.All(step => step == 1) ?? true:
                return Convolution(
                    input, convolution.weight!, convolution.bias, Pair(convolution.stride, 1), Pair(convolution.padding, 0));
            case MaxPool2d { ceil_mode: false } pool when pool.dilation?.All(step => step == 1) ?? true:
                var kernel = Pair(pool.kernel_size, 1);
                return graph.Node(
                    "MaxPool", [input], OnnxWriter.Attribute("kernel_shape", kernel),
                    OnnxWriter.Attribute("strides", pool.stride is null ? kernel : Pair(pool.stride, 1)), Pads(Pair(pool.padding, 0)));
            case TorchSharp.Modules.Flatten:
                return graph.Node("Flatten", [input], OnnxWriter.Attribute("axis", 1));
            case ReLU:
                return graph.Node("Relu", [input]);
            case Tanh:
                return graph.Node("Tanh", [input]);
            case Sigmoid:
                return graph.Node("Sigmoid", [input]);
            default:
                throw new UserException(
                    $"The network has a layer {module.GetName()} that is not exported; allowed: Linear, Conv2d, MaxPool2d, Flatten, ReLU, Tanh, Sigmoid "
                    + "with their usual settings, and what is composed of them.");
        }
    }

    string Add(string input, ModuleComposition composition) => composition switch
    {
        ModuleComposition.Chain chain => chain.Modules.Aggregate(input, Add),
        ModuleComposition.Residual residual => graph.Node("Add", [input, Add(input, residual.Branch)]),
        ModuleComposition.Sum sum => Add(graph.Node("Add", [Add(input, sum.First), Add(input, sum.Second)]), sum.Then),
        ModuleComposition.Convolution convolution =>
            Convolution(input, convolution.Weight, convolution.Bias, [convolution.Stride, convolution.Stride], [0, 0]),
        _ => throw new UserException($"The network has a composition {composition.GetType().Name} that is not exported."),
    };

    string Linear(string input, Tensor weight, Tensor? bias)
    {
        var layer = $"{name}.{_layers++}";
        string[] inputs = [input, graph.Constant($"{layer}.weight", weight), .. bias is null ? Array.Empty<string>() : [graph.Constant($"{layer}.bias", bias)]];
        return graph.Node("Gemm", inputs, OnnxWriter.Attribute("transB", 1));
    }

    string Convolution(string input, Tensor weight, Tensor? bias, long[] strides, long[] padding)
    {
        var layer = $"{name}.{_layers++}";
        string[] inputs = [input, graph.Constant($"{layer}.weight", weight), .. bias is null ? Array.Empty<string>() : [graph.Constant($"{layer}.bias", bias)]];
        return graph.Node(
            "Conv", inputs, OnnxWriter.Attribute("kernel_shape", weight.shape[2], weight.shape[3]), OnnxWriter.Attribute("strides", strides), Pads(padding));
    }

    static Onnx.AttributeProto Pads(long[] padding) => OnnxWriter.Attribute("pads", [.. padding, .. padding]);

    static long[] Pair(long[]? sizes, long otherwise) => sizes switch
    {
        null or [] => [otherwise, otherwise],
        [var both] => [both, both],
        [var y, var x, ..] => [y, x],
    };
}
