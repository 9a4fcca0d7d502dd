using TorchSharp;

namespace RL.InputOpt;

/// <summary>o(f(x)): a network and what is made of its outputs. Optimisers maximise it.</summary>
public sealed record Objective(ReluNetwork Network, Score Score)
{
    /// <summary>Maximises the only output of a network [n → 1].</summary>
    public Objective(ReluNetwork network) : this(network, Score.Output()) { }

    /// <summary>o(f(x)) [B] for inputs [B×n].</summary>
    public torch.Tensor Value(torch.Tensor x) => Score.Value(Network.Forward(x).Outputs);

    /// <summary>Checks that starts [B×n] fit the network and the score, and the box fits the starts.</summary>
    internal void ThrowUnlessFits(torch.Tensor starts, Box box)
    {
        if (starts.dim() != 2 || starts.shape[1] != Network.Inputs)
        {
            throw new ArgumentException(
                $"Starts have shape {Text.Shape(starts)}; allowed for this network: [B×{Network.Inputs}].", nameof(starts));
        }
        if (Network.Problems is { } problems && problems != starts.shape[0])
        {
            throw new ArgumentException(
                $"There are {starts.shape[0]} starts, but the network has fixed inputs for {problems} problems; " +
                "they must be equal.", nameof(starts));
        }
        if (starts.dtype != Network.Layers[0].Weight.dtype)
        {
            throw new ArgumentException(
                $"Starts are {starts.dtype} while the network is {Network.Layers[0].Weight.dtype}; they must be equal.",
                nameof(starts));
        }
        Score.ThrowUnlessFits(starts.shape[0], Network.Outputs);
        box.ThrowUnlessFits(starts);
    }
}
