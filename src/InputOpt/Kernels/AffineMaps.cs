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
    readonly ColumnMatrix<T>[] _maps;           // n + 1 columns each
    readonly AlignedArray<T>[] _gates;          // of every layer but the last: those that are in the maps
    readonly AlignedArray<T>[]? _norms;         // row norms of the maps without their last columns
    readonly Terms[] _terms;                    // what was added to each map last
    readonly AlignedArray<T> _zeros, _changes;
    readonly UnitList<T> _changed, _open;

    /// <param name="network">Its weights.</param>
    /// <param name="norms">Whether the norms of normals will be asked for.</param>
    /// <param name="update">Whether maps may be updated; else they are built anew with every change.</param>
    public AffineMaps(PackedNetwork<T> network, bool norms, bool update = true)
    {
        (_network, _update) = (network, update);
        var (columns, most) = (network.Inputs + 1, network.Units.Max());
        _maps = [.. network.Units.Select(units => new ColumnMatrix<T>(units, columns))];
        _gates = [.. network.Units.SkipLast(1).Select(units => new AlignedArray<T>(units))];
        _norms = norms ? [.. network.Units.Select(units => new AlignedArray<T>(units))] : null;
        // Terms go up from the second layer on, so there are none to keep with two layers. More than n + 1 are not worth their
        // cost.
        _terms = [.. network.Units.Select((units, i) => new Terms(units, columns, i > 0 && network.Hidden > 2 ? columns : 0))];
        (_zeros, _changes) = (new(most), new(most));
        (_changed, _open) = (new(most), new(most));
    }

    /// <summary>Sets the first bias [n₁] and shuts all gates.</summary>
    /// <param name="firstBias">[n₁].</param>
    /// <param name="units">What inputs are in units of, for all that follows [n]; nothing for 1.</param>
    public void Start(ReadOnlySpan<T> firstBias, ReadOnlySpan<T> units = default)
    {
        for (var k = 0; k < _network.Inputs; k++)
        {
            _network.Weight(0)[k].CopyTo(_maps[0][k]);
            if (!units.IsEmpty && units[k] != T.One)
            {
                TensorPrimitives.Multiply(_maps[0][k], units[k], _maps[0][k]);
            }
        }
        firstBias.CopyTo(_maps[0][_network.Inputs]);
        if (_norms is not null)
        {
            Normals(0).RowNorms(_norms[0]);
        }
        Restart();
    }

    /// <summary>Shuts all gates, so that the maps are built anew with the next ones.</summary>
    public void Restart()
    {
        for (var i = 0; i < _gates.Length; i++)
        {
            _gates[i].Span.Clear();
            ClearMap(i + 1);
        }
    }

    /// <summary>∇zˡ: a column for each input, a row for each neuron.</summary>
    public ColumnMatrix<T> Normals(int layer) => _maps[layer].Range(0, _network.Inputs);

    /// <summary>zˡ at x = 0.</summary>
    public ReadOnlySpan<T> Offsets(int layer) => _maps[layer][_network.Inputs];

    /// <summary>‖∇zˡ‖ of each neuron.</summary>
    public ReadOnlySpan<T> NormalNorms(int layer) => _norms![layer];

    /// <summary>z ← Aˡ [x; 1].</summary>
    public void Evaluate(int layer, ReadOnlySpan<T> x, Span<T> z) => Normals(layer).Combine(x, _maps[layer][_network.Inputs], z);

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
        var open = Compare(gates, _gates[layer], _network.Units[layer]);
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
        ClearMap(layer + 1);
        _open.SetNonZero(_gates[layer], _network.Units[layer]);
        _maps[layer + 1].AddProduct(
            _network.Weight(layer + 1), _open.Units, _gates[layer], _maps[layer], NormsOrNone(layer + 1));
        _terms[layer + 1].SetEverything();
    }

    /// <summary>Aˡ⁺¹ += Wˡ⁺¹ diag(gˡ) U Vᵀ + Wˡ⁺¹[:, D] diag(Δ) Aˡ[D, :], where U Vᵀ is the last change of Aˡ.</summary>
    void Update(int layer)
    {
        var (weight, map) = (_network.Weight(layer + 1), _maps[layer + 1]);
        var (below, above) = (_terms[layer], _terms[layer + 1]);
        var changed = _changed.Units;
        if (below.Count > 0)
        {
            var (from, to) = (below.U.Range(0, below.Count), above.U.Range(0, below.Count));
            to.Clear();
            _open.SetNonZero(_gates[layer], _network.Units[layer]);
            to.AddProduct(weight, _open.Units, _gates[layer], from, default);
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
                var column = _maps[layer][k];
                var v = above.V[k];
                below.V[k][..below.Count].CopyTo(v);
                for (var f = 0; f < changed.Length; f++)
                {
                    v[below.Count + f] = column[changed[f]];
                }
            }
            map.AddProduct(above.U, above.All, above.Ones, above.V, NormsOrNone(layer + 1));
            return;
        }
        if (below.Count > 0)
        {
            map.AddProduct(above.U, below.All, below.Ones, below.V, default);
        }
        map.AddProduct(weight, changed, _changes, _maps[layer], NormsOrNone(layer + 1));
    }

    /// <summary>Aˡ ← [0 | bˡ].</summary>
    void ClearMap(int layer)
    {
        Normals(layer).Clear();
        _network.Bias(layer).CopyTo(_maps[layer][_network.Inputs]);
    }

    Span<T> NormsOrNone(int layer) => _norms is null ? default : _norms[layer];

    /// <summary>Lists the gates that differ from those in the maps, and by how much; counts those that are not 0.</summary>
    int Compare(ReadOnlySpan<T> gates, ReadOnlySpan<T> former, int units)
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
        _changed.SetNonZero(_changes, units);
        return former.Length - shut;
    }

    /// <summary>The last change of a map, U Vᵀ; or the word that all of it changed.</summary>
    sealed class Terms(int units, int columns, int capacity)
    {
        /// <summary>A column for each term.</summary>
        public ColumnMatrix<T> U { get; } = new(units, capacity);

        /// <summary>A row for each term.</summary>
        public ColumnMatrix<T> V { get; } = new(capacity, columns);

        /// <summary>The terms' factors: 1.</summary>
        public T[] Ones { get; } = [.. Enumerable.Repeat(T.One, capacity)];

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
