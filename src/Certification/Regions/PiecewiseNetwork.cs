namespace RL.Certification;

/// <summary>
/// A network as its linear regions are made of: affine layers one after the other with ReLU or leaky ReLU between them. z of a neuron decides
/// which of its two slopes holds: 1 where z &gt; 0, else that of its layer.
/// </summary>
sealed class PiecewiseNetwork
{
    readonly int[] _hidden;             // which stages have an activation behind them

    PiecewiseNetwork(int inputs, AffineStage[] stages)
    {
        (Inputs, Stages) = (inputs, stages);
        _hidden = [.. Enumerable.Range(0, stages.Length).Where(i => stages[i].Slope is not null)];
    }

    public int Inputs { get; }

    public int Outputs => Stages[^1].Outputs;

    /// <summary>Affine layers; some, the last among them, without an activation.</summary>
    public IReadOnlyList<AffineStage> Stages { get; }

    /// <summary>How many hidden layers there are.</summary>
    public int Layers => _hidden.Length;

    public int Neurons => _hidden.Sum(stage => Stages[stage].Outputs);

    /// <summary>The stage of a hidden layer.</summary>
    public AffineStage Layer(int layer) => Stages[_hidden[layer]];

    /// <exception cref="ArgumentException">Residual sums, max-pools, or activations that are not linear on both sides of 0.</exception>
    public static PiecewiseNetwork Of(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var stages = new List<AffineStage>();
        var nodes = graph.Nodes;
        for (var i = 1; i < nodes.Count; i++)
        {
            var node = nodes[i];
            var slope = i + 1 < nodes.Count && nodes[i + 1] is { Kind: NodeKind.Activation, Function: { IsKinked: true } function } ? function.LeftSlope : (double?)null;
            switch (node.Kind)
            {
                case NodeKind.Linear or NodeKind.Convolution when node.Parents[0] == i - 1:
                    stages.Add(node.Kind == NodeKind.Linear ? Dense(node, nodes[i - 1], slope) : Sparse(node, nodes[i - 1], slope));
                    break;
                case NodeKind.Activation when node.Parents[0] == i - 1 && stages.Count > 0 && stages[^1].Slope is not null && nodes[i - 1].Kind != NodeKind.Activation:
                case NodeKind.Reshape when node.Parents[0] == i - 1:
                    break;
                default:
                    throw new ArgumentException(
                        $"Node {i} of the network is {Name(node)}; linear regions are known of chains of linear layers, convolutions and average pools with relu or leaky_relu behind them.",
                        nameof(graph));
            }
        }
        if (stages.Count == 0 || stages[^1].Slope is not null)
        {
            throw new ArgumentException("The network ends with an activation, or has no layers; allowed: a linear layer at the end.", nameof(graph));
        }
        return new(graph.Inputs, [.. stages]);
    }

    /// <exception cref="ArgumentException">Another length, or a number that is not finite.</exception>
    public void ThrowUnlessInput(string name, ReadOnlySpan<double> x)
    {
        if (x.Length != Inputs)
        {
            throw new ArgumentException($"{name} has {x.Length} numbers; allowed: {Inputs}, the network's inputs.");
        }
        for (var i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(x[i]))
            {
                throw new ArgumentException($"{name}[{i}] is {x[i]}; allowed: finite numbers.");
            }
        }
    }

    /// <exception cref="ArgumentException">What lies between inputs is more than a number can hold.</exception>
    public static void ThrowUnlessHolds(string names, ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> z = default)
    {
        for (var i = 0; i < x.Length; i++)
        {
            if (!double.IsFinite(Math.Abs(x[i]) + Math.Abs(y[i]) + (z.IsEmpty ? 0 : Math.Abs(z[i]))))
            {
                throw new ArgumentException($"{names} are too large in input {i}: their sum overflows.");
            }
        }
    }

    /// <summary>z of every stage at x; the last is the output.</summary>
    public double[][] PreActivations(ReadOnlySpan<double> x)
    {
        var z = new double[Stages.Count][];
        var h = x.ToArray();
        for (var i = 0; i < z.Length; i++)
        {
            var stage = Stages[i];
            z[i] = [.. stage.Bias];
            for (var j = 0; j < h.Length; j++)
            {
                if (h[j] != 0)
                {
                    stage.AddColumn(j, h[j], z[i]);
                }
            }
            h = stage.Slope is { } slope ? Array.ConvertAll(z[i], each => each > 0 ? each : slope * each) : z[i];
        }
        return z;
    }

    /// <summary>The pattern of x: of all neurons, layer after layer, whether z &gt; 0.</summary>
    public bool[] Pattern(ReadOnlySpan<double> x)
    {
        var z = PreActivations(x);
        return [.. _hidden.SelectMany(stage => z[stage].Select(each => each > 0))];
    }

    /// <summary>The neuron with this number, counted over all layers.</summary>
    public Neuron NeuronAt(int number)
    {
        var layer = 0;
        for (; number >= Layer(layer).Outputs; layer++)
        {
            number -= Layer(layer).Outputs;
        }
        return new(layer, number);
    }

    static AffineStage Dense(GraphNode node, GraphNode parent, double? slope)
    {
        var (inputs, outputs) = (parent.Size, node.Size);
        if (parent.Order is not { } order)
        {
            return AffineStage.Dense(inputs, node.Bias, node.Transposed, node.Magnitudes, slope);
        }
        var (columns, magnitudes) = (new double[inputs * outputs], new double[inputs * outputs]);
        for (var j = 0; j < inputs; j++)
        {
            node.Transposed.AsSpan(j * outputs, outputs).CopyTo(columns.AsSpan(order[j] * outputs));
            node.Magnitudes.AsSpan(j * outputs, outputs).CopyTo(magnitudes.AsSpan(order[j] * outputs));
        }
        return AffineStage.Dense(inputs, node.Bias, columns, magnitudes, slope);
    }

    static AffineStage Sparse(GraphNode node, GraphNode parent, double? slope)
    {
        var (kernel, entries) = (node.Kernel, new List<(int, int, double)>());
        var pixels = kernel.Height * kernel.Width;
        for (var y = 0; y < node.Height; y++)
        {
            for (var x = 0; x < node.Width; x++)
            {
                var (top, bottom, left, right) = Under(kernel, parent, y, x);
                for (var k = 0; k < node.Channels; k++)
                {
                    var row = (((y * node.Width) + x) * node.Channels) + k;
                    for (var iy = top; iy < bottom; iy++)
                    {
                        for (var ix = left; ix < right; ix++)
                        {
                            var pixel = ((iy - (y * kernel.StrideY) + kernel.PaddingY) * kernel.Width) + ix - (x * kernel.StrideX) + kernel.PaddingX;
                            for (var c = 0; c < parent.Channels; c++)
                            {
                                var column = (((iy * parent.Width) + ix) * parent.Channels) + c;
                                if (node.Weight[(((k * pixels) + pixel) * parent.Channels) + c] is var value && value != 0)
                                {
                                    entries.Add((parent.Order?[column] ?? column, node.Order?[row] ?? row, value));
                                }
                            }
                        }
                    }
                }
            }
        }
        return AffineStage.Sparse(parent.Size, NetworkGraph.ToNetworkOrder(node, node.Bias), entries, slope);
    }

    static (int Top, int Bottom, int Left, int Right) Under(Kernel kernel, GraphNode image, int y, int x) =>
        RL.Certification.Layers.Under(kernel, image, y, x);

    static string Name(GraphNode node) => node.Kind switch
    {
        NodeKind.Activation => $"the activation {node.Function!.Name}",
        NodeKind.Add => "a residual sum",
        NodeKind.MaxPool => "a max-pool",
        var kind => $"a {kind} that does not read the node before it",
    };
}
