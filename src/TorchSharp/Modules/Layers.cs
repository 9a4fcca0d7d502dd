using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>y = x Wᵀ + b; weights [outputs, inputs].</summary>
            public static Linear Linear(
                long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);

            // The parameters' names differ between versions of the package: pass the first three by position.
            public static Conv2d Conv2d(
                long inputs,
                long outputs,
                long kernel,
                long stride = 1,
                long padding = 0,
                long dilation = 1,
                PaddingModes paddingModes = PaddingModes.Zeros,
                long groups = 1,
                bool bias = true,
                Device? device = null,
                ScalarType? dtype = null) =>
                new(inputs, outputs, kernel, stride, padding, dilation, paddingModes, groups, bias, device, dtype);

            public static MaxPool2d MaxPool2d(long kernel, long? stride = null, long? padding = null, long? dilation = null) =>
                new(kernel, stride ?? kernel, padding ?? 0, dilation ?? 1);

            public static Flatten Flatten(long start = 1, long end = -1) => new(start, end);

            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1E-05, bool elementwise_affine = true) =>
                new(normalized_shape, eps, elementwise_affine);

            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1E-05, bool elementwise_affine = true) =>
                new([normalized_shape], eps, elementwise_affine);

            public static ReLU ReLU(bool inplace = false) => new(inplace);

            public static Tanh Tanh() => new();

            public static Identity Identity() => new();
        }
    }

    /// <summary>How a convolution fills in what lies outside.</summary>
    public enum PaddingModes
    {
        Zeros = 0,
        Reflect = 1,
        Replicate = 2,
        Circular = 3,
        Constant = 4,
    }
}

namespace TorchSharp.Modules
{
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        readonly Parameter _weight;
        readonly Parameter? _bias;

        internal Linear(long inputs, long outputs, bool hasBias, Device? device, ScalarType? dtype)
            : base(nameof(Linear), registered: true)
        {
            _weight = Layer.Register(this, nameof(weight), empty(outputs, inputs, dtype, device));
            _bias = hasBias ? Layer.Register(this, nameof(bias), empty(outputs, dtype, device)) : null;
            Layer.Initialise(_weight, _bias);
        }

        public Parameter weight => _weight;

        public Parameter? bias => _bias;

        public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, _weight, _bias);
    }

    public sealed class Conv2d : nn.Module<Tensor, Tensor>
    {
        readonly long[] _stride;
        readonly long[] _padding;
        readonly long[] _dilation;
        readonly long[]? _wrap;
        readonly PaddingModes _mode;
        readonly long _groups;
        readonly Parameter _weight;
        readonly Parameter? _bias;

        internal Conv2d(
            long inputs,
            long outputs,
            long kernel,
            long stride,
            long padding,
            long dilation,
            PaddingModes mode,
            long groups,
            bool bias,
            Device? device,
            ScalarType? dtype)
            : base(nameof(Conv2d), registered: true)
        {
            _mode = mode;
            // Every mode but zeros pads before the convolution, left, right, top and bottom.
            _wrap = mode is PaddingModes.Zeros or PaddingModes.Constant ? null : [padding, padding, padding, padding];
            _stride = [stride, stride];
            _padding = _wrap is null ? [padding, padding] : [0, 0];
            _dilation = [dilation, dilation];
            _groups = groups;
            _weight = Layer.Register(
                this, nameof(weight), empty([outputs, inputs / groups, kernel, kernel], dtype, device));
            _bias = bias ? Layer.Register(this, nameof(bias), empty(outputs, dtype, device)) : null;
            Layer.Initialise(_weight, _bias);
        }

        public Parameter weight => _weight;

        public Parameter? bias => _bias;

        public override Tensor forward(Tensor input)
        {
            if (_wrap is null)
                return nn.functional.conv2d(input, _weight, _bias, _stride, _padding, _dilation, _groups);
            using var padded = nn.functional.pad(input, _wrap, _mode);
            return nn.functional.conv2d(padded, _weight, _bias, _stride, _padding, _dilation, _groups);
        }
    }

    public sealed class LayerNorm : nn.Module<Tensor, Tensor>
    {
        readonly long[] _shape;
        readonly double _eps;
        readonly Parameter? _weight;
        readonly Parameter? _bias;

        internal LayerNorm(long[] shape, double eps, bool affine)
            : base(nameof(LayerNorm), registered: true)
        {
            _shape = shape;
            _eps = eps;
            _weight = affine ? Layer.Register(this, nameof(weight), ones(shape)) : null;
            _bias = affine ? Layer.Register(this, nameof(bias), zeros(shape)) : null;
        }

        public Parameter? weight => _weight;

        public Parameter? bias => _bias;

        public override Tensor forward(Tensor tensor) => Aten.LayerNorm.Call(tensor, _shape, _weight, _bias, _eps);
    }

    public sealed class MaxPool2d : nn.Module<Tensor, Tensor>
    {
        readonly long _kernel;
        readonly long _stride;
        readonly long _padding;
        readonly long _dilation;

        internal MaxPool2d(long kernel, long stride, long padding, long dilation)
            : base(nameof(MaxPool2d), registered: true) =>
            (_kernel, _stride, _padding, _dilation) = (kernel, stride, padding, dilation);

        public override Tensor forward(Tensor input) =>
            nn.functional.max_pool2d(input, _kernel, _stride, _padding, _dilation);
    }

    public sealed class Flatten : nn.Module<Tensor, Tensor>
    {
        readonly long _start;
        readonly long _end;

        internal Flatten(long start, long end)
            : base(nameof(Flatten), registered: true) => (_start, _end) = (start, end);

        public override Tensor forward(Tensor input) => input.flatten(_start, _end);
    }

    public sealed class ReLU : nn.Module<Tensor, Tensor>
    {
        readonly bool _inplace;

        internal ReLU(bool inplace)
            : base(nameof(ReLU), registered: true) => _inplace = inplace;

        public override Tensor forward(Tensor tensor) => nn.functional.relu(tensor, _inplace);
    }

    public sealed class Tanh : nn.Module<Tensor, Tensor>
    {
        internal Tanh()
            : base(nameof(Tanh), registered: true)
        {
        }

        public override Tensor forward(Tensor input) => input.tanh();
    }

    public sealed class Identity : nn.Module<Tensor, Tensor>
    {
        internal Identity()
            : base(nameof(Identity), registered: true)
        {
        }

        public override Tensor forward(Tensor tensor) => tensor.alias();
    }

    static class Layer
    {
        /// <summary>Layers outlive the scope they happen to be created in.</summary>
        public static Parameter Register(nn.Module module, string name, Tensor data)
        {
            var parameter = new Parameter(data);
            parameter.DetachFromDisposeScope();
            module.register_parameter(name, parameter);
            return parameter;
        }

        /// <summary>Weights and biases uniform on ±1/√fan-in: kaiming_uniform_ with a = √5 comes to that.</summary>
        public static void Initialise(Parameter weight, Parameter? bias)
        {
            nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
            if (bias is null)
                return;
            var (inputs, _) = nn.init.Fans(weight);
            var bound = inputs > 0 ? 1 / Math.Sqrt(inputs) : 0;
            nn.init.uniform_(bias, -bound, bound);
        }
    }
}
