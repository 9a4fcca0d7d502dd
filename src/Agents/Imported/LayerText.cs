using System.Globalization;
using System.Text.RegularExpressions;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Networks written as text, layers separated by ";":
/// <code>
/// linear 64                        W h + b with 64 outputs
/// conv 32 8x8 stride 4x4 pad 0x0   32 channels, zeros around the image
/// maxpool 3x3 stride 2x2 pad 1x1
/// relu, tanh, sigmoid, flatten
/// residual ( relu; conv … )        x + branch(x)
/// </code>
/// </summary>
static partial class LayerText
{
    const int LargestSize = 65_536;
    const long MostParameters = 100_000_000;
    const int Deepest = 8;

    /// <summary>Makes the network, its weights 0.</summary>
    /// <param name="text">The layers.</param>
    /// <param name="inputShape">[n] or [C, H, W].</param>
    /// <returns>[N × inputShape] → [N × outputs], and the number of outputs.</returns>
    /// <exception cref="ArgumentException">Names the layer that is none, or does not fit what is before it.</exception>
    public static (nn.Module<Tensor, Tensor> Module, long Outputs) Build(string text, IReadOnlyList<long> inputShape)
    {
        var parser = new Parser(Word().Matches(text).Select(match => match.Value).ToList());
        var (module, shape) = parser.Sequence([.. inputShape], 0);
        return shape is [var outputs] ? (module, outputs) : throw new ArgumentException($"The network ends with images {Shape(shape)}; allowed: vectors.");
    }

    static string Shape(long[] shape) => string.Join("×", shape);

    [GeneratedRegex(@"[;()]|[^\s;()]+")]
    private static partial Regex Word();

    sealed class Parser(List<string> words)
    {
        int _next;
        long _parameters;

        string? Peek => _next < words.Count ? words[_next] : null;

        /// <summary>Layers up to the end, or to a closing bracket.</summary>
        public (nn.Module<Tensor, Tensor> Module, long[] Shape) Sequence(long[] shape, int depth)
        {
            var layers = new List<nn.Module<Tensor, Tensor>>();
            do
            {
                (var layer, shape) = Layer(shape, depth);
                layers.Add(layer);
            }
            while (Take(";"));
            return Peek is null || (depth > 0 && Peek == ")")
                ? (nn.Sequential(layers), shape)
                : throw Wrong(Peek, "';' between layers");
        }

        (nn.Module<Tensor, Tensor> Layer, long[] Shape) Layer(long[] shape, int depth)
        {
            var kind = Peek;
            _next++;
            switch (kind)
            {
                case "linear" when shape is [var inputs]:
                    var outputs = Size();
                    Count(inputs * outputs);
                    return (nn.Linear(inputs, outputs), [outputs]);
                case "conv" when shape is [var channels, _, _]:
                    var filters = Size();
                    var ((height, width), stride, padding) = Window();
                    Count(channels * filters * height * width);
                    return (
                        nn.Conv2d(channels, filters, (height, width), stride: stride, padding: padding),
                        [filters, Covered(shape[1], height, stride.Y, padding.Y), Covered(shape[2], width, stride.X, padding.X)]);
                case "maxpool" when shape is [_, _, _]:
                    var (kernel, step, border) = Window();
                    return (
                        nn.MaxPool2d([kernel.Y, kernel.X], [step.Y, step.X], [border.Y, border.X]),
                        [shape[0], Covered(shape[1], kernel.Y, step.Y, border.Y), Covered(shape[2], kernel.X, step.X, border.X)]);
                case "flatten":
                    return (nn.Flatten(), [shape.Aggregate(1L, (product, size) => product * size)]);
                case "relu":
                    return (nn.ReLU(), shape);
                case "tanh":
                    return (nn.Tanh(), shape);
                case "sigmoid":
                    return (nn.Sigmoid(), shape);
                case "residual" when depth < Deepest && Take("("):
                    var (branch, end) = Sequence(shape, depth + 1);
                    return Take(")") && end.AsSpan().SequenceEqual(shape)
                        ? (new ResidualBranch(branch), shape)
                        : throw new ArgumentException($"A residual branch makes {Shape(end)} of {Shape(shape)}; allowed: what it reads, and ')' after it.");
                default:
                    throw Wrong(kind, $"a layer of what is before it ({Shape(shape)}): linear, conv, maxpool, flatten, relu, tanh, sigmoid, residual (…)");
            }
        }

        ((long Y, long X) Kernel, (long Y, long X) Stride, (long Y, long X) Padding) Window()
        {
            var kernel = Pair(1);
            if (!Take("stride"))
            {
                throw Wrong(Peek, "stride");
            }

            var stride = Pair(1);
            return Take("pad") ? (kernel, stride, Pair(0)) : throw Wrong(Peek, "pad");
        }

        long Size() => long.TryParse(Peek, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is > 0 and <= LargestSize
            ? Next(size)
            : throw Wrong(Peek, $"a size from 1 to {LargestSize}");

        (long Y, long X) Pair(long least)
        {
            var parts = (Peek ?? "").Split('x');
            return parts is [var first, var second]
                && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var y)
                && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var x)
                && Math.Min(y, x) >= least && Math.Max(y, x) <= LargestSize
                    ? Next(((long)y, (long)x))
                    : throw Wrong(Peek, "two numbers such as 3x3");
        }

        T Next<T>(T value)
        {
            _next++;
            return value;
        }

        bool Take(string word) => Peek == word && Next(true);

        void Count(long weights)
        {
            _parameters += weights;
            if (_parameters > MostParameters)
            {
                throw new ArgumentException($"The network has more than {MostParameters} weights.");
            }
        }

        static long Covered(long size, long kernel, long stride, long padding) => size + (2 * padding) >= kernel
            ? ((size + (2 * padding) - kernel) / stride) + 1
            : throw new ArgumentException($"A kernel of {kernel} does not fit {size} pixels with {padding} around them.");

        static ArgumentException Wrong(string? word, string allowed) =>
            new($"The network's layers have {(word is null ? "nothing more" : $"'{word}'")} where {allowed} is expected.");
    }

    sealed class ResidualBranch : nn.Module<Tensor, Tensor>, IComposedModule
    {
        // An array: fields that are modules TorchSharp registers a second time, under their own names.
        readonly nn.Module<Tensor, Tensor>[] _branch;

        public ResidualBranch(nn.Module<Tensor, Tensor> branch)
            : base(nameof(ResidualBranch))
        {
            _branch = [branch];
            register_module("branch", branch);
        }

        public ModuleComposition Composition => new ModuleComposition.Residual(_branch[0]);

        public override Tensor forward(Tensor input)
        {
            using var branch = _branch[0].call(input);
            return input + branch;
        }
    }
}
