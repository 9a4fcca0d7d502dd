using System.Globalization;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// Makes a network of the nodes of an ONNX graph, one after the other. What is done to a vector first, Sub, Div and Clip, is how observations are
/// normalised. Images are the task's, bytes from 0 to 255, with channels last if the graph transposes them and first otherwise.
/// </summary>
sealed class OnnxChain(Space observations)
{
    const double White = 255;
    const int Deepest = 8;

    /// <summary>What NormalizationOptions allows.</summary>
    const double LeastClip = 1e-3, MostClip = 1e6;

    double[]? _mean, _deviation;
    double? _clip;
    bool _isChannelsLast;

    // What keeps the order of the outputs, and only that: an ArgMax must follow.
    OnnxStep? _ordering;

    /// <summary>Reads the nodes.</summary>
    /// <exception cref="InvalidDataException">Names the node that cannot be imported.</exception>
    public ImportedModel Read(IReadOnlyList<OnnxStep> steps)
    {
        var network = PolicyImport.NewDraft(observations);
        var isImage = network.Shape.Count == 3;
        var next = 0;
        if (isImage)
        {
            _isChannelsLast = steps.Any(step => step.Node.OpType == "Transpose");
            // The agent's own inputs are in [0, 1].
            network.Scale("The image", [White], [0]);
        }
        else
        {
            while (next < steps.Count && Normalizes(steps[next], network.Shape[0]))
            {
                next++;
            }
        }

        Add(network, [.. steps.Skip(next)], 0);
        if (_ordering is { } ordering)
        {
            throw ordering.Wrong("is allowed only before an ArgMax");
        }

        var size = (int)network.Input[0];
        double[] Whole(double[]? values, double otherwise) => values is null ? [.. Enumerable.Repeat(otherwise, size)]
            : values.Length == 1 ? [.. Enumerable.Repeat(values[0], size)] : values;
        return new(network)
        {
            Moments = (_mean ?? _deviation) is null && _clip is null
                ? null
                : new(Whole(_mean, 0), [.. Whole(_deviation, 1).Select(deviation => deviation * deviation)], 0, _clip ?? MostClip),
        };
    }

    /// <summary>Whether a node is the next part of clip((s − mean) / deviation, ±c), which it then is taken for.</summary>
    bool Normalizes(OnnxStep step, long size)
    {
        var values = step.Node.OpType is "Sub" or "Add" or "Div" or "Mul" && step.Branch is null ? Numbers(step, size, isImage: false) : null;
        switch (step.Node.OpType)
        {
            case "Cast" or "Identity":
                ThrowIfRounded(step);
                return true;
            case "Sub" or "Add" when (_mean ?? _deviation) is null && _clip is null && step.Place == 0 && values is not null:
                _mean = step.Node.OpType == "Sub" ? values : [.. values.Select(value => -value)];
                return true;
            case "Div" or "Mul" when _deviation is null && _clip is null && step.Place == 0 && values is not null && values.All(value => value > 0 && double.IsFinite(1 / value)):
                _deviation = step.Node.OpType == "Div" ? values : [.. values.Select(value => 1 / value)];
                return true;
            case "Clip" when _clip is null && Bounds(step) is var (low, high) && low == -high && high is >= LeastClip and <= MostClip:
                _clip = high;
                return true;
            default:
                return false;
        }
    }

    void Add(NetworkDraft network, IReadOnlyList<OnnxStep> steps, int depth)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            var step = steps[i];
            if (step.Branch is { } branch)
            {
                var inner = depth < Deepest ? new NetworkDraft(network.Shape) : throw step.Wrong($"is a branch within {Deepest} others; allowed: fewer");
                Add(inner, branch, depth + 1);
                network.Residual(step.Name, inner);
            }
            else if (step.Node.OpType == "ArgMax")
            {
                if (step.Integer("axis", 0) is not (1 or -1) || depth > 0
                    || steps.Skip(i + 1).Any(after => after.Node.OpType is not ("Identity" or "Cast" or "Reshape" or "Squeeze" or "Unsqueeze" or "Flatten")))
                {
                    throw step.Wrong("is allowed only of axis 1, and with nothing after it but casts and other shapes");
                }

                _ordering = null;
                return;
            }
            else if (step.IsShift || (step.Node.OpType is "Softmax" or "LogSoftmax" && step.Integer("axis", -1) is (1 or -1)))
            {
                _ordering = step;
            }
            else if (_ordering is { } ordering && step.Node.OpType is not ("Identity" or "Cast"))
            {
                throw ordering.Wrong("is allowed only before an ArgMax");
            }
            else
            {
                Add(network, step);
            }
        }
    }

    /// <summary>A cast to whole numbers or to half precision computes something else.</summary>
    static void ThrowIfRounded(OnnxStep step)
    {
        if (step.Node.OpType == "Cast" && step.Integer("to", 0) is var type && type is not (OnnxType.Single or OnnxType.Double))
        {
            throw step.Wrong(string.Create(CultureInfo.InvariantCulture, $"casts to the element type {type}; allowed: float ({OnnxType.Single}), double ({OnnxType.Double})"));
        }
    }

    void Add(NetworkDraft network, OnnxStep step)
    {
        var isImage = network.Shape.Count == 3;
        if (step.Place != 0 && step.Node.OpType is not ("Add" or "Mul" or "Sub"))
        {
            throw step.Wrong("does not read the observation's way as its first input");
        }

        switch (step.Node.OpType)
        {
            case "Identity" or "Cast":
                ThrowIfRounded(step);
                break;
            case "Gemm":
                AddGemm(network, step);
                break;
            case "MatMul":
                network.Linear(step.Name, Turned(step, Constant(step, 1)), null);
                break;
            case "Add" or "Sub":
                var term = Numbers(step, network.Shape[0], isImage);
                var isSubtracted = step.Node.OpType == "Sub" && step.Place == 0;
                network.Scale(step.Name, [step.Node.OpType == "Sub" && step.Place == 1 ? -1 : 1], isSubtracted ? [.. term.Select(value => -value)] : term);
                break;
            case "Mul":
                network.Scale(step.Name, Numbers(step, network.Shape[0], isImage), [0]);
                break;
            case "Div":
                network.Scale(step.Name, [.. Numbers(step, network.Shape[0], isImage).Select(value => 1 / value)], [0]);
                break;
            case "Clip":
                var (low, high) = Bounds(step);
                network.Clip(step.Name, low, high);
                break;
            case "Relu" or "Tanh" or "Sigmoid":
                network.Activation(step.Node.OpType.ToLowerInvariant());
                break;
            case "Conv":
                AddConvolution(network, step);
                break;
            case "MaxPool":
                ThrowIfChannelsLast(step);
                var kernel = Pair(step, "kernel_shape", null);
                ThrowIf(step, step.Integer("ceil_mode", 0) != 0 || step.Integer("storage_order", 0) != 0, "rounds up, or stores in another order; allowed: neither");
                var (stride, padding) = (Pair(step, "strides", 1), Padding(step));
                network.MaxPool(step.Name, new(kernel.Y, kernel.X, stride.Y, stride.X, padding.Y, padding.X));
                break;
            case "Flatten":
                ThrowIf(step, step.Integer("axis", 1) != 1, $"has axis {step.Integer("axis", 1)}; allowed: 1");
                Flatten(network, step);
                break;
            case "Reshape":
                var sizes = Constant(step, 1).Values();
                ThrowIf(step, sizes is not [_, var last] || (last != -1 && last != network.Size), $"makes ({string.Join(", ", sizes)}); allowed: rows of {network.Size} numbers");
                Flatten(network, step);
                break;
            case "Transpose":
                ThrowIf(
                    step, !_isChannelsLast || !isImage || step.Integers("perm") is not [0, 3, 1, 2],
                    "changes the order of axes; allowed once: (0, 3, 1, 2) of an image with channels last");
                _isChannelsLast = false;
                break;
            default:
                throw step.Wrong(
                    "is an operator that is not imported; allowed: Gemm, MatMul, Add, Sub, Mul, Div, Clip, Relu, Tanh, Sigmoid, Conv, MaxPool, Flatten, Reshape, "
                    + "Transpose, Identity, Cast, ArgMax");
        }
    }

    static void AddGemm(NetworkDraft network, OnnxStep step)
    {
        ThrowIf(step, step.Integer("transA", 0) != 0, "transposes its first input");
        var weight = Constant(step, 1);
        weight = step.Integer("transB", 0) != 0 ? weight : Turned(step, weight);
        var bias = step.Constants.Count > 2 ? step.Constants[2] : null;
        ThrowIf(step, bias is { Count: var count } && count != 1 && weight.Shape is [var rows, _] && count != rows, "has a third input that is not one number for each output");
        var (alpha, beta) = (step.Number("alpha", 1), step.Number("beta", 1));
        network.Linear(step.Name, alpha == 1 ? weight : weight with { Values = () => [.. weight.Values().Select(value => value * alpha)] }, null);
        if (bias is not null)
        {
            network.Scale(step.Name, [1], [.. bias.Values().Select(value => value * beta)]);
        }
    }

    void AddConvolution(NetworkDraft network, OnnxStep step)
    {
        ThrowIfChannelsLast(step);
        ThrowIf(step, step.Integer("group", 1) != 1, $"has {step.Integer("group", 1)} groups; allowed: 1");
        network.Convolution(
            step.Name, Constant(step, 1), step.Constants.Count > 2 ? step.Constants[2] : null, Pair(step, "strides", 1), Padding(step));
    }

    void Flatten(NetworkDraft network, OnnxStep step)
    {
        ThrowIfChannelsLast(step);
        network.Flatten();
    }

    void ThrowIfChannelsLast(OnnxStep step) => ThrowIf(step, _isChannelsLast, "comes before the image's channels are first");

    /// <summary>Numbers that are broadcast: one, or one for each element of a vector or each channel of an image.</summary>
    double[] Numbers(OnnxStep step, long size, bool isImage)
    {
        var constant = Constant(step, 1 - step.Place);
        var axis = isImage && !_isChannelsLast ? constant.Shape.Count - 3 : constant.Shape.Count - 1;
        var isBroadcast = constant.Count == 1 || (constant.Count == size && axis >= 0 && constant.Shape[axis] == size);
        ThrowIf(step, !isBroadcast, $"has a constant of {NetworkDraft.Text(constant.Shape)}; allowed: one number, or {size}, one for each {(isImage ? "channel" : "element")}");
        return constant.Values();
    }

    static (double Low, double High) Bounds(OnnxStep step)
    {
        double Of(int place, string name, double otherwise)
        {
            if (step.Constants.Count <= place || step.Constants[place] is not { } bound)
            {
                return step.Number(name, otherwise);
            }

            ThrowIf(step, bound.Count != 1, $"has a bound of {bound.Count} numbers; allowed: 1");
            return bound.Values()[0];
        }

        return (Of(1, "min", double.NegativeInfinity), Of(2, "max", double.PositiveInfinity));
    }

    static ImportedTensor Constant(OnnxStep step, int place) => step.Constants.Count > place && step.Constants[place] is { } constant
        ? constant
        : throw step.Wrong($"has no constant as input {place + 1}");

    /// <summary>[in×out] as [out×in].</summary>
    static ImportedTensor Turned(OnnxStep step, ImportedTensor matrix)
    {
        if (matrix.Shape is not [var rows, var columns])
        {
            throw step.Wrong($"has weights {NetworkDraft.Text(matrix.Shape)}; allowed: a matrix");
        }

        return new([columns, rows], () =>
        {
            var values = matrix.Values();
            var turned = new double[values.Length];
            for (var i = 0; i < values.Length; i++)
            {
                turned[(i % columns * rows) + (i / columns)] = values[i];
            }

            return turned;
        });
    }

    static (int Y, int X) Pair(OnnxStep step, string name, int? otherwise) => step.Integers(name) switch
    {
        [>= 0 and <= int.MaxValue and var y, >= 0 and <= int.MaxValue and var x] => ((int)y, (int)x),
        null or [] when otherwise is { } both => (both, both),
        var sizes => throw step.Wrong($"has {name} ({string.Join(", ", sizes ?? [])}); allowed: two numbers"),
    };

    /// <summary>The zeros around an image; dilated kernels are refused too.</summary>
    static (int Y, int X) Padding(OnnxStep step)
    {
        ThrowIf(step, step.Text("auto_pad") is not (null or "NOTSET" or "VALID"), $"has auto_pad {step.Text("auto_pad")}; allowed: NOTSET, VALID");
        ThrowIf(step, step.Integers("dilations")?.Any(size => size != 1) ?? false, "has dilations; allowed: 1");
        return step.Integers("pads") switch
        {
            null or [] => (0, 0),
            [>= 0 and <= int.MaxValue and var top, >= 0 and <= int.MaxValue and var left, var bottom, var right] when top == bottom && left == right => ((int)top, (int)left),
            var pads => throw step.Wrong($"has pads ({string.Join(", ", pads)}); allowed: four, the same on opposite sides"),
        };
    }

    static void ThrowIf(OnnxStep step, bool isWrong, string what)
    {
        if (isWrong)
        {
            throw step.Wrong(what);
        }
    }
}
