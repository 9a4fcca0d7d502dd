using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// The parameters of networks as one vector θ, and their gradient as another: what an optimizer does to all of them is a few large
/// operations instead of several small ones for each. The parameters become views of θ, in the order of their modules, and their
/// gradients views of ∇θ, to which backward passes add.
/// </summary>
sealed class ParameterVector : IDisposable
{
    /// <param name="parameters">Of one type and on one device. They must stay where they are: not move to another device afterwards.</param>
    public ParameterVector(IEnumerable<Parameter> parameters)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Parameter[] all = [.. parameters];
        Values = cat([.. all.Select(parameter => parameter.reshape(-1))]).DetachFromDisposeScope();
        Gradient = zeros_like(Values).DetachFromDisposeScope();
        var offset = 0L;
        foreach (var parameter in all)
        {
            var length = parameter.numel();
            parameter.set_(Values.narrow(0, offset, length).view(parameter.shape));
            parameter.grad = Gradient.narrow(0, offset, length).view(parameter.shape);
            offset += length;
        }
    }

    /// <summary>θ.</summary>
    public Tensor Values { get; }

    /// <summary>∇θ.</summary>
    public Tensor Gradient { get; }

    /// <summary>∇θ ← 0, before backward passes.</summary>
    public void ZeroGradient()
    {
        using var noGrad = no_grad();
        Gradient.zero_();
    }

    /// <summary>Cuts ∇θ to a length of <paramref name="norm"/> if it is longer (Pascanu, Mikolov, Bengio 2013, Algorithm 1).</summary>
    public void ClipGradient(double norm)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        // In nn.utils.clip_grad_norm_'s words; on the device, so that nothing waits for the norm.
        Gradient.mul_((norm / (Gradient.norm() + 1e-6)).clamp_max(1));
    }

    /// <summary>θ ← τ source + (1 − τ) θ (Polyak averaging; DDPG, Algorithm 1).</summary>
    /// <remarks>Two in-place operations: libtorch's lerp_ is 4-5 times slower.</remarks>
    public void MoveTowards(ParameterVector source, double tau)
    {
        using var noGrad = no_grad();
        Values.mul_(1 - tau).add_(source.Values, tau);
    }

    public void Dispose()
    {
        Values.Dispose();
        Gradient.Dispose();
    }
}
