using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace RL.InputOpt;

/// <summary>
/// The weights of a <see cref="ReluNetwork"/> with at least one hidden layer, copied to where products are fast. Fixed inputs are
/// no part of it: they are in the first bias, which each problem brings along.
/// </summary>
sealed class PackedNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly ColumnMatrix<T>[] _weights;        // hidden layers, a column per input
    readonly AlignedArray<T>[] _biases;         // hidden layers; the first stays zero
    readonly long _inputs;                      // of the whole network, fixed ones first
    readonly T[][] _loaded;                     // weights and biases as they were, layer by layer: what a change is told by

    /// <summary>Room for networks of one shape, with the weights of this one; <see cref="Supports"/> must hold.</summary>
    public PackedNetwork(ReluNetwork network)
        : this(network, (int)network.Inputs)
    {
    }

    /// <summary>The same with so many free inputs, which come last.</summary>
    public PackedNetwork(ReluNetwork network, int inputs)
    {
        var layers = network.Full.Layers;
        _inputs = network.Full.Inputs;
        (Inputs, Outputs) = (inputs, (int)network.Outputs);
        Units = [.. layers.SkipLast(1).Select(layer => (int)layer.Weight.shape[0])];
        _weights = [.. Units.Zip(Units.Prepend((int)_inputs), (rows, columns) => new ColumnMatrix<T>(rows, columns))];
        _biases = [.. Units.Select(units => new AlignedArray<T>(units))];
        Top = new(Units[^1], Outputs);
        TopBias = new T[Outputs];
        _loaded = [.. layers.SelectMany(layer => new[] { new T[layer.Weight.numel()], new T[layer.Bias.numel()] })];
        Load(network, isFirst: true);
    }

    /// <summary>n, the free inputs.</summary>
    public int Inputs { get; }

    /// <summary>m.</summary>
    public int Outputs { get; }

    /// <summary>Neurons of each hidden layer.</summary>
    public int[] Units { get; }

    /// <summary>Number of hidden layers, at least 1.</summary>
    public int Hidden => Units.Length;

    /// <summary>Wᴸᵀ: a column for each output.</summary>
    public ColumnMatrix<T> Top { get; }

    /// <summary>bᴸ [m].</summary>
    public T[] TopBias { get; }

    /// <summary>W of a hidden layer: a column for each of its inputs; of the first layer, those that are free.</summary>
    public ColumnMatrix<T> Weight(int layer) =>
        layer == 0 ? _weights[0].Range(_weights[0].Columns - Inputs, Inputs) : _weights[layer];

    /// <summary>W of the first layer with the columns of fixed inputs.</summary>
    public ColumnMatrix<T> WholeFirstWeight => _weights[0];

    /// <summary>b of the first layer [n₁], which no product here adds.</summary>
    public ReadOnlySpan<T> FirstBias => _loaded[1];

    /// <summary>b of a hidden layer but the first.</summary>
    public ReadOnlySpan<T> Bias(int layer) => _biases[layer];

    /// <summary>Whether there is a hidden layer, the element type is T and the weights are in the CPU's memory.</summary>
    public static bool Supports(ReluNetwork network) =>
        network.Layers.Count > 1
        && network.Layers[0].Weight.dtype == (typeof(T) == typeof(float) ? torch.ScalarType.Float32 : torch.ScalarType.Float64)
        && network.Layers[0].Weight.device.type == DeviceType.CPU;

    /// <summary>
    /// Makes these the weights of a network if its shape is that of the first one. Only layers whose weights differ from those that are here
    /// are packed again: weights may change in place between two calls, and so may the instance while they stay.
    /// </summary>
    /// <param name="network">Another network or another instance, or the same one.</param>
    /// <param name="changed">Whether weights differed.</param>
    public bool TryLoad(ReluNetwork network, out bool changed)
    {
        changed = false;
        var layers = network.Full.Layers;
        if (network.Full.Inputs != _inputs || network.Inputs != Inputs
            || layers.Count != Units.Length + 1 || network.Outputs != Outputs)
        {
            return false;
        }
        for (var i = 0; i < Units.Length; i++)
        {
            if (layers[i].Weight.size(0) != Units[i])
            {
                return false;
            }
        }
        changed = Load(network, isFirst: false);
        return true;
    }

    /// <summary>Takes in what has changed of the weights of the network that these are of.</summary>
    public void Reload(ReluNetwork network) => Load(network, isFirst: false);

    /// <returns>Whether anything had to be copied.</returns>
    bool Load(ReluNetwork network, bool isFirst)
    {
        var layers = network.Full.Layers;
        if (!isFirst && !HasChanged(layers))
        {
            return false;
        }
        // Weights that have been checked once need not be again.
        network.ThrowUnlessFinite();
        for (var i = 0; i < layers.Count; i++)
        {
            if (Take(layers[i].Weight, _loaded[2 * i]) || isFirst)
            {
                if (i < Units.Length)
                {
                    Transpose(_loaded[2 * i], _weights[i]);
                }
                else
                {
                    for (var k = 0; k < Outputs; k++)
                    {
                        _loaded[2 * i].AsSpan(k * Top.Rows, Top.Rows).CopyTo(Top[k]);
                    }
                }
            }
            // The first bias stays zero: it comes with the problem.
            if ((Take(layers[i].Bias, _loaded[(2 * i) + 1]) || isFirst) && i > 0)
            {
                _loaded[(2 * i) + 1].CopyTo(i < Units.Length ? _biases[i] : TopBias.AsSpan());
            }
        }
        return true;
    }

    bool HasChanged(IReadOnlyList<ReluLayer> layers)
    {
        for (var i = 0; i < layers.Count; i++)
        {
            if (Differs(layers[i].Weight, _loaded[2 * i]) || Differs(layers[i].Bias, _loaded[(2 * i) + 1]))
            {
                return true;
            }
        }
        return false;
    }

    static bool Differs(torch.Tensor tensor, T[] loaded)
    {
        var then = MemoryMarshal.AsBytes(loaded.AsSpan());
        if (tensor.is_contiguous())
        {
            return !tensor.bytes.SequenceEqual(then);
        }
        using var elements = tensor.contiguous();
        return !elements.bytes.SequenceEqual(then);
    }

    /// <summary>Makes a tensor's elements what is loaded; false if they are already.</summary>
    static bool Take(torch.Tensor tensor, T[] loaded)
    {
        if (!Differs(tensor, loaded))
        {
            return false;
        }
        var then = MemoryMarshal.AsBytes(loaded.AsSpan());
        if (tensor.is_contiguous())
        {
            tensor.bytes.CopyTo(then);
            return true;
        }
        using var elements = tensor.contiguous();
        elements.bytes.CopyTo(then);
        return true;
    }

    /// <summary>The elements of a contiguous tensor in the CPU's memory.</summary>
    public static Span<T> Elements(torch.Tensor tensor) => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    /// <summary>Writes a matrix given row by row into columns: block by block, for neither side to leave the cache.</summary>
    static void Transpose(ReadOnlySpan<T> rows, ColumnMatrix<T> columns)
    {
        const int block = 16;
        var (height, width) = (columns.Rows, columns.Columns);
        ref var source = ref MemoryMarshal.GetReference(rows);
        for (var k = 0; k < width; k += block)
        {
            for (var i = 0; i < height; i += block)
            {
                var (rowsHere, columnsHere) = (Math.Min(block, height - i), Math.Min(block, width - k));
                ref var from = ref Unsafe.Add(ref source, (i * width) + k);
                ref var to = ref columns[k][i];
                if (typeof(T) == typeof(float) && Sse.IsSupported && rowsHere == block && columnsHere == block)
                {
                    TransposeBlock(ref Unsafe.As<T, float>(ref from), width, ref Unsafe.As<T, float>(ref to), columns.Stride, block);
                    continue;
                }
                for (var column = 0; column < columnsHere; column++)
                {
                    for (var row = 0; row < rowsHere; row++)
                    {
                        Unsafe.Add(ref to, (column * columns.Stride) + row) = Unsafe.Add(ref from, (row * width) + column);
                    }
                }
            }
        }
    }

    /// <summary>A square block, four by four elements at a time in registers.</summary>
    static void TransposeBlock(ref float from, int fromStride, ref float to, int toStride, int size)
    {
        for (var k = 0; k < size; k += 4)
        {
            for (var i = 0; i < size; i += 4)
            {
                ref var row = ref Unsafe.Add(ref from, (i * fromStride) + k);
                var (r0, r1) = (Vector128.LoadUnsafe(ref row), Vector128.LoadUnsafe(ref Unsafe.Add(ref row, fromStride)));
                row = ref Unsafe.Add(ref row, 2 * fromStride);
                var (r2, r3) = (Vector128.LoadUnsafe(ref row), Vector128.LoadUnsafe(ref Unsafe.Add(ref row, fromStride)));
                var (low01, low23) = (Sse.UnpackLow(r0, r1), Sse.UnpackLow(r2, r3));
                var (high01, high23) = (Sse.UnpackHigh(r0, r1), Sse.UnpackHigh(r2, r3));
                ref var column = ref Unsafe.Add(ref to, (k * toStride) + i);
                Sse.MoveLowToHigh(low01, low23).StoreUnsafe(ref column);
                Sse.MoveHighToLow(low23, low01).StoreUnsafe(ref Unsafe.Add(ref column, toStride));
                column = ref Unsafe.Add(ref column, 2 * toStride);
                Sse.MoveLowToHigh(high01, high23).StoreUnsafe(ref column);
                Sse.MoveHighToLow(high23, high01).StoreUnsafe(ref Unsafe.Add(ref column, toStride));
            }
        }
    }
}
