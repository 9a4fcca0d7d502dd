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

    /// <summary>A network of which only the inputs are another's.</summary>
    sealed class ScaledNetwork(IReluNetwork network, Tensor scale) : IReluNetwork
    {
        public IReadOnlyList<long> InputShape => network.InputShape;

        public long Outputs => network.Outputs;

        public ScalarType Dtype => network.Dtype;

        public Device Device => network.Device;

        public long? Problems => network.Problems;

        public int ReluLayers => network.ReluLayers;

        public Tensor Forward(Tensor x, Activation activation) => network.Forward(x * scale, activation);

        public IReluNetwork Repeat(long starts) => new ScaledNetwork(network.Repeat(starts), scale);
    }
}
