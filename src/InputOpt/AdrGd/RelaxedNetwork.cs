using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// What ADR-GD asks of a network at rows x: pre-activations z and gradients through them; and the same with gates a in the place
/// of the ReLUs (paper, eq. 3), f̃ with h̃ⁱ = aⁱ∘uⁱ. In closed form for fully connected networks, by autograd for any other.
/// </summary>
abstract class RelaxedNetwork : IDisposable
{
    readonly List<Tensor> _kept = [];

    /// <summary>The form for a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="units">What gradients on x and normals are in units of, to be broadcast with x; null: 1.</param>
    public static RelaxedNetwork Of(IReluNetwork network, Tensor? units = null) =>
        network is ReluNetwork layers ? new RelaxedLayers(layers, units) : new RelaxedModule(network, units);

    /// <summary>Forward runs so far, through ReLUs or gates; one of some rows only counts as one of all.</summary>
    public long Runs { get; protected set; }

    /// <summary>zⁱ [rows×…] of each visible ReLU layer at x, until the next move.</summary>
    public abstract IReadOnlyList<Tensor> Z { get; }

    /// <summary>f(x) [rows×m], until the next move.</summary>
    public abstract Tensor Outputs { get; }

    /// <summary>Moves to x [rows×InputShape].</summary>
    public abstract void MoveTo(Tensor x);

    /// <summary>The gradient on x of Σ onOutputs·f + Σᵢ onZⁱ·zⁱ; either may be missing.</summary>
    public abstract Tensor Gradient(Tensor? onOutputs, Tensor[]? onZ);

    /// <summary>Sets the gates aⁱ [rows×…], for as long as the caller's dispose scope lasts.</summary>
    public abstract void SetGates(Tensor[] gates);

    /// <summary>f̃ [rows×m] at x.</summary>
    public abstract Tensor RelaxedOutputs();

    /// <summary>The gradients of Σ onOutputs·f̃ on x and, if asked for, on each gate.</summary>
    public abstract (Tensor OnX, Tensor[]? OnGates) RelaxedGradient(Tensor onOutputs, bool onGates);

    /// <summary>
    /// ‖nⁱⱼ‖ (eq. 10) of the neurons of layer i, to be broadcast with zⁱ; infinite where it does not matter, because nothing is
    /// violated or because another neuron is certain to have a larger violation z·e/‖n‖ on the same side of e = η − 0.5.
    /// </summary>
    /// <param name="normaliser">Any but None; gated ones need gates.</param>
    /// <param name="layer">i, from 0.</param>
    /// <param name="e">η − 0.5 of the layer.</param>
    /// <param name="largest">Whether only the largest violation of either side matters.</param>
    public abstract Tensor NormalNorms(Normaliser normaliser, int layer, Tensor e, bool largest);

    public virtual void Dispose() => Release();

    /// <summary>Keeps a tensor beyond the dispose scope, until <see cref="Release"/>.</summary>
    protected Tensor Keep(Tensor tensor)
    {
        _kept.Add(tensor.DetachFromDisposeScope());
        return tensor;
    }

    /// <summary>Disposes what was kept.</summary>
    protected void Release()
    {
        _kept.ForEach(tensor => tensor.Dispose());
        _kept.Clear();
    }

    /// <summary>A norm to divide by: a neuron cut off from all inputs has 0.</summary>
    protected static Tensor NotZero(Tensor norm) => norm.clamp(min: 1e-12);
}
