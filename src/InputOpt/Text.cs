using TorchSharp;

namespace RL.InputOpt;

/// <summary>Words for error messages.</summary>
static class Text
{
    /// <summary>A tensor's shape as it is written in the documentation: [256×23].</summary>
    public static string Shape(torch.Tensor tensor) => $"[{string.Join('×', tensor.shape)}]";
}
