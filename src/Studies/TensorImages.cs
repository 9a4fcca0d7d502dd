using RL.Drawing;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>Images of tensors; RL.Drawing itself knows no tensors.</summary>
public static class TensorImages
{
    extension(ByteImage)
    {
        /// <summary>The image of a tensor [C×H×W] with values in [0, 1]; what lies outside is cut off.</summary>
        public static ByteImage FromTensor(Tensor image)
        {
            if (image.dim() != 3 || image.shape[0] is not (1 or 3))
            {
                throw new ArgumentException(
                    $"A tensor [{string.Join('×', image.shape)}] is no image; allowed: [1×H×W] or [3×H×W].", nameof(image));
            }
            using var scope = NewDisposeScope();
            var bytes = image.detach().cpu().permute(1, 2, 0).clamp(0, 1).mul(255).add(0.5).to(ScalarType.Byte).contiguous();
            return new((int)image.shape[2], (int)image.shape[1], (int)image.shape[0], bytes.bytes.ToArray());
        }
    }
}
