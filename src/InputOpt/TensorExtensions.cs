using TorchSharp;

namespace RL.InputOpt;

static class TensorExtensions
{
    /// <summary>A tensor's shape as it is written in the documentation: [256×23].</summary>
    public static string ShapeText(this torch.Tensor tensor) => $"[{string.Join('×', tensor.shape)}]";
}
