namespace RL.Certification;

/// <summary>A neuron and the phase that it is given: z ≥ 0 (active) or z ≤ 0.</summary>
/// <param name="Node">Number of the activation.</param>
/// <param name="Unit">Number of the value in it.</param>
/// <param name="IsActive">Its phase.</param>
readonly record struct PhaseSplit(int Node, int Unit, bool IsActive);

/// <summary>The phases that one row takes for given, and their multipliers.</summary>
sealed class RowSplits(IReadOnlyList<PhaseSplit> splits)
{
    readonly double[] _beta = new double[splits.Count], _mean = new double[splits.Count], _square = new double[splits.Count];
    readonly double[] _taken = new double[splits.Count];

    /// <summary>What to split next; null if no neuron is open.</summary>
    public PhaseSplit? Next { get; set; }

    /// <summary>Whether a neuron's phase is given.</summary>
    public bool Has(int node, int unit)
    {
        for (var i = 0; i < splits.Count; i++)
        {
            if (splits[i].Node == node && splits[i].Unit == unit)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Keeps and clears the coefficients of the neurons that are split in a node.</summary>
    public void TakeOut(int node, Span<double> coefficients)
    {
        for (var i = 0; i < splits.Count; i++)
        {
            if (splits[i].Node == node)
            {
                _taken[i] = coefficients[splits[i].Unit];
                coefficients[splits[i].Unit] = 0;
            }
        }
    }

    /// <summary>
    /// Writes them back, and to z what they become there: with a given phase h is linear in z, and βz (−βz) may be added to what is bounded from
    /// above, for it is not negative. Gives the magnitudes behind that.
    /// </summary>
    public double PutBack(int node, Span<double> coefficients, Span<double> onZ, double leftSlope, ReadOnlySpan<double> magnitude)
    {
        var sum = 0.0;
        for (var i = 0; i < splits.Count; i++)
        {
            var (at, unit, isActive) = splits[i];
            if (at == node)
            {
                var v = _taken[i];
                coefficients[unit] = v;
                onZ[unit] += (isActive ? v : leftSlope * v) + (isActive ? _beta[i] : -_beta[i]);
                sum += ((Math.Abs(v) * Math.Max(1, leftSlope)) + _beta[i]) * magnitude[unit];
            }
        }
        return sum;
    }

    /// <summary>h of split neurons for their z.</summary>
    public void Activate(int node, double leftSlope, ReadOnlySpan<double> z, Span<double> h)
    {
        for (var i = 0; i < splits.Count; i++)
        {
            if (splits[i].Node == node)
            {
                h[splits[i].Unit] = splits[i].IsActive ? z[splits[i].Unit] : leftSlope * z[splits[i].Unit];
            }
        }
    }

    /// <summary>A step of Adam on β, which stays ≥ 0: ∂bound/∂β = ±ẑ.</summary>
    public void Improve(int node, ReadOnlySpan<double> z, double rate, double firstDecay, double secondDecay, double first, double second)
    {
        for (var i = 0; i < splits.Count; i++)
        {
            if (splits[i].Node != node)
            {
                continue;
            }
            var gradient = splits[i].IsActive ? z[splits[i].Unit] : -z[splits[i].Unit];
            _mean[i] = (firstDecay * _mean[i]) + ((1 - firstDecay) * gradient);
            _square[i] = (secondDecay * _square[i]) + ((1 - secondDecay) * gradient * gradient);
            var size = Math.Sqrt(_square[i] / second);
            _beta[i] = size > 0 ? Math.Max(0, _beta[i] - (rate * (_mean[i] / first) / size)) : _beta[i];
        }
    }
}
