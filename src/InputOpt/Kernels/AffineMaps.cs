using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>
/// The pre-activations of a network whose ReLUs are replaced by given gates g, as affine maps of its input x [n]:
///   zˡ = Aˡ [x; 1],   A¹ = [W¹ | b¹],   Aˡ⁺¹ = Wˡ⁺¹ diag(gˡ) Aˡ, with bˡ⁺¹ added to the last column.
/// Row j of Aˡ without its last element is the normal ∇zˡⱼ. When gates D of layer l change by Δ,
///   Aˡ⁺¹ += Wˡ⁺¹[:, D] diag(Δ) Aˡ[D, :],
/// one term of rank 1 each: O(n·nˡ⁺¹) instead of O(n·nˡ·nˡ⁺¹) for all of Aˡ⁺¹. A term u vᵀ of Aˡ becomes (Wˡ⁺¹ diag(gˡ) u) vᵀ
/// in Aˡ⁺¹. Where the terms would cost more than Aˡ⁺¹ itself, that is built anew. Exact but for rounding, which adds up until a
/// map is built anew. In the code layers are counted from 0.
/// </summary>
sealed class AffineMaps<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly PackedNetwork<T> _network;
    readonly bool _update;
    readonly ColumnMatrix<T>[] _maps;           // of every layer but the first, n + 1 columns
    readonly ColumnMatrix<T>[] _rows;           // of every layer but the last: multiples of rows of its map, to be added above
    readonly AlignedArray<T>[] _gates;          // of every layer but the last: those that are in the maps
    readonly AlignedArray<T>[] _norms;          // row norms of the maps without their last columns
    readonly Terms[] _terms;                    // what was added to each map last
    readonly AlignedArray<T> _firstBias, _zeros, _changes, _gated;
    readonly UnitList<T> _changed, _open;

    /// <param name="network">Its weights.</param>
    /// <param name="update">Whether maps may be updated; else they are built anew with every change.</param>
    public AffineMaps(PackedNetwork<T> network, bool update = true)
    {
        (_network, _update) = (network, update);
        var (columns, most) = (network.Inputs + 1, network.Units.Max());
        _maps = [default, .. network.Units.Skip(1).Select(units => new ColumnMatrix<T>(units, columns))];
        _rows = [.. network.Units.SkipLast(1).Select(units => new ColumnMatrix<T>(units, columns))];
        _gates = [.. network.Units.SkipLast(1).Select(units => new AlignedArray<T>(units))];
        _norms = [.. network.Units.Select(units => new AlignedArray<T>(units))];
        // Terms go up from the second layer on, so there are none to keep with two layers. More than n + 1 are not worth their
        // cost.
        _terms = [.. network.Units.Select((units, i) => new Terms(units, columns, i > 0 && network.Hidden > 2 ? columns : 0))];
        (_firstBias, _zeros, _changes, _gated) = (new(network.Units[0]), new(most), new(most), new(most));
        (_changed, _open) = (new(most), new(most));
    }

    /// <summary>Sets the first bias [n₁] and shuts all gates.</summary>
    public void Start(ReadOnlySpan<T> firstBias)
    {
        firstBias.CopyTo(_firstBias);
        _network.Weight(0).RowNorms(_norms[0]);
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

    /// <summary>‖∇zˡ‖ of each neuron.</summary>
    public ReadOnlySpan<T> NormalNorms(int layer) => _norms[layer];

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
        var open = Compare(gates, _gates[layer]);
        var (columns, terms) = (_network.Inputs + 1, below.Count + _changed.Count);
        if (!below.Everything && terms == 0)
        {
            _terms[layer + 1].Set(0);
        }
        else if (!_update || below.Everything || (below.Count * open) + (terms * columns) >= open * columns)
        {
            gates.CopyTo(_gates[layer]);
            Build(layer);
        }
        else
        {
            Update(layer);
            gates.CopyTo(_gates[layer]);
        }
    }

    /// <summary>Aˡ⁺¹ ← Wˡ⁺¹ diag(gˡ) Aˡ.</summary>
    void Build(int layer)
    {
        _open.SetNonZero(_gates[layer]);
        for (var k = 0; k <= _network.Inputs; k++)
        {
            TensorPrimitives.Multiply(Column(layer, k), _gates[layer], _rows[layer][k]);
            Addend(layer + 1, k).CopyTo(_maps[layer + 1][k]);
        }
        _maps[layer + 1].AddProduct(_network.Weight(layer + 1), _open.Units, _rows[layer], _norms[layer + 1]);
        _terms[layer + 1].SetEverything();
    }

    /// <summary>Aˡ⁺¹ += Wˡ⁺¹ diag(gˡ) U Vᵀ + Wˡ⁺¹[:, D] diag(Δ) Aˡ[D, :], where U Vᵀ is the last change of Aˡ.</summary>
    void Update(int layer)
    {
        var (weight, map, norms) = (_network.Weight(layer + 1), _maps[layer + 1], _norms[layer + 1]);
        var (below, above) = (_terms[layer], _terms[layer + 1]);
        var changed = _changed.Units;
        if (below.Count > 0)
        {
            _open.SetNonZero(_gates[layer]);
            for (var f = 0; f < below.Count; f++)
            {
                var gated = _gated.Span[.._gates[layer].Length];
                TensorPrimitives.Multiply(below.U[f], _gates[layer], gated);
                weight.Combine(_open.Units, gated, _zeros.Span[..weight.Stride], above.U[f]);
            }
        }
        if (above.Set(below.Count + changed.Length))
        {
            // All terms side by side, for the layer above and for one pass over this map.
            for (var f = 0; f < changed.Length; f++)
            {
                TensorPrimitives.Multiply(weight[changed[f]], _changes[changed[f]], above.U[below.Count + f]);
            }
            for (var k = 0; k <= _network.Inputs; k++)
            {
                var column = Column(layer, k);
                var v = above.V[k];
                below.V[k][..below.Count].CopyTo(v);
                for (var f = 0; f < changed.Length; f++)
                {
                    v[below.Count + f] = column[changed[f]];
                }
            }
            map.AddProduct(above.U, above.All, above.V, norms);
            return;
        }
        if (below.Count > 0)
        {
            map.AddProduct(above.U, below.All, below.V, default);
        }
        for (var k = 0; k <= _network.Inputs; k++)
        {
            var column = Column(layer, k);
            var row = _rows[layer][k];
            foreach (var unit in changed)
            {
                row[unit] = _changes[unit] * column[unit];
            }
        }
        map.AddProduct(weight, changed, _rows[layer], norms);
    }

    /// <summary>Column k ≤ n of Aˡ.</summary>
    ReadOnlySpan<T> Column(int layer, int k) =>
        layer > 0 ? _maps[layer][k] : k < _network.Inputs ? _network.Weight(0)[k] : _firstBias.Span;

    /// <summary>What Aˡ [n + 1 columns] has beside the product: the bias in the last column.</summary>
    ReadOnlySpan<T> Addend(int layer, int k) =>
        k == _network.Inputs ? _network.Bias(layer) : _zeros.Span[.._maps[layer].Stride];

    /// <summary>Lists the gates that differ from those in the maps, and by how much; counts those that are not 0.</summary>
    int Compare(ReadOnlySpan<T> gates, ReadOnlySpan<T> former)
    {
        ref var now = ref MemoryMarshal.GetReference(gates);
        ref var before = ref MemoryMarshal.GetReference(former);
        ref var changes = ref MemoryMarshal.GetReference(_changes.Span);
        var shut = 0;
        for (nuint j = 0; j < (nuint)former.Length; j += (nuint)Vector512<T>.Count)
        {
            var g = Vector512.LoadUnsafe(ref now, j);
            shut += BitOperations.PopCount(Vector512.Equals(g, Vector512<T>.Zero).ExtractMostSignificantBits());
            (g - Vector512.LoadUnsafe(ref before, j)).StoreUnsafe(ref changes, j);
        }
        _changed.SetNonZero(_changes.Span[..former.Length]);
        return former.Length - shut;
    }

    /// <summary>The last change of a map, U Vᵀ; or the word that all of it changed.</summary>
    sealed class Terms(int units, int columns, int capacity)
    {
        /// <summary>A column for each term.</summary>
        public ColumnMatrix<T> U { get; } = new(units, capacity);

        /// <summary>A row for each term.</summary>
        public ColumnMatrix<T> V { get; } = new(capacity, columns);

        public int Count { get; private set; }

        /// <summary>Whether all of the map changed, or more of it than is kept.</summary>
        public bool Everything { get; private set; }

        /// <summary>The numbers of the terms.</summary>
        public ReadOnlySpan<int> All => U.Numbers(Count);

        /// <summary>Sets the number of terms; false if they are too many to be kept.</summary>
        public bool Set(int count)
        {
            Everything = count > capacity;
            Count = Everything ? 0 : count;
            return !Everything;
        }

        public void SetEverything() => (Count, Everything) = (0, true);
    }
}
