using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// A network in float64 as bounds see it: a graph of affine layers, activations and pools without cycles, from one input to one output. Made
/// of a network (<see cref="Of(IReluNetwork)"/>), of modules (<see cref="GraphBuilder"/>), or node by node. Weights are copied.
/// </summary>
public sealed class NetworkGraph
{
    readonly List<GraphNode> _nodes = [];

    /// <param name="inputShape">[n], or [C, H, W].</param>
    /// <exception cref="ArgumentException">Another number of axes, or one without elements.</exception>
    public NetworkGraph(params IReadOnlyList<long> inputShape)
    {
        if (inputShape is not ([> 0] or [> 0, > 0, > 0]) || inputShape.Any(size => size > int.MaxValue))
        {
            throw new ArgumentException($"The input's shape is [{string.Join("×", inputShape)}]; allowed: [n] or [C×H×W], without 0.", nameof(inputShape));
        }
        InputShape = [.. inputShape];
        var sizes = inputShape.Select(size => (int)size).ToArray();
        _nodes.Add(sizes is [var channels, var height, var width]
            ? NewNode(NodeKind.Input, [], height, width, channels)
            : NewNode(NodeKind.Input, [], 1, 1, sizes[0]));
    }

    /// <summary>Shape of one input: [n], or [C, H, W].</summary>
    public IReadOnlyList<long> InputShape { get; }

    /// <summary>n, how many numbers an input is.</summary>
    public int Inputs => _nodes[0].Size;

    /// <summary>m, how many numbers the last node has: the outputs.</summary>
    public int Outputs => _nodes[^1].Size;

    /// <summary>The number of the newest node, which is the output if none follows.</summary>
    public int Last => _nodes.Count - 1;

    /// <summary>How many values go through activations.</summary>
    public int Neurons => _nodes.Where(node => node.Kind == NodeKind.Activation).Sum(node => node.Size);

    internal IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>A fully connected network, or the standard modules that a <see cref="ReluModule"/> is made of.</summary>
    /// <exception cref="ArgumentException">
    /// A module that <see cref="GraphBuilder"/> does not know, inputs that are fixed for several problems, or weights that are not finite.
    /// </exception>
    public static NetworkGraph Of(IReluNetwork network) => network switch
    {
        ReluNetwork layers => GraphBuilder.OfLayers(layers),
        ReluModule module => GraphBuilder.OfModule(module.Module, module.InputShape),
        _ => throw new ArgumentException(
            $"The network is a {network?.GetType().Name}; allowed: a {nameof(ReluNetwork)} or a {nameof(ReluModule)}.", nameof(network)),
    };

    /// <summary>W h + b.</summary>
    /// <param name="parent">Number of the node h, a vector.</param>
    /// <param name="weight">W [out×in], row after row.</param>
    /// <param name="bias">b [out].</param>
    /// <returns>The new node's number.</returns>
    /// <exception cref="ArgumentException">Sizes that do not fit, or a number that is not finite.</exception>
    public int Linear(int parent, ReadOnlySpan<double> weight, ReadOnlySpan<double> bias)
    {
        var from = Parent(parent);
        var (inputs, outputs) = (from.Size, bias.Length);
        ThrowUnlessNumbers("weights", weight, (long)inputs * outputs);
        ThrowUnlessNumbers("biases", bias, outputs);
        if (from.Height * from.Width != 1)
        {
            throw new ArgumentException($"Node {parent} has {from.Channels}×{from.Height}×{from.Width} values; a linear layer reads vectors: flatten it.", nameof(parent));
        }
        var own = new double[weight.Length];
        for (var k = 0; k < outputs; k++)
        {
            for (var j = 0; j < inputs; j++)
            {
                own[(k * inputs) + j] = weight[(k * inputs) + (from.Order is { } order ? order[j] : j)];
            }
        }
        return Add(new()
        {
            Kind = NodeKind.Linear,
            Parents = [parent],
            Height = 1,
            Width = 1,
            Channels = outputs,
            Weight = own,
            Transposed = Transpose(own, outputs, inputs),
            Magnitudes = Array.ConvertAll(Transpose(own, outputs, inputs), Math.Abs),
            Bias = bias.ToArray(),
            Terms = Math.Max(inputs, outputs),
        });
    }

    /// <summary>A convolution, as torch.nn.Conv2d with zeros around the image.</summary>
    /// <param name="parent">Number of the node that it reads, an image.</param>
    /// <param name="weight">[out channels × in channels × kernel height × kernel width].</param>
    /// <param name="bias">[out channels].</param>
    /// <param name="kernel">Height and width.</param>
    /// <param name="stride">Down and right.</param>
    /// <param name="padding">Rows above and below, columns left and right.</param>
    /// <inheritdoc cref="Linear"/>
    public int Convolution(
        int parent, ReadOnlySpan<double> weight, ReadOnlySpan<double> bias, (int Height, int Width) kernel, (int Y, int X) stride, (int Y, int X) padding)
    {
        var from = Parent(parent);
        var size = new Kernel(kernel.Height, kernel.Width, stride.Y, stride.X, padding.Y, padding.X);
        var (height, width) = ThrowUnlessFits(size, from, parent);
        var (outputs, inputs, pixels) = (bias.Length, from.Channels, size.Height * size.Width);
        ThrowUnlessNumbers("weights", weight, (long)outputs * inputs * pixels);
        ThrowUnlessNumbers("biases", bias, outputs);
        var own = new double[weight.Length];
        for (var k = 0; k < outputs; k++)
        {
            for (var c = 0; c < inputs; c++)
            {
                for (var pixel = 0; pixel < pixels; pixel++)
                {
                    own[(((k * pixels) + pixel) * inputs) + c] = weight[(((k * inputs) + c) * pixels) + pixel];
                }
            }
        }
        var biases = new double[height * width * outputs];
        for (var i = 0; i < biases.Length; i++)
        {
            biases[i] = bias[i % outputs];
        }
        return Add(new()
        {
            Kind = NodeKind.Convolution,
            Parents = [parent],
            Height = height,
            Width = width,
            Channels = outputs,
            Order = OrderOf(height, width, outputs),
            Weight = own,
            Transposed = Transpose(own, outputs, inputs * pixels),
            Magnitudes = Array.ConvertAll(Transpose(own, outputs, inputs * pixels), Math.Abs),
            Bias = biases,
            Kernel = size,
            Terms = Math.Max(inputs * pixels, outputs + pixels),
        });
    }

    /// <summary>Means over kernels, zeros around the image counted in.</summary>
    /// <inheritdoc cref="Convolution"/>
    public int AveragePool(int parent, (int Height, int Width) kernel, (int Y, int X) stride, (int Y, int X) padding)
    {
        var channels = Parent(parent).Channels;
        var pixels = kernel.Height * kernel.Width;
        var weight = new double[channels * channels * pixels];
        for (var c = 0; c < channels; c++)
        {
            weight.AsSpan(((c * channels) + c) * pixels, pixels).Fill(1.0 / pixels);
        }
        return Convolution(parent, weight, new double[channels], kernel, stride, padding);
    }

    /// <summary>Largest values under kernels.</summary>
    /// <inheritdoc cref="Convolution"/>
    public int MaxPool(int parent, (int Height, int Width) kernel, (int Y, int X) stride, (int Y, int X) padding)
    {
        var from = Parent(parent);
        var size = new Kernel(kernel.Height, kernel.Width, stride.Y, stride.X, padding.Y, padding.X);
        var (height, width) = ThrowUnlessFits(size, from, parent);
        if (2 * padding.Y > kernel.Height || 2 * padding.X > kernel.Width)
        {
            throw new ArgumentException($"The padding is {padding.Y}×{padding.X}; allowed: up to half the kernel, {kernel.Height}×{kernel.Width}.", nameof(padding));
        }
        return Add(new()
        {
            Kind = NodeKind.MaxPool,
            Parents = [parent],
            Height = height,
            Width = width,
            Channels = from.Channels,
            Order = OrderOf(height, width, from.Channels),
            Kernel = size,
            Terms = kernel.Height * kernel.Width,
        });
    }

    /// <summary>σ of every value.</summary>
    /// <param name="parent">Number of the node that it reads.</param>
    /// <param name="function">σ.</param>
    /// <returns>The new node's number.</returns>
    public int Activation(int parent, ActivationFunction function)
    {
        ArgumentNullException.ThrowIfNull(function);
        var from = Parent(parent);
        return Add(new()
        {
            Kind = NodeKind.Activation,
            Parents = [parent],
            Height = from.Height,
            Width = from.Width,
            Channels = from.Channels,
            Order = from.Order,
            Function = function,
            Terms = 1,
        });
    }

    /// <summary>The sum of two nodes of the same shape.</summary>
    /// <exception cref="ArgumentException">Their shapes differ.</exception>
    public int Sum(int first, int second)
    {
        var (left, right) = (Parent(first), Parent(second));
        if ((left.Height, left.Width, left.Channels) != (right.Height, right.Width, right.Channels))
        {
            throw new ArgumentException(
                $"Nodes {first} and {second} are {left.Channels}×{left.Height}×{left.Width} and {right.Channels}×{right.Height}×{right.Width}; allowed: the same shape.",
                nameof(second));
        }
        if (!ReferenceEquals(left.Order, right.Order) && !(left.Order ?? []).AsSpan().SequenceEqual(right.Order ?? []))
        {
            throw new ArgumentException($"Nodes {first} and {second} hold the values of images in different orders; add them before they are flattened.", nameof(second));
        }
        return Add(new()
        {
            Kind = NodeKind.Add,
            Parents = [first, second],
            Height = left.Height,
            Width = left.Width,
            Channels = left.Channels,
            Order = left.Order,
            Terms = 2,
        });
    }

    /// <summary>An image as a vector, channel after channel as torch.flatten.</summary>
    public int Flatten(int parent)
    {
        var from = Parent(parent);
        return from.Height * from.Width == 1 && from.Order is null
            ? parent
            : Add(new()
            {
                Kind = NodeKind.Reshape,
                Parents = [parent],
                Height = 1,
                Width = 1,
                Channels = from.Size,
                Order = from.Order ?? OrderOf(from.Height, from.Width, from.Channels),
            });
    }

    /// <summary>f(x) [m] for x [n], in float64.</summary>
    public double[] Evaluate(ReadOnlySpan<double> x)
    {
        if (x.Length != Inputs)
        {
            throw new ArgumentException($"There are {x.Length} inputs; allowed: {Inputs}.", nameof(x));
        }
        var values = new double[_nodes.Count][];
        values[0] = ToOwnOrder(_nodes[0], x);
        for (var i = 1; i < _nodes.Count; i++)
        {
            values[i] = Layers.Forward(_nodes[i], _nodes[_nodes[i].Parents[0]], values[_nodes[i].Parents[0]], _nodes[i].Transposed);
            var node = _nodes[i];
            for (var k = 0; k < values[i].Length; k++)
            {
                values[i][k] = node.Kind switch
                {
                    NodeKind.Linear or NodeKind.Convolution => values[i][k] + node.Bias[k],
                    NodeKind.Activation => node.Function!.Value(values[i][k]),
                    NodeKind.Add => values[i][k] + values[node.Parents[1]][k],
                    _ => values[i][k],
                };
            }
        }
        return ToNetworkOrder(_nodes[^1], values[^1]);
    }

    internal static double[] ToOwnOrder(GraphNode node, ReadOnlySpan<double> values)
    {
        var own = values.ToArray();
        for (var i = 0; node.Order is { } order && i < own.Length; i++)
        {
            own[i] = values[order[i]];
        }
        return own;
    }

    internal static double[] ToNetworkOrder(GraphNode node, ReadOnlySpan<double> values)
    {
        var network = values.ToArray();
        for (var i = 0; node.Order is { } order && i < network.Length; i++)
        {
            network[order[i]] = values[i];
        }
        return network;
    }

    int Add(GraphNode node)
    {
        _nodes.Add(node);
        return Last;
    }

    GraphNode Parent(int index) => index >= 0 && index < _nodes.Count
        ? _nodes[index]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are nodes 0 to {Last}.");

    static GraphNode NewNode(NodeKind kind, int[] parents, int height, int width, int channels) => new()
    {
        Kind = kind, Parents = parents, Height = height, Width = width, Channels = channels, Order = OrderOf(height, width, channels),
    };

    static int[]? OrderOf(int height, int width, int channels)
    {
        if (height * width == 1 || channels == 1)
        {
            return null;
        }
        var order = new int[height * width * channels];
        for (var i = 0; i < order.Length; i++)
        {
            order[i] = (i % channels * height * width) + (i / channels);
        }
        return order;
    }

    static double[] Transpose(double[] matrix, int rows, int columns)
    {
        var transposed = new double[matrix.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                transposed[(j * rows) + i] = matrix[(i * columns) + j];
            }
        }
        return transposed;
    }

    static (int Height, int Width) ThrowUnlessFits(Kernel kernel, GraphNode from, int parent)
    {
        var (height, width) = kernel is { StrideY: > 0, StrideX: > 0 } ? kernel.Output(from.Height, from.Width) : (0, 0);
        return kernel is { Height: > 0, Width: > 0, PaddingY: >= 0, PaddingX: >= 0 } && height > 0 && width > 0
            && from.Height + (2 * kernel.PaddingY) >= kernel.Height && from.Width + (2 * kernel.PaddingX) >= kernel.Width
            ? (height, width)
            : throw new ArgumentException(
                $"A kernel of {kernel.Height}×{kernel.Width}, stride {kernel.StrideY}×{kernel.StrideX}, padding {kernel.PaddingY}×{kernel.PaddingX} "
                + $"does not fit node {parent}, {from.Height}×{from.Width} pixels.", nameof(kernel));
    }

    static void ThrowUnlessNumbers(string name, ReadOnlySpan<double> numbers, long count)
    {
        if (numbers.Length != count)
        {
            throw new ArgumentException($"There are {numbers.Length} {name}; allowed: {count}.");
        }
        foreach (var number in numbers)
        {
            if (!double.IsFinite(number))
            {
                throw new ArgumentException($"One of the {name} is {number}; all must be finite.");
            }
        }
    }
}
