using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;

namespace RL.InputOpt;

/// <summary>
/// A ReLU network n → n₁ → n₂ → 1 in float32, evaluated at inputs x that move a little at a time. It keeps
/// A = W₂ diag(1[z₁ > 0]) [W₁ | b₁], with b₂ added to the last column, so that
///   z₂ = A [x; 1],   ∇f = Aᵀ(1[z₂ > 0]∘w₃),   ∇z₁ᵢ = W₁[i, :],   ∇z₂ᵢ = A[i, :n],
/// and when unit j of the first layer flips, A ±= W₂[:, j] ⊗ [W₁[j, :], b₁ⱼ]: O((n₁ + n₂)·n) a step instead of O(n₁·n₂).
/// Exact but for rounding, which <see cref="Start"/> clears. Allocates nothing after construction. Not for several threads.
/// </summary>
sealed class IncrementalNetwork
{
    readonly int _inputs, _first, _second;       // n and n₁, n₂; the latter padded to whole vectors with units that never act
    readonly float[] _w1;                        // n columns of n₁
    readonly float[] _b1;                        // n₁
    readonly float[] _w2;                        // n₁ columns of n₂
    readonly float[] _b2;
    readonly float[] _w3;                        // n₂
    float _b3;
    readonly float[] _a;                         // n + 1 columns of n₂
    readonly float[][] _z;                       // z₁, z₂
    readonly float[] _active;                    // n₁: 1[z₁ > 0] of the units that are in A
    readonly float[] _top;                       // n₂: 1[z₂ > 0]∘w₃

    /// <summary>Buffers for networks of this one's sizes, and a copy of its weights; <see cref="Supports"/> must hold.</summary>
    public IncrementalNetwork(ReluNetwork network)
    {
        _inputs = (int)network.Inputs;
        Units = [(int)network.Layers[0].Weight.shape[0], (int)network.Layers[1].Weight.shape[0]];
        (_first, _second) = (Padded(Units[0]), Padded(Units[1]));
        _w1 = new float[_inputs * _first];
        _b1 = new float[_first];
        _w2 = new float[Units[0] * _second];
        _b2 = new float[_second];
        _w3 = new float[_second];
        _a = new float[(_inputs + 1) * _second];
        _z = [new float[_first], new float[_second]];
        _active = new float[_first];
        _top = new float[_second];
        Load(network);
    }

    /// <summary>n₁ and n₂.</summary>
    public int[] Units { get; }

    /// <summary>
    /// Whether a network has the two hidden layers, the single output and the dtype and device that this class is for.
    /// </summary>
    public static bool Supports(ReluNetwork network) =>
        network.Layers.Count == 3 && network.Outputs == 1 &&
        network.Layers[0].Weight.dtype == torch.ScalarType.Float32 && network.Layers[0].Weight.device.type == DeviceType.CPU;

    /// <summary>Whether another network has the sizes of this one's buffers.</summary>
    public bool Fits(ReluNetwork network) =>
        network.Inputs == _inputs
        && network.Layers[0].Weight.shape[0] == Units[0]
        && network.Layers[1].Weight.shape[0] == Units[1];

    /// <summary>
    /// Copies the weights of a network that fits, all but the first bias: into the same buffers, for it happens at every
    /// update.
    /// </summary>
    public void Load(ReluNetwork network)
    {
        CopyColumns(network.Layers[0].Weight, _w1, _first);
        CopyColumns(network.Layers[1].Weight, _w2, _second);
        CopyColumns(network.Layers[1].Bias.unsqueeze(1), _b2, _second);
        CopyColumns(network.Layers[2].Weight.t(), _w3, _second);
        _b3 = network.Layers[2].Bias.ToSingle();
    }

    /// <summary>Pre-activations of hidden layer 0 or 1 at the last input, padded with zeros to whole vectors.</summary>
    public ReadOnlySpan<float> Z(int layer) => _z[layer];

    /// <summary>
    /// Sets the first bias [n₁], which carries the fixed inputs of a problem, and builds A at x [n]; returns f(x).
    /// </summary>
    public float Start(ReadOnlySpan<float> firstBias, ReadOnlySpan<float> x)
    {
        firstBias.CopyTo(_b1);
        Array.Clear(_active);
        Array.Clear(_a);
        _b2.CopyTo(Column(_a, _inputs, _second));
        return MoveTo(x);
    }

    /// <summary>Moves to x [n] and returns f(x).</summary>
    public float MoveTo(ReadOnlySpan<float> x)
    {
        // z₁ = W₁ x + b₁
        var z1 = _z[0].AsSpan();
        _b1.CopyTo(z1);
        for (var k = 0; k < x.Length; k++)
        {
            TensorPrimitives.MultiplyAdd(Column(_w1, k, _first), x[k], z1, z1);
        }
        FlipFirstLayer();

        // z₂ = A [x; 1]
        var z2 = _z[1].AsSpan();
        Column(_a, _inputs, _second).CopyTo(z2);
        for (var k = 0; k < x.Length; k++)
        {
            TensorPrimitives.MultiplyAdd(Column(_a, k, _second), x[k], z2, z2);
        }

        // f = w₃·max(z₂, 0) + b₃
        var sum = Vector512<float>.Zero;
        for (var i = 0; i < z2.Length; i += Vector512<float>.Count)
        {
            var z = Vector512.LoadUnsafe(ref z2[i]);
            var top = Vector512.LoadUnsafe(ref _w3[i]) & Vector512.GreaterThan(z, Vector512<float>.Zero);
            top.StoreUnsafe(ref _top[i]);
            sum += top * z;
        }
        return Vector512.Sum(sum) + _b3;
    }

    /// <summary>g ← ∇f [n].</summary>
    public void Gradient(Span<float> g)
    {
        for (var k = 0; k < g.Length; k++)
        {
            g[k] = TensorPrimitives.Dot(Column(_a, k, _second), _top);
        }
    }

    /// <summary>g += scale·∇z of one unit of hidden layer 0 or 1.</summary>
    public void AddUnitGradient(int layer, int unit, float scale, Span<float> g)
    {
        var (columns, rows) = layer == 0 ? (_w1, _first) : (_a, _second);
        for (var k = 0; k < g.Length; k++)
        {
            g[k] += scale * columns[(k * rows) + unit];
        }
    }

    /// <summary>Brings A to the units that z₁ says are active.</summary>
    void FlipFirstLayer()
    {
        var z1 = _z[0];
        for (var j = 0; j < z1.Length; j += Vector512<float>.Count)
        {
            var now = Vector512.GreaterThan(Vector512.LoadUnsafe(ref z1[j]), Vector512<float>.Zero) & Vector512<float>.One;
            var before = Vector512.LoadUnsafe(ref _active[j]);
            var flipped = Vector512.ExtractMostSignificantBits(~Vector512.Equals(now, before));
            now.StoreUnsafe(ref _active[j]);
            for (; flipped != 0; flipped &= flipped - 1)
            {
                var unit = j + int.TrailingZeroCount((int)flipped);
                Flip(unit, _active[unit] > 0 ? 1 : -1);
            }
        }
    }

    /// <summary>A += sign·W₂[:, j] ⊗ [W₁[j, :], b₁ⱼ].</summary>
    void Flip(int j, float sign)
    {
        var column = Column(_w2, j, _second);
        for (var k = 0; k < _inputs; k++)
        {
            var a = Column(_a, k, _second);
            TensorPrimitives.MultiplyAdd(column, sign * _w1[(k * _first) + j], a, a);
        }
        var last = Column(_a, _inputs, _second);
        TensorPrimitives.MultiplyAdd(column, sign * _b1[j], last, last);
    }

    static Span<float> Column(float[] columns, int column, int rows) => columns.AsSpan(column * rows, rows);

    static int Padded(int units) => (units + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;

    /// <summary>Copies the columns of a matrix [rows×columns] one after the other, each to a multiple of paddedRows.</summary>
    public static void CopyColumns(torch.Tensor matrix, float[] columns, int paddedRows)
    {
        using var scope = torch.NewDisposeScope();
        var rows = (int)matrix.shape[0];
        var transposed = matrix.detach().t().contiguous();
        var source = MemoryMarshal.Cast<byte, float>(transposed.bytes);
        for (var k = 0; k * rows < source.Length; k++)
        {
            source.Slice(k * rows, rows).CopyTo(Column(columns, k, paddedRows));
        }
    }
}
