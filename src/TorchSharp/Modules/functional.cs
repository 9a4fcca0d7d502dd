namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2,
        }

        public static class functional
        {
            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) =>
                Aten.Linear.Call(input, weights, bias);

            /// <summary>input [N, C, H, W], weight [out, C / groups, kH, kW].</summary>
            public static Tensor conv2d(
                Tensor input,
                Tensor weight,
                Tensor? bias = null,
                long[]? strides = null,
                long[]? padding = null,
                long[]? dilation = null,
                long groups = 1) =>
                Aten.Conv2d.Call(
                    input, weight, bias, strides ?? [1, 1], padding ?? [0, 0], dilation ?? [1, 1], groups);

            public static Tensor max_pool2d(
                Tensor input, long kernel, long? stride = null, long? padding = null, long? dilation = null) =>
                Aten.MaxPool2d.Call(
                    input,
                    new[] { kernel, kernel },
                    new[] { stride ?? kernel, stride ?? kernel },
                    new[] { padding ?? 0, padding ?? 0 },
                    new[] { dilation ?? 1, dilation ?? 1 });

            /// <summary>Sizes to add before and after, the last dimension first.</summary>
            public static Tensor pad(
                Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                mode is PaddingModes.Constant or PaddingModes.Zeros
                    ? Aten.Pad.Call(input, pad, "constant", value)
                    : Aten.Pad.Call(input, pad, mode switch
                    {
                        PaddingModes.Reflect => "reflect",
                        PaddingModes.Replicate => "replicate",
                        _ => "circular",
                    });

            public static Tensor relu(Tensor x, bool inplace = false)
            {
                if (!inplace)
                    return x.relu();
                Aten.ReluInPlace.CallInPlace(x);
                return x.alias();
            }

            public static Tensor tanh(Tensor x) => x.tanh();

            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>log(1 + exp(βx)) / β, linear above the threshold.</summary>
            public static Tensor softplus(Tensor x, double beta = 1, double threshold = 20) =>
                Aten.Softplus.Call(x, beta, threshold);

            public static Tensor one_hot(Tensor x, long num_classes = -1) => Aten.OneHot.Call(x, num_classes);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                Aten.MseLoss.Call(input, target, (long)reduction);

            public static Tensor smooth_l1_loss(
                Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                Aten.SmoothL1Loss.Call(input, target, (long)reduction, beta);

            public static Tensor huber_loss(
                Tensor input, Tensor target, double delta = 1, Reduction reduction = Reduction.Mean) =>
                Aten.HuberLoss.Call(input, target, (long)reduction, delta);

            /// <summary>-log softmax(input)[target]; targets are class numbers or probabilities.</summary>
            public static Tensor cross_entropy(
                Tensor input,
                Tensor target,
                Tensor? weight = null,
                long ignore_index = -100,
                Reduction reduction = Reduction.Mean,
                double label_smoothing = 0) =>
                Aten.CrossEntropy.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);
        }
    }
}
