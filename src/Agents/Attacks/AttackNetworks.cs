using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Views of a policy's network that attacks need.</summary>
static class AttackNetworks
{
    /// <summary>f(z·s) as a network of z, so that all elements of z have the same unit; of a fully connected one,
    /// W₁·diag(s).</summary>
    /// <param name="network">f.</param>
    /// <param name="scale">s [InputShape]; null is 1.</param>
    public static IReluNetwork Scaled(IReluNetwork network, Tensor? scale) => (network, scale) switch
    {
        (_, null) => network,
        (ReluNetwork layers, _) =>
            new ReluNetwork([layers.Layers[0] with { Weight = layers.Layers[0].Weight * scale }, .. layers.Layers.Skip(1)]),
        _ => new ScaledNetwork(network, scale),
    };

    /// <summary>The same network with only some of its ReLU layers visible.</summary>
    /// <param name="network">Whole.</param>
    /// <param name="layers">From 0 at the input, or negative from the output.</param>
    public static IReluNetwork Partial(IReluNetwork network, IReadOnlyList<int> layers)
    {
        var count = network.ReluLayers;
        var visible = layers.Select(layer => layer < 0 ? layer + count : layer).Distinct().Order().ToArray();
        return visible.Length == count ? network : new PartialNetwork(network, visible);
    }

    /// <summary>A network of which only the inputs are another's.</summary>
    abstract class Wrapped(IReluNetwork network) : IReluNetwork
    {
        protected IReluNetwork Inner => network;

        public IReadOnlyList<long> InputShape => network.InputShape;

        public long Outputs => network.Outputs;

        public ScalarType Dtype => network.Dtype;

        public Device Device => network.Device;

        public long? Problems => network.Problems;

        public virtual int ReluLayers => network.ReluLayers;

        public abstract Tensor Forward(Tensor x, Activation activation);

        public abstract IReluNetwork Repeat(long starts);
    }

    sealed class ScaledNetwork(IReluNetwork network, Tensor scale) : Wrapped(network)
    {
        public override Tensor Forward(Tensor x, Activation activation) => Inner.Forward(x * scale, activation);

        public override IReluNetwork Repeat(long starts) => new ScaledNetwork(Inner.Repeat(starts), scale);
    }

    sealed class PartialNetwork(IReluNetwork network, int[] visible) : Wrapped(network)
    {
        public override int ReluLayers => visible.Length;

        public override Tensor Forward(Tensor x, Activation activation) => Inner.Forward(x, (layer, z) =>
            Array.IndexOf(visible, layer) is >= 0 and var number ? activation(number, z) : z.relu());

        public override IReluNetwork Repeat(long starts) => new PartialNetwork(Inner.Repeat(starts), visible);
    }
}
