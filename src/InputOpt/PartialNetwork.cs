using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// A network with only some of its ReLU layers visible; the others stay ReLUs whatever an optimiser does: the paper's "partial network"
/// for large ones.
/// </summary>
public sealed class PartialNetwork : IReluNetwork
{
    readonly IReluNetwork _network;
    readonly int[] _visible;

    PartialNetwork(IReluNetwork network, int[] visible) => (_network, _visible) = (network, visible);

    /// <inheritdoc/>
    public IReadOnlyList<long> InputShape => _network.InputShape;

    /// <inheritdoc/>
    public long Outputs => _network.Outputs;

    /// <inheritdoc/>
    public ScalarType Dtype => _network.Dtype;

    /// <inheritdoc/>
    public Device Device => _network.Device;

    /// <inheritdoc/>
    public long? Problems => _network.Problems;

    /// <inheritdoc/>
    public int ReluLayers => _visible.Length;

    /// <summary>A network of which only the chosen layers are visible; the network itself if these are all.</summary>
    /// <param name="network">The whole network.</param>
    /// <param name="layers">Numbers of its ReLU layers, from 0 at the input; negative ones count from the output (−1 is the last). All if
    /// null.</param>
    /// <exception cref="ArgumentException">A number of a layer that there is not.</exception>
    public static IReluNetwork Of(IReluNetwork network, IReadOnlyList<int>? layers)
    {
        ArgumentNullException.ThrowIfNull(network);
        var count = network.ReluLayers;
        int At(int layer) => layer >= -count && layer < count ? (layer + count) % count : throw new ArgumentException(
            $"The network has no ReLU layer {layer}; allowed: {-count} to {count - 1}.", nameof(layers));
        int[]? visible = layers is null ? null : [.. layers.Select(At).Distinct().Order()];
        return visible is null || visible.Length == count ? network : new PartialNetwork(network, visible);
    }

    /// <inheritdoc/>
    public IReluNetwork Repeat(long starts) => new PartialNetwork(_network.Repeat(starts), _visible);

    /// <inheritdoc/>
    public void ThrowUnlessFinite() => _network.ThrowUnlessFinite();

    /// <inheritdoc/>
    public Tensor Forward(Tensor x) => _network.Forward(x);

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Activation activation) => _network.Forward(x, (layer, z) =>
        Array.IndexOf(_visible, layer) is >= 0 and var number ? activation(number, z) : z.relu());

    /// <inheritdoc/>
    public (Tensor Values, Tensor Gradient) ValuesAndGradient(Tensor x, Score score) => _network.ValuesAndGradient(x, score);
}
