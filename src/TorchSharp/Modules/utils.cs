using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static class utils
        {
            /// <summary>
            /// Scales all gradients together so that their norm is at most <paramref name="max_norm"/>; returns the norm before.
            /// </summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var grad = no_grad();
                using var scope = NewDisposeScope();
                var gradients = Gradients(tensors);
                if (gradients.Count == 0)
                    return 0;
                var norms = stack(gradients.Select(gradient => gradient.norm((float)norm_type).cpu()));
                var total = norms.norm((float)norm_type).ToDouble();
                var scale = max_norm / (total + 1e-6);
                if (scale < 1)
                    foreach (var gradient in gradients)
                        gradient.mul_(scale);
                return total;
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var grad = no_grad();
                using var scope = NewDisposeScope();
                foreach (var gradient in Gradients(tensors))
                    gradient.clamp_(-clip_value, clip_value);
            }

            /// <summary>All parameters one after the other, one dimension.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat(tensors.Select(tensor => tensor.view(-1)).ToArray()).MoveToOuterDisposeScope();
            }

            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var grad = no_grad();
                using var scope = NewDisposeScope();
                var start = 0L;
                foreach (var tensor in tensors)
                {
                    var length = tensor.numel();
                    tensor.copy_(vec.narrow(0, start, length).reshape(tensor.shape));
                    start += length;
                }
            }

            static List<Tensor> Gradients(IEnumerable<Parameter> parameters) =>
                [.. parameters.Select(parameter => parameter.Gradient()).OfType<Tensor>()];
        }
    }
}
