namespace RL.Certification;

/// <summary>
/// Lines around the largest value under each place of a max-pool. Above: with value i that may be the largest and what no other one exceeds,
/// max(vᵢ, rest), which is convex in vᵢ, by its secant. Below: the value with the largest lower bound.
/// </summary>
sealed class PoolRelaxation(GraphNode node, GraphNode parent)
{
    /// <summary>Number of the value in the parent that each line is of.</summary>
    public int[] UpperUnit { get; } = new int[node.Size];

    /// <inheritdoc cref="UpperUnit"/>
    public int[] LowerUnit { get; } = new int[node.Size];

    public double[] UpperSlope { get; } = new double[node.Size];

    public double[] UpperOffset { get; } = new double[node.Size];

    /// <summary>No line's value is larger over the box, by magnitude.</summary>
    public double[] Reach { get; } = new double[node.Size];

    /// <summary>The parent's values that are not known never to be the largest where they are looked at.</summary>
    public bool[] IsOpen { get; } = new bool[parent.Size];

    public void Update(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, ReadOnlySpan<double> magnitude)
    {
        for (var place = 0; place < node.Size; place++)
        {
            var (first, second, best) = (-1, double.NegativeInfinity, -1);
            foreach (var unit in Under(place))
            {
                if (first < 0 || upper[unit] > upper[first])
                {
                    second = first < 0 ? second : Math.Max(second, upper[first]);
                    first = unit;
                }
                else
                {
                    second = Math.Max(second, upper[unit]);
                }
                best = best < 0 || lower[unit] > lower[best] ? unit : best;
            }
            (UpperUnit[place], LowerUnit[place]) = (first, best);
            var (l, u) = (lower[first], upper[first]);
            if (l >= second)
            {
                (UpperSlope[place], UpperOffset[place]) = (1, 0);
            }
            else
            {
                // max(v, rest) is rest at l and u at u.
                var slope = Math.Clamp((u - second) / (u - l), 0, 1);
                UpperSlope[place] = slope;
                UpperOffset[place] = Math.BitIncrement(Math.Max(Math.FusedMultiplyAdd(-slope, l, second), Math.FusedMultiplyAdd(-slope, u, u)));
            }
            Reach[place] = Math.Max((UpperSlope[place] * magnitude[first]) + Math.Abs(UpperOffset[place]), magnitude[best]);
        }
    }

    /// <summary>Marks the values whose bounds matter: places that one value does not win for certain.</summary>
    public void MarkOpen(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        Array.Clear(IsOpen);
        for (var place = 0; place < node.Size; place++)
        {
            var most = double.NegativeInfinity;
            foreach (var unit in Under(place))
            {
                most = Math.Max(most, lower[unit]);
            }
            var rivals = 0;
            foreach (var unit in Under(place))
            {
                rivals += upper[unit] > most ? 1 : 0;
            }
            foreach (var unit in Under(place))
            {
                IsOpen[unit] |= rivals > 1 && upper[unit] > most;
            }
        }
    }

    IEnumerable<int> Under(int place)
    {
        var (pixel, channel) = (place / node.Channels, place % node.Channels);
        var (top, bottom, left, right) = Layers.Under(node.Kernel, parent, pixel / node.Width, pixel % node.Width);
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                yield return (((y * parent.Width) + x) * parent.Channels) + channel;
            }
        }
    }
}
