using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>
/// ReLU(conv₂(ReLU(conv₁(x))) + shortcut(x)) [N×in×H×W → N×out×H/stride×W/stride] (He et al. 2016) without normalisation: a ReLU
/// network. The shortcut is x itself, or a 1×1 convolution where the shapes differ.
/// </summary>
sealed class ResidualBlock : nn.Module<Tensor, Tensor>, IComposedModule
{
    /// <summary>Name of the convolution whose weights begin small, so that a block begins almost as its shortcut.</summary>
    public const string Last = "conv2";

    // One field that is no module: those that are, TorchSharp registers a second time, under their own names.
    readonly (nn.Module<Tensor, Tensor> Branch, nn.Module<Tensor, Tensor> Shortcut, nn.Module<Tensor, Tensor> Relu) _parts;

    public ResidualBlock(long inputs, long outputs, long stride)
        : base(nameof(ResidualBlock))
    {
        var branch = nn.Sequential(
            ("conv1", nn.Conv2d(inputs, outputs, 3, stride: stride, padding: 1)),
            ("relu1", nn.ReLU()),
            (Last, nn.Conv2d(outputs, outputs, 3, padding: 1)));
        nn.Module<Tensor, Tensor> shortcut =
            inputs == outputs && stride == 1 ? nn.Identity() : nn.Conv2d(inputs, outputs, 1, stride: stride);
        _parts = (branch, shortcut, nn.ReLU());
        register_module("branch", branch);
        register_module("shortcut", shortcut);
        register_module("relu", _parts.Relu);
    }

    /// <inheritdoc/>
    public ModuleComposition Composition => new ModuleComposition.Sum(_parts.Branch, _parts.Shortcut, _parts.Relu);

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var sum = _parts.Branch.call(input) + _parts.Shortcut.call(input);
        return _parts.Relu.call(sum).MoveToOuterDisposeScope();
    }
}
