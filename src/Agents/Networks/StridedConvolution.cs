using RL.InputOpt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// A convolution without border whose kernel is a multiple of its stride S, on images whose width is one too: what nn.Conv2d computes,
/// with parameters of the same names and shapes, and faster where channels are few. S neighbouring pixels of a row are read as one of S·C
/// channels; in memory where the channels of a pixel lie together, as <see cref="ObservationInput"/> writes them, that copies nothing.
/// [N × C × H × W] → [N × outputs × …]
/// </summary>
sealed class StridedConvolution : nn.Module<Tensor, Tensor>, IComposedModule
{
    // An array: fields that are parameters TorchSharp registers a second time, under their own names.
    readonly Parameter[] _weightAndBias;
    readonly long _stride;

    /// <summary>A convolution whose weights [outputs × channels × kernel × kernel] are to be drawn (<see cref="Orthogonal"/>).</summary>
    public StridedConvolution(long channels, long outputs, long kernel, long stride)
        : base(nameof(StridedConvolution))
    {
        _stride = stride;
        _weightAndBias = [nn.Parameter(zeros(outputs, channels, kernel, kernel)), nn.Parameter(zeros(outputs))];
        register_parameter("weight", _weightAndBias[0]);
        register_parameter("bias", _weightAndBias[1]);
    }

    public Parameter Weight => _weightAndBias[0];

    public Parameter Bias => _weightAndBias[1];

    /// <inheritdoc/>
    public ModuleComposition Composition => new ModuleComposition.Convolution(Weight, Bias, _stride);

    /// <summary>Whether a convolution is one of these.</summary>
    public static bool Fits(long kernel, long stride, long width) => stride > 1 && kernel % stride == 0 && width % stride == 0;

    public override Tensor forward(Tensor input)
    {
        var (rows, channels, height, width) = (input.shape[0], input.shape[1], input.shape[2], input.shape[3]);
        var (outputs, kernel) = (Weight.shape[0], Weight.shape[2]);
        using var scope = NewDisposeScope();
        // x[n, c, i, S j + k] → [n, k C + c, i, j], the weights in the same way
        var blocks = input.permute(0, 2, 3, 1).contiguous().view(rows, height, width / _stride, _stride * channels).permute(0, 3, 1, 2);
        var weight = Weight.view(outputs, channels, kernel, kernel / _stride, _stride).permute(0, 4, 1, 2, 3)
            .reshape(outputs, _stride * channels, kernel, kernel / _stride);
        return nn.functional.conv2d(blocks, weight, Bias, strides: [_stride, 1]).MoveToOuterDisposeScope();
    }
}
