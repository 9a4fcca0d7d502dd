using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>head(torso(x)): [N × input] → [N × outputs], the head a linear layer.</summary>
sealed class HeadedNetwork : nn.Module<Tensor, Tensor>, IComposedModule
{
    // One field that is no module: those that are, TorchSharp registers a second time, under their own names.
    readonly (nn.Module<Tensor, Tensor> Torso, Linear Head, long Features) _parts;

    /// <summary>A network over <paramref name="torso"/> whose head has orthogonal weights.</summary>
    public HeadedNetwork(nn.Module<Tensor, Tensor> torso, long features, long outputs, double gain, Pcg64 random)
        : base(nameof(HeadedNetwork))
    {
        _parts = (torso, NewHead(features, outputs, gain, random), features);
        register_module("torso", torso);
        register_module("head", _parts.Head);
    }

    public nn.Module<Tensor, Tensor> Torso => _parts.Torso;

    public Linear Head => _parts.Head;

    /// <inheritdoc/>
    public ModuleComposition Composition => new ModuleComposition.Chain(_parts.Torso, _parts.Head);

    /// <summary>Another head over the same features, which stays apart from this network.</summary>
    public Linear NewHead(long outputs, double gain, Pcg64 random) => NewHead(_parts.Features, outputs, gain, random);

    public override Tensor forward(Tensor input)
    {
        using var features = _parts.Torso.call(input);
        return _parts.Head.call(features);
    }

    static Linear NewHead(long features, long outputs, double gain, Pcg64 random)
    {
        var head = nn.Linear(features, outputs);
        Orthogonal.Initialize(head, gain, random);
        return head;
    }
}
