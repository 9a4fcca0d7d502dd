using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>
/// ReLU(conv₂(ReLU(conv₁(x))) + shortcut(x)) [N×in×H×W → N×out×H/stride×W/stride] (He et al. 2016) without normalisation: a ReLU
/// network. The shortcut is x itself, or a 1×1 convolution where the shapes differ.
/// </summary>
sealed class ResidualBlock : nn.Module<Tensor, Tensor>
{
    /// <summary>Name of the convolution whose weights begin at zero, so that a block begins as its shortcut.</summary>
    public const string Last = "conv2";

    readonly nn.Module<Tensor, Tensor> _branch, _relu;
    readonly nn.Module<Tensor, Tensor>? _shortcut;

    public ResidualBlock(long inputs, long outputs, long stride)
        : base(nameof(ResidualBlock))
    {
        _branch = nn.Sequential(
            ("conv1", nn.Conv2d(inputs, outputs, 3, stride: stride, padding: 1)),
            ("relu1", nn.ReLU()),
            (Last, nn.Conv2d(outputs, outputs, 3, padding: 1)));
        _relu = nn.ReLU();
        register_module("branch", _branch);
        if (inputs != outputs || stride != 1)
        {
            _shortcut = nn.Conv2d(inputs, outputs, 1, stride: stride);
            register_module("shortcut", _shortcut);
        }
        register_module("relu", _relu);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var sum = _branch.call(input) + (_shortcut?.call(input) ?? input);
        return _relu.call(sum).MoveToOuterDisposeScope();
    }
}
