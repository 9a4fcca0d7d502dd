using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>
/// The pre-activations of a network whose ReLUs are replaced by given gates g, as affine maps of its input x [n]:
///   zˡ = Aˡ [x; 1],   A¹ = [W¹ | b¹],   Aˡ⁺¹ = Wˡ⁺¹ diag(gˡ) Aˡ, with bˡ⁺¹ added to the last column.
/// Row j of Aˡ without its last element is the normal ∇zˡⱼ. When gates D of layer l change by Δ,
///   Aˡ⁺¹ += Wˡ⁺¹[:, D] diag(Δ) Aˡ[D, :],
/// one term of rank 1 each: O(n·nˡ⁺¹) instead of O(n·nˡ·nˡ⁺¹) for all of Aˡ⁺¹. A term u vᵀ of Aˡ becomes (Wˡ⁺¹ diag(gˡ) u) vᵀ
/// in Aˡ⁺¹. Where the terms would cost more than Aˡ⁺¹ itself, that is built anew. Exact but for rounding, which adds up until a map
/// is built anew. In the code layers are counted from 0.
/// </summary>
sealed class AffineMaps<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly PackedNetwork<T> _network;
    readonly bool _update;
    readonly ColumnMatrix<T>[] _maps;           // of every layer but the first, n + 1 columns
    readonly AlignedArray<T>[] _gates;          // of every layer but the last: those that are in the maps
    readonly Terms[] _terms;                    // what was added to each map last
    readonly AlignedArray<T> _firstBias, _zeros;
    readonly int[] _changed, _open;
    readonly T[] _changes, _coefficients;

    /// <param name="network">Its weights.</param>
    /// <param name="update">Whether maps may be updated; else they are built anew with every change.</param>
    public AffineMaps(PackedNetwork<T> network, bool update = true)
    {
        (_network, _update) = (network, update);
        var (columns, most) = (network.Inputs + 1, ColumnMatrix<T>.Padded(network.Units.Max()));
        _maps = [default, .. network.Units.Skip(1).Select(units => new ColumnMatrix<T>(units, columns))];
        _gates = [.. network.Units.SkipLast(1).Select(units => new AlignedArray<T>(units))];
        // Terms go up from the second layer on, so there are none to keep with two layers. More than n + 1 are not worth their cost.
        _terms = [.. network.Units.Select((units, i) => new Terms(units, columns, i > 0 && network.Hidden > 2 ? columns : 0))];
        (_firstBias, _zeros) = (new(network.Units[0]), new(most));
        (_changed, _open) = (new int[most], new int[most + 1]);
        (_changes, _coefficients) = (new T[most], new T[most]);
    }

    /// <summary>Sets the first bias [n₁] and shuts all gates.</summary>
    public void Start(ReadOnlySpan<T> firstBias)
    {
        firstBias.CopyTo(_firstBias);
        Restart();
    }

    /// <summary>Shuts all gates, so that the maps are built anew with the next ones.</summary>
    public void Restart()
    {
        for (var i = 0; i < _gates.Length; i++)
        {
            _gates[i].Span.Clear();
            for (var k = 0; k <= _network.Inputs; k++)
            {
                Addend(i + 1, k).CopyTo(_maps[i + 1][k]);
            }
        }
    }

    /// <summary>∇zˡ: a column for each input, a row for each neuron.</summary>
    public ColumnMatrix<T> Normals(int layer) => layer == 0 ? _network.Weight(0) : _maps[layer].Range(0, _network.Inputs);

    /// <summary>z ← Aˡ [x; 1].</summary>
    public void Evaluate(int layer, ReadOnlySpan<T> x, Span<T> z) => Normals(layer).Combine(x, Column(layer, _network.Inputs), z);

    /// <summary>slopes ← Aˡ [direction; 0].</summary>
    public void Slopes(int layer, ReadOnlySpan<T> direction, Span<T> slopes) =>
        Normals(layer).Combine(direction, _zeros.Span[..slopes.Length], slopes);

    /// <summary>
    /// Sets the gates of a layer and brings the next layer's map in line with them and with what has changed in this layer's.
    /// Called from below to above: layer 0 first, each layer once.
    /// </summary>
    public void SetGates(int layer, ReadOnlySpan<T> gates)
    {
        var below = _terms[layer];
        var (changed, open) = Compare(gates, _gates[layer]);
        var (columns, terms) = (_network.Inputs + 1, below.Count + changed);
        if (!below.All && terms == 0)
        {
            _terms[layer + 1].Set(0);
        }
        else if (!_update || below.All || (below.Count * open) + (terms * columns) >= open * columns)
        {
            gates.CopyTo(_gates[layer]);
            Build(layer);
        }
        else
        {
            Update(layer, changed);
            gates.CopyTo(_gates[layer]);
        }
    }

    /// <summary>Aˡ⁺¹ ← Wˡ⁺¹ diag(gˡ) Aˡ.</summary>
    void Build(int layer)
    {
        var (weight, map) = (_network.Weight(layer + 1), _maps[layer + 1]);
        var open = Open(layer);
        for (var k = 0; k <= _network.Inputs; k++)
        {
            weight.Combine(open, Scaled(open, _gates[layer], Column(layer, k)), Addend(layer + 1, k), map[k]);
        }
        _terms[layer + 1].SetAll();
    }

    /// <summary>Aˡ⁺¹ += Wˡ⁺¹ diag(gˡ) U Vᵀ + Wˡ⁺¹[:, D] diag(Δ) Aˡ[D, :], where U Vᵀ is the last change of Aˡ.</summary>
    void Update(int layer, int changed)
    {
        var (weight, map) = (_network.Weight(layer + 1), _maps[layer + 1]);
        var (below, above) = (_terms[layer], _terms[layer + 1]);
        var units = _changed.AsSpan(0, changed);
        if (below.Count > 0)
        {
            var open = Open(layer);
            for (var f = 0; f < below.Count; f++)
            {
                weight.Combine(open, Scaled(open, _gates[layer], below.U[f]), _zeros.Span[..weight.Stride], above.U[f]);
            }
        }
        var keep = above.Set(below.Count + changed);
        for (var f = 0; keep && f < changed; f++)
        {
            Scale(weight[units[f]], _changes[f], above.U[below.Count + f]);
        }
        for (var k = 0; k <= _network.Inputs; k++)
        {
            var column = Column(layer, k);
            for (var f = 0; f < changed; f++)
            {
                _coefficients[f] = _changes[f] * column[units[f]];
            }
            weight.Combine(units, _coefficients.AsSpan(0, changed), map[k], map[k]);
            if (below.Count > 0)
            {
                above.U.Range(0, below.Count).Combine(below.V(k), map[k], map[k]);
            }
            if (keep)
            {
                var v = above.V(k);
                below.V(k).CopyTo(v);
                for (var f = 0; f < changed; f++)
                {
                    v[below.Count + f] = column[units[f]];
                }
            }
        }
    }

    /// <summary>Column k ≤ n of Aˡ.</summary>
    ReadOnlySpan<T> Column(int layer, int k) =>
        layer > 0 ? _maps[layer][k] : k < _network.Inputs ? _network.Weight(0)[k] : _firstBias.Span;

    /// <summary>What Aˡ [n + 1 columns] has beside the product: the bias in the last column.</summary>
    ReadOnlySpan<T> Addend(int layer, int k) =>
        k == _network.Inputs ? _network.Bias(layer) : _zeros.Span[.._maps[layer].Stride];

    /// <summary>Lists the gates that differ from the former ones, and by how much; returns their number and that of gates ≠ 0.</summary>
    (int Changed, int Open) Compare(ReadOnlySpan<T> gates, ReadOnlySpan<T> former)
    {
        ref var now = ref MemoryMarshal.GetReference(gates);
        ref var before = ref MemoryMarshal.GetReference(former);
        var (changed, shut) = (0, 0);
        for (var j = 0; j < former.Length; j += Vector512<T>.Count)
        {
            var g = Vector512.LoadUnsafe(ref now, (nuint)j);
            var difference = g - Vector512.LoadUnsafe(ref before, (nuint)j);
            shut += BitOperations.PopCount(Vector512.Equals(g, Vector512<T>.Zero).ExtractMostSignificantBits());
            var bits = (~Vector512.Equals(difference, Vector512<T>.Zero)).ExtractMostSignificantBits();
            for (; bits != 0; bits &= bits - 1)
            {
                var unit = j + BitOperations.TrailingZeroCount(bits);
                (_changed[changed], _changes[changed]) = (unit, gates[unit] - former[unit]);
                changed++;
            }
        }
        return (changed, former.Length - shut);
    }

    /// <summary>The units of a layer whose gates are not zero.</summary>
    ReadOnlySpan<int> Open(int layer)
    {
        var count = 0;
        var gates = _gates[layer].Span;
        for (var j = 0; j < _network.Units[layer]; j++)
        {
            _open[count] = j;
            count += gates[j] != T.Zero ? 1 : 0;
        }
        return _open.AsSpan(0, count);
    }

    /// <summary>gⱼ·columnⱼ for the chosen units.</summary>
    ReadOnlySpan<T> Scaled(ReadOnlySpan<int> units, ReadOnlySpan<T> gates, ReadOnlySpan<T> column)
    {
        for (var i = 0; i < units.Length; i++)
        {
            _coefficients[i] = gates[units[i]] * column[units[i]];
        }
        return _coefficients.AsSpan(0, units.Length);
    }

    static void Scale(ReadOnlySpan<T> column, T by, Span<T> scaled)
    {
        for (var i = 0; i < scaled.Length; i++)
        {
            scaled[i] = column[i] * by;
        }
    }

    /// <summary>The last change of a map, U Vᵀ; or the word that all of it changed.</summary>
    sealed class Terms(int units, int columns, int capacity)
    {
        readonly T[] _v = new T[columns * capacity];

        /// <summary>A column for each term.</summary>
        public ColumnMatrix<T> U { get; } = new(units, capacity);

        public int Count { get; set; }

        public bool All { get; set; }

        /// <summary>Column k of Vᵀ: an element for each term.</summary>
        public Span<T> V(int k) => _v.AsSpan(k * capacity, Count);

        /// <summary>Sets the number of terms; false if they are too many to be kept.</summary>
        public bool Set(int count)
        {
            All = count > capacity;
            Count = All ? 0 : count;
            return !All;
        }

        public void SetAll() => (Count, All) = (0, true);
    }
}
