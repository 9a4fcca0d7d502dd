using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Forward and backward pass of a multilayer perceptron on the CPU, written out on the memory of its parameters:
/// <code>
/// H₀ = X      Hᵢ = max(Hᵢ₋₁ Wᵢᵀ + bᵢ, 0)      Y = H_L W_{L+1}ᵀ + b_{L+1}
/// D_{L+1} = ∂/∂Y      ∂/∂Wᵢ = Dᵢᵀ Hᵢ₋₁      ∂/∂bᵢ = Σ rows of Dᵢ      Dᵢ = (Dᵢ₊₁ Wᵢ₊₁) where Hᵢ > 0, else 0
/// </code>
/// Rows are the transitions of a minibatch; all matrices are row-major.
/// </summary>
sealed unsafe class FastMlp
{
    readonly int[] _sizes;
    readonly float*[] _weights;
    readonly float*[] _biases;
    readonly int[] _offsets; // of weights and biases in a gradient

    public FastMlp(Mlp net)
    {
        _sizes = [(int)net.Layers[0].weight!.shape[1], .. net.Layers.Select(layer => (int)layer.weight!.shape[0])];
        _weights = new float*[Layers];
        _biases = new float*[Layers];
        for (var i = 0; i < Layers; i++)
        {
            _weights[i] = PointerOf(net.Layers[i].weight!);
            _biases[i] = PointerOf(net.Layers[i].bias!);
        }

        _offsets = new int[2 * Layers];
        for (var i = 0; i < Layers; i++)
        {
            _offsets[2 * i] = ParameterCount;
            _offsets[(2 * i) + 1] = ParameterCount + (_sizes[i] * _sizes[i + 1]);
            ParameterCount = _offsets[(2 * i) + 1] + _sizes[i + 1];
        }
    }

    /// <summary>Layers with weights.</summary>
    public int Layers => _sizes.Length - 1;

    /// <summary>Sizes from input to output.</summary>
    public IReadOnlyList<int> Sizes => _sizes;

    /// <summary>Number of weights and biases.</summary>
    public int ParameterCount { get; }

    /// <summary>A CPU tensor's memory. It stays where it is for as long as the tensor lives.</summary>
    public static float* PointerOf(Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>Y of X; the hidden layers are left in <paramref name="pass"/> for the way back. [N × inputs] → [N × outputs]</summary>
    public void Forward(Pass pass, float* x, float* y)
    {
        var rows = pass.Rows;
        for (var i = 0; i < Layers - 1; i++)
        {
            var h = pass.Hidden(i);
            Blas.Multiply(rows, _sizes[i + 1], _sizes[i], Input(pass, x, i), _sizes[i], false, _weights[i], _sizes[i], true, h, _sizes[i + 1]);
            Kernels.AddBiasRelu(h, _biases[i], rows, _sizes[i + 1]);
        }

        var last = Input(pass, x, Layers - 1);
        var outputs = _sizes[^1];
        if (outputs == 1)
        {
            Kernels.Head(last, _weights[^1], *_biases[^1], y, rows, _sizes[^2]);
            return;
        }

        Blas.Multiply(rows, outputs, _sizes[^2], last, _sizes[^2], false, _weights[^1], _sizes[^2], true, y, outputs);
        for (var i = 0; i < rows * outputs; i++)
        {
            y[i] += _biases[^1][i % outputs];
        }
    }

    /// <summary>Gradients of all parameters, after <see cref="Forward"/> of the same X. Needs at least one hidden layer.</summary>
    /// <param name="pass">What forward left there; used up: Hᵢ is overwritten by Dᵢ, so that all of it stays in the cache.</param>
    /// <param name="x">X.</param>
    /// <param name="dy">∂/∂Y. [N × outputs]</param>
    /// <param name="gradient">Written: parameter after parameter, in the module's order: weight, bias, weight, …</param>
    public void Backward(Pass pass, float* x, float* dy, float* gradient)
    {
        float* Weight(int i) => gradient + _offsets[2 * i];
        float* Bias(int i) => gradient + _offsets[(2 * i) + 1];

        var d = Output(pass, dy, Weight(Layers - 1), Bias(Layers - 1), Bias(Layers - 2));
        for (var i = Layers - 2; i >= 0; i--)
        {
            Blas.Multiply(
                _sizes[i + 1], _sizes[i], pass.Rows, d, _sizes[i + 1], true, Input(pass, x, i), _sizes[i], false, Weight(i), _sizes[i]);
            if (i > 0)
            {
                d = Below(pass, d, i, Bias(i - 1));
            }
        }
    }

    /// <summary>
    /// Gradient of the inputs from <paramref name="first"/> on, after <see cref="Forward"/>: none of the parameters is computed.
    /// </summary>
    /// <param name="pass">What forward left there; used up.</param>
    /// <param name="dy">∂/∂Y. [N × outputs]</param>
    /// <param name="first">Index of the first input.</param>
    /// <param name="dx">Written. [N × (inputs − first)]</param>
    public void BackwardToInput(Pass pass, float* dy, int first, float* dx)
    {
        var d = Output(pass, dy, pass.Unused, pass.Unused, pass.Unused);
        for (var i = Layers - 2; i > 0; i--)
        {
            d = Below(pass, d, i, pass.Unused);
        }

        var inputs = _sizes[0] - first;
        Blas.Multiply(pass.Rows, inputs, _sizes[1], d, _sizes[1], false, _weights[0] + first, _sizes[0], false, dx, inputs);
    }

    /// <summary>The way back through the last layer and the ReLU below it: its deltas, in the place of its values.</summary>
    float* Output(Pass pass, float* dy, float* dw, float* db, float* dbBelow)
    {
        var (rows, width, outputs) = (pass.Rows, _sizes[^2], _sizes[^1]);
        var h = pass.Hidden(Layers - 2);
        Kernels.SumRows(dy, db, rows, outputs);
        if (outputs == 1)
        {
            Kernels.HeadBackward(dy, _weights[^1], h, dbBelow, dw, rows, width);
        }
        else
        {
            Blas.Multiply(outputs, width, rows, dy, outputs, true, h, width, false, dw, width);
            Blas.Multiply(rows, width, outputs, dy, outputs, false, _weights[^1], width, false, pass.Scratch, width);
            Kernels.ReluBackward(pass.Scratch, h, dbBelow, rows, width);
        }

        return h;
    }

    /// <summary>From the deltas of hidden layer <paramref name="i"/> to those of the one below.</summary>
    float* Below(Pass pass, float* d, int i, float* dbBelow)
    {
        Blas.Multiply(pass.Rows, _sizes[i], _sizes[i + 1], d, _sizes[i + 1], false, _weights[i], _sizes[i], false, pass.Scratch, _sizes[i]);
        Kernels.ReluBackward(pass.Scratch, pass.Hidden(i - 1), dbBelow, pass.Rows, _sizes[i]);
        return pass.Hidden(i - 1);
    }

    static float* Input(Pass pass, float* x, int i) => i == 0 ? x : pass.Hidden(i - 1);

    /// <summary>The memory of one way forward and back: networks of the same hidden sizes may take turns in it.</summary>
    public sealed class Pass : IDisposable
    {
        readonly NativeFloats[] _hidden;
        readonly NativeFloats _scratch, _unused;

        public Pass(FastMlp network, int rows)
        {
            Rows = rows;
            var hidden = network.Sizes.Skip(1).SkipLast(1).ToArray();
            _hidden = Array.ConvertAll(hidden, size => new NativeFloats(rows * size));
            var widest = hidden.Max();
            _scratch = new NativeFloats(rows * widest);
            _unused = new NativeFloats(Math.Max(widest, network.Sizes[^1]) * network.Sizes[^1]);
        }

        /// <summary>N.</summary>
        public int Rows { get; }

        /// <summary>A place for gradients that nobody wants.</summary>
        public float* Unused => _unused.Pointer;

        public float* Hidden(int i) => _hidden[i].Pointer;

        /// <summary>A matrix as large as the largest hidden one.</summary>
        public float* Scratch => _scratch.Pointer;

        public void Dispose()
        {
            foreach (var block in _hidden.Append(_scratch).Append(_unused))
            {
                block.Dispose();
            }
        }
    }
}
