using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>What the actor-critic algorithms do with whole networks.</summary>
static class ModuleExtensions
{
    /// <summary>θ′ ← θ.</summary>
    public static void CopyFrom(this nn.Module target, nn.Module source)
    {
        using var noGrad = no_grad();
        foreach (var (to, from) in target.parameters().Zip(source.parameters()))
        {
            to.copy_(from);
        }
    }

    /// <summary>While the result lives, no gradients of the module's own parameters are computed.</summary>
    public static IDisposable Freeze(this nn.Module module) => new Frozen(module);

    sealed class Frozen : IDisposable
    {
        readonly nn.Module _module;

        public Frozen(nn.Module module)
        {
            _module = module;
            Set(requiresGrad: false);
        }

        public void Dispose() => Set(requiresGrad: true);

        void Set(bool requiresGrad)
        {
            foreach (var parameter in _module.parameters())
            {
                parameter.requires_grad = requiresGrad;
            }
        }
    }
}
