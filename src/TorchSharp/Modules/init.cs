namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// Fills tensors in place, unseen by autograd, from the global generator: the official package's have a generator
        /// among their parameters and ignore it. Seeded values come from Tensor.uniform_ and normal_.
        /// </summary>
        public static class init
        {
            public enum FanInOut
            {
                FanIn = 0,
                FanOut = 1,
            }

            public enum NonlinearityType
            {
                Linear = 0,
                Conv1D = 1,
                Conv2D = 2,
                Conv3D = 3,
                ConvTranspose1D = 4,
                ConvTranspose2D = 5,
                ConvTranspose3D = 6,
                Sigmoid = 7,
                Tanh = 8,
                ReLU = 9,
                LeakyReLU = 10,
            }

            /// <summary>The factor by which a layer before this nonlinearity keeps its input's variance.</summary>
            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + param * param)),
                _ => 1,
            };

            public static Tensor zeros_(Tensor tensor) => constant_(tensor, 0);

            public static Tensor constant_(Tensor tensor, Scalar val)
            {
                using var grad = no_grad();
                return tensor.fill_(val);
            }

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1)
            {
                using var grad = no_grad();
                return tensor.uniform_(low, high);
            }

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1)
            {
                using var grad = no_grad();
                return tensor.normal_(mean, std);
            }

            /// <summary>Rows (or columns, if there are fewer) orthonormal, times the gain.</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1)
            {
                if (tensor.ndim < 2)
                    throw new ArgumentException("Only tensors with 2 or more dimensions are supported.", nameof(tensor));
                using var grad = no_grad();
                using var scope = NewDisposeScope();
                var rows = tensor.shape[0];
                var columns = tensor.numel() / rows;
                var flat = randn(rows, columns, tensor.dtype, tensor.device);
                var (q, r) = Aten.Qr.CallPair(rows < columns ? flat.t() : flat);
                // The signs of R's diagonal make Q uniformly distributed.
                q.mul_(Aten.Diagonal.Call(r).sign());
                tensor.copy_((rows < columns ? q.t() : q).reshape(tensor.shape)).mul_(gain);
                return tensor;
            }

            /// <summary>Uniform on ±gain · √(3 / fan).</summary>
            public static Tensor kaiming_uniform_(
                Tensor tensor,
                double a = 0,
                FanInOut mode = FanInOut.FanIn,
                NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                var (inputs, outputs) = Fans(tensor);
                var bound = calculate_gain(nonlinearity, a) * Math.Sqrt(3.0 / (mode == FanInOut.FanIn ? inputs : outputs));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Uniform on ±gain · √(6 / (fan-in + fan-out)).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                var (inputs, outputs) = Fans(tensor);
                var bound = gain * Math.Sqrt(6.0 / (inputs + outputs));
                return uniform_(tensor, -bound, bound);
            }

            /// <summary>Inputs and outputs of one unit: [out, in, …] times the size of the kernel.</summary>
            internal static (long inputs, long outputs) Fans(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2)
                    throw new ArgumentException(
                        "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions", nameof(tensor));
                var kernel = 1L;
                foreach (var size in shape.AsSpan(2))
                    kernel *= size;
                return (shape[1] * kernel, shape[0] * kernel);
            }
        }
    }
}
