using System.Numerics;

namespace RL.InputOpt;

/// <summary>A number for each neuron of a hidden layer, of which few are not zero; which ones is written down.</summary>
sealed class SparseVector<T>(int units)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly AlignedArray<T> _values = new(units);
    readonly UnitList<T> _units = new(units);

    /// <summary>All of them, padded with zeros to whole vectors of 64 bytes.</summary>
    public ReadOnlySpan<T> Values => _values;

    /// <summary>The neurons that have been set.</summary>
    public ReadOnlySpan<int> Units => _units.Units;

    /// <summary>Sets a neuron's number, once between two calls of <see cref="Clear"/>.</summary>
    public void Set(int unit, T value)
    {
        _values[unit] = value;
        _units.Add(unit);
    }

    /// <summary>Back to zeros.</summary>
    public void Clear()
    {
        foreach (var unit in _units.Units)
        {
            _values[unit] = T.Zero;
        }
        _units.Clear();
    }
}
