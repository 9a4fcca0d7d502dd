namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>A tensor that a module owns and an optimizer changes. It takes over the data's native tensor.</summary>
        public class Parameter : torch.Tensor
        {
            public Parameter(torch.Tensor data, bool requires_grad = true)
                : base(data) => requires_grad_(requires_grad);
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);
        }
    }
}
