using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Noise on the actions of a critic's target, clip(ε, −c, c) with ε ~ N(0, σ̃²): the target is the mean over a neighbourhood of the action, so that
/// narrow peaks of the critic do not count fully (Fujimoto, van Hoof and Meger, ICML 2018, section 5.3).
/// </summary>
/// <param name="deviation">σ̃</param>
/// <param name="bound">c</param>
/// <param name="device">Where the noise is wanted.</param>
/// <param name="rows">Actions in a minibatch.</param>
/// <param name="size">Elements of an action.</param>
sealed class TargetSmoothing(double deviation, double bound, Device device, int rows, int size) : IDisposable
{
    readonly StagedTensor _noise = new(device, rows, size);

    /// <summary>New noise; valid until the next call. [rows × size]</summary>
    public Tensor Draw(Pcg64 random)
    {
        foreach (ref var noise in _noise.Host)
        {
            noise = (float)Math.Clamp(deviation * random.NextGaussian(), -bound, bound);
        }

        _noise.Upload();
        return _noise.Value;
    }

    public void Dispose() => _noise.Dispose();
}
