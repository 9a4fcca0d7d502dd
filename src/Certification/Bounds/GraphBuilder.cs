using RL.InputOpt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Certification;

/// <summary>Reads networks of TorchSharp modules: what each of them computes becomes nodes of a <see cref="NetworkGraph"/>.</summary>
public static class GraphBuilder
{
    /// <summary>Adds a whole fully connected network: ReLU between its layers, none after the last.</summary>
    /// <param name="graph">Grows.</param>
    /// <param name="parent">The node that it reads, a vector.</param>
    /// <param name="network">Inputs may have been fixed for one problem (<see cref="ReluNetwork.Given"/>).</param>
    /// <returns>The number of the last node.</returns>
    /// <exception cref="ArgumentException">Inputs fixed for several problems, sizes that do not fit, numbers that are not finite.</exception>
    public static int Add(NetworkGraph graph, int parent, ReluNetwork network)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(network);
        if (network.Problems is > 1)
        {
            throw new ArgumentException($"The network has fixed inputs for {network.Problems} problems; bounds are of 1.", nameof(network));
        }
        for (var i = 0; i < network.Layers.Count; i++)
        {
            parent = i == 0 ? parent : graph.Activation(parent, ActivationFunction.Relu);
            parent = graph.Linear(parent, Numbers(network.Layers[i].Weight), Numbers(network.Layers[i].Bias));
        }
        return parent;
    }

    /// <summary>
    /// Adds a module: Linear, Conv2d, ReLU, LeakyReLU, Tanh, Sigmoid, Softplus, ELU, SELU, MaxPool2d, AvgPool2d, Flatten, Identity, a Sequential of
    /// such, or one that says what it is made of (<see cref="IComposedModule"/>).
    /// </summary>
    /// <param name="graph">Grows.</param>
    /// <param name="parent">The node that it reads.</param>
    /// <param name="module">The module.</param>
    /// <returns>The number of the last node.</returns>
    /// <exception cref="ArgumentException">Another module, or a setting of it that is not supported.</exception>
    public static int Add(NetworkGraph graph, int parent, nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(module);
        static (int, int) Pair(long[]? sizes, int otherwise) => sizes switch
        {
            null or [] => (otherwise, otherwise),
            [var both] => ((int)both, (int)both),
            [var y, var x, ..] => ((int)y, (int)x),
        };
        switch (module)
        {
            case IComposedModule composed:
                return Add(graph, parent, composed.Composition);
            case Sequential sequence:
                return sequence.children().Aggregate(parent, (node, child) => Add(graph, node, child));
            case Linear linear:
                return graph.Linear(parent, Numbers(linear.weight!), linear.bias is { } bias ? Numbers(bias) : new double[linear.out_features]);
            case Conv2d convolution:
                ThrowIf(convolution.groups != 1, module, $"{convolution.groups} groups; allowed: 1");
                ThrowIf(convolution.transposed, module, "the transpose of a convolution; allowed: convolutions");
                ThrowIf(convolution.dilation?.Any(step => step != 1) ?? false, module, $"dilation {string.Join('×', convolution.dilation ?? [])}; allowed: 1");
                ThrowIf(
                    convolution.padding_type is not (null or Padding.Valid) || convolution.padding_mode != PaddingModes.Zeros, module,
                    $"padding {convolution.padding_type} {convolution.padding_mode}; allowed: a number of zeros");
                return graph.Convolution(
                    parent, Numbers(convolution.weight!), convolution.bias is { } offset ? Numbers(offset) : new double[convolution.out_channels],
                    Pair(convolution.kernel_size, 1), Pair(convolution.stride, 1), Pair(convolution.padding, 0));
            case MaxPool2d pool:
                ThrowIf(pool.ceil_mode || (pool.dilation?.Any(step => step != 1) ?? false), module, "ceil_mode or dilation; allowed: neither");
                return graph.MaxPool(parent, Pair(pool.kernel_size, 1), Pair(pool.stride ?? pool.kernel_size, 1), Pair(pool.padding, 0));
            case AvgPool2d pool:
                var isPadded = pool.padding?.Any(width => width != 0) ?? false;
                ThrowIf(
                    pool.ceil_mode || pool.divisor_override is not null || (isPadded && !pool.count_include_pad), module,
                    "ceil_mode, another divisor, or a border that does not count; allowed: none of them");
                return graph.AveragePool(parent, Pair(pool.kernel_size, 1), Pair(pool.stride ?? pool.kernel_size, 1), Pair(pool.padding, 0));
            case TorchSharp.Modules.Flatten:
                return graph.Flatten(parent);
            case TorchSharp.Modules.Identity:
                return parent;
            default:
                return graph.Activation(parent, FunctionOf(module));
        }
    }

    internal static NetworkGraph OfLayers(ReluNetwork network)
    {
        var graph = new NetworkGraph(network.Inputs);
        Add(graph, 0, network);
        return graph;
    }

    internal static NetworkGraph OfModule(nn.Module module, IReadOnlyList<long> inputShape)
    {
        var graph = new NetworkGraph(inputShape);
        Add(graph, 0, module);
        return graph;
    }

    static int Add(NetworkGraph graph, int parent, ModuleComposition composition) => composition switch
    {
        ModuleComposition.Chain chain => chain.Modules.Aggregate(parent, (node, module) => Add(graph, node, module)),
        ModuleComposition.Residual residual => graph.Sum(parent, Add(graph, parent, residual.Branch)),
        ModuleComposition.Sum sum => Add(graph, graph.Sum(Add(graph, parent, sum.First), Add(graph, parent, sum.Second)), sum.Then),
        ModuleComposition.Convolution convolution => graph.Convolution(
            parent, Numbers(convolution.Weight), Numbers(convolution.Bias), ((int)convolution.Weight.shape[2], (int)convolution.Weight.shape[3]),
            ((int)convolution.Stride, (int)convolution.Stride), (0, 0)),
        _ => throw new ArgumentException($"A composition {composition.GetType().Name} is unknown.", nameof(composition)),
    };

    static ActivationFunction FunctionOf(nn.Module module)
    {
        switch (module)
        {
            case ReLU:
                return ActivationFunction.Relu;
            case LeakyReLU leaky:
                return ActivationFunction.LeakyRelu(leaky.negative_slope);
            case Tanh:
                return ActivationFunction.Tanh;
            case Sigmoid:
                return ActivationFunction.Sigmoid;
            case Softplus softplus:
                ThrowIf(softplus.beta != 1, module, $"β = {softplus.beta}; allowed: 1");
                return ActivationFunction.Softplus;
            case ELU elu:
                return ActivationFunction.Elu(elu.alpha);
            case SELU:
                return ActivationFunction.Selu;
            default:
                throw new ArgumentException(
                    $"There are no bounds for a module {module.GetName()}; allowed: Linear, Conv2d, ReLU, LeakyReLU, Tanh, Sigmoid, Softplus, ELU, SELU, "
                    + "MaxPool2d, AvgPool2d, Flatten, Identity, and what is composed of them.", nameof(module));
        }
    }

    static void ThrowIf(bool isUnsupported, nn.Module module, string setting)
    {
        if (isUnsupported)
        {
            throw new ArgumentException($"Module {module.GetName()} has {setting}.", nameof(module));
        }
    }

    static double[] Numbers(Tensor tensor)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return Rows.Numbers(tensor.detach().to(ScalarType.Float64, CPU).contiguous());
    }
}
