using System.Numerics.Tensors;
using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// The half-spaces of a node, one for each split neuron, and what they and its box say about linear functions: solved by
/// <see cref="BoxProgram"/>, whose rounding and tolerances do not matter, for bounds are computed from its multipliers.
/// </summary>
sealed class HalfSpaces(int inputs, double rounding)
{
    readonly BoxProgram _program = new(inputs);
    readonly List<(int Layer, int Unit, double Factor)> _neurons = [];
    readonly double[] _lagrangian = new double[inputs], _magnitudes = new double[inputs];
    double[] _lower = [], _upper = [];

    /// <summary>Where the last maximum is [n].</summary>
    public double[] X => _program.X;

    public int Count => _program.Count;

    /// <summary>The multipliers of the last maximum, ≥ 0, with the factors that the half-spaces were added with.</summary>
    public (int Layer, int Unit, double Multiplier) Multiplier(int halfSpace)
    {
        var (layer, unit, factor) = _neurons[halfSpace];
        return (layer, unit, factor * _program.Multipliers[halfSpace]);
    }

    /// <summary>Takes over a box [n], with no half-spaces in it.</summary>
    public void Begin(double[] lower, double[] upper)
    {
        (_lower, _upper) = (lower, upper);
        _program.Clear();
        _neurons.Clear();
    }

    /// <summary>
    /// Adds z ≥ 0 (z ≤ 0) of a neuron that is active (inactive), where z is at most (at least) a row of a form with that constant.
    /// </summary>
    public void Add(int layer, int unit, bool isActive, ColumnMatrix<double> form, double constant)
    {
        var largest = 0.0;
        for (var d = 0; d < inputs; d++)
        {
            largest = Math.Max(largest, Math.Abs(form[d][unit]));
        }
        // Coefficients of about 1. A neuron is about 1: where an input moves it by less than this, there is nothing to gain.
        var factor = Math.ScaleB(isActive ? 1 : -1, largest > 1e-30 ? -Math.ILogB(largest) : 0);
        _program.Add(form, unit, constant, factor);
        _neurons.Add((layer, unit, factor));
    }

    /// <summary>Adds normal·x + offset ≥ 0, which a neuron is the reason for.</summary>
    public void Add(int layer, int unit, ReadOnlySpan<double> normal, double offset)
    {
        _program.Add(normal, offset);
        _neurons.Add((layer, unit, 1));
    }

    /// <summary>
    /// An upper bound of a·x + constant over the node, and what of it is there for rounding; −∞ if the node is empty, which a sum of
    /// half-spaces that is negative all over the box proves.
    /// </summary>
    public (double Bound, double Error) Maximize(ReadOnlySpan<double> a, double constant) =>
        !_program.Solve(a, _lower, _upper) && Lagrangian([], 0, _program.Contradiction).Bound < 0
            ? (double.NegativeInfinity, 0)
            : Lagrangian(a, constant, _program.Multipliers);

    /// <summary>Cuts off from a box what the half-spaces exclude; false if nothing is left.</summary>
    public bool Shrink(double[] lower, double[] upper)
    {
        for (var k = 0; k < Count; k++)
        {
            if (!Shrink(_program.Normal(k), _program.Offset(k), lower, upper))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Makes a box smaller where a half-space normal·x + offset ≥ 0 says so; false if nothing is left of it.</summary>
    public bool Shrink(ReadOnlySpan<double> normal, double offset, double[] lower, double[] upper)
    {
        var (most, magnitude) = (offset, Math.Abs(offset));
        for (var d = 0; d < normal.Length; d++)
        {
            most += normal[d] * (normal[d] > 0 ? upper[d] : lower[d]);
            magnitude += Math.Abs(normal[d]) * Math.Max(Math.Abs(lower[d]), Math.Abs(upper[d]));
        }
        most += (2 * rounding * magnitude) + Rounding.Underflow;
        if (most < 0)
        {
            return false;
        }
        for (var d = 0; d < normal.Length; d++)
        {
            // With all others where the half-space likes them best, x_d may go this far from its own best bound.
            var reach = most / Math.Abs(normal[d]) * Rounding.Up;
            reach += (reach + Math.Abs(lower[d]) + Math.Abs(upper[d])) * (Rounding.Up - 1);
            if (reach < upper[d] - lower[d])
            {
                (lower[d], upper[d]) = normal[d] > 0 ? (upper[d] - reach, upper[d]) : (lower[d], lower[d] + reach);
            }
        }
        return true;
    }

    /// <summary>
    /// An upper bound of a·x + constant + λ(G x + g) over the box (Neumaier and Shcherbina 2004), which holds for any λ ≥ 0, and what of
    /// it is there for rounding. No a stands for 0.
    /// </summary>
    (double Bound, double Error) Lagrangian(ReadOnlySpan<double> a, double constant, ReadOnlySpan<double> multipliers)
    {
        Array.Clear(_lagrangian);
        a.CopyTo(_lagrangian);
        TensorPrimitives.Abs(_lagrangian, _magnitudes);
        var (bound, magnitude) = (constant, Math.Abs(constant));
        for (var k = 0; k < multipliers.Length; k++)
        {
            if (multipliers[k] > 0)
            {
                var normal = _program.Normal(k);
                for (var d = 0; d < normal.Length; d++)
                {
                    var product = multipliers[k] * normal[d];
                    _lagrangian[d] += product;
                    _magnitudes[d] += Math.Abs(product);
                }
                bound += multipliers[k] * _program.Offset(k);
                magnitude += multipliers[k] * Math.Abs(_program.Offset(k));
            }
        }
        for (var d = 0; d < _lagrangian.Length; d++)
        {
            var (lower, upper) = (_lower[d], _upper[d]);
            bound += _lagrangian[d] * (_lagrangian[d] > 0 ? upper : lower);
            magnitude += _magnitudes[d] * Math.Max(Math.Abs(lower), Math.Abs(upper));
        }
        var error = (2 * rounding * magnitude) + Rounding.Underflow;
        return (bound + error, error);
    }
}
