namespace RL.Certification;

/// <summary>z = W h + b and σ(z); the last layer has no σ.</summary>
/// <param name="Weight">W [outputs×inputs].</param>
/// <param name="Bias">b [outputs].</param>
/// <param name="Function">σ, or null.</param>
sealed record AffineLayer(double[] Weight, double[] Bias, ActivationFunction? Function)
{
    /// <summary>How many values the layer reads.</summary>
    public int Inputs => Outputs == 0 ? 0 : Weight.Length / Outputs;

    /// <summary>How many it makes.</summary>
    public int Outputs => Bias.Length;

    /// <summary>Row k of W.</summary>
    public ReadOnlySpan<double> Row(int k) => Weight.AsSpan(k * Inputs, Inputs);
}

/// <summary>Networks that are one fully connected layer after the other.</summary>
static class LayerChain
{
    /// <summary>The layers of a network. One that ends with an activation is followed by the identity.</summary>
    /// <exception cref="ArgumentException">A network that is not such a chain.</exception>
    public static AffineLayer[] Of(NetworkGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        List<AffineLayer> layers = [];
        for (var i = 1; i < graph.Nodes.Count; i++)
        {
            var node = graph.Nodes[i];
            var isNext = node.Parents is [var parent] && parent == i - 1;
            if (isNext && node.Kind == NodeKind.Linear && layers is not [.., { Function: null }])
            {
                layers.Add(new(node.Weight, node.Bias, null));
            }
            else if (isNext && node.Kind == NodeKind.Activation && layers is [.., { Function: null } last])
            {
                layers[^1] = last with { Function = node.Function };
            }
            else
            {
                throw new ArgumentException(
                    $"Node {i} of the network is a {node.Kind}; allowed: linear layers and activations in turn, beginning with a linear layer.", nameof(graph));
            }
        }
        if (layers.Count == 0)
        {
            throw new ArgumentException("The network has no layers; allowed: linear layers and activations in turn.", nameof(graph));
        }
        if (layers[^1].Function is not null)
        {
            var m = layers[^1].Outputs;
            layers.Add(new(OutputRows.Each(m).Coefficients, new double[m], null));
        }
        return [.. layers];
    }

    /// <summary>Bounds of z = W h + b over lower ≤ h ≤ upper, rounded outwards.</summary>
    public static (double[] Lower, double[] Upper) Intervals(AffineLayer layer, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        var (least, most) = (new double[layer.Outputs], new double[layer.Outputs]);
        for (var k = 0; k < layer.Outputs; k++)
        {
            var row = layer.Row(k);
            var (low, high, magnitude) = (layer.Bias[k], layer.Bias[k], Math.Abs(layer.Bias[k]));
            for (var j = 0; j < row.Length; j++)
            {
                var (first, second) = (row[j] * lower[j], row[j] * upper[j]);
                low += Math.Min(first, second);
                high += Math.Max(first, second);
                magnitude += Math.Max(Math.Abs(first), Math.Abs(second));
            }
            var error = (Rounding.Unit((2 * row.Length) + 8) * magnitude) + Rounding.Underflow;
            (least[k], most[k]) = (low - error, high + error);
        }
        return (least, most);
    }
}
