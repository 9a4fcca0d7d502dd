using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>Across facets, and uphill.</summary>
public sealed partial class LinearRegion
{
    /// <summary>An output's improvement below this, relative to it, is rounding.</summary>
    const double Gain = 1e-9;

    /// <summary>
    /// The region on the other side of a facet: the neurons that own it flip, and so does every deeper one whose z is 0 all over it and whose slope
    /// beyond says so.
    /// </summary>
    /// <exception cref="ArgumentException">A side of the box, behind which there is none.</exception>
    public LinearRegion Neighbour(Facet facet)
    {
        ArgumentNullException.ThrowIfNull(facet);
        if (facet.HalfSpace.Box is not null)
        {
            throw new ArgumentException($"The facet is {facet.HalfSpace}; behind the box there is no neighbour.", nameof(facet));
        }
        var (centre, _) = _polyhedron.FacetCentre(facet.Row);
        return Across(Full(centre), facet.HalfSpace);
    }

    /// <summary>The largest value of an output on the region, a linear program.</summary>
    /// <param name="output">Which.</param>
    /// <param name="isMinimum">The smallest instead.</param>
    public RegionOptimum Optimum(int output = 0, bool isMinimum = false)
    {
        var gradient = Gradient(output);
        var objective = Array.ConvertAll(_free, i => isMinimum ? -gradient[i] : gradient[i]);
        var (free, binding, tight, isUnbounded) = _polyhedron.Maximize(objective);
        var x = Full(free);
        var value = isUnbounded
            ? isMinimum ? double.NegativeInfinity : double.PositiveInfinity
            : TensorPrimitives.Dot<double>(gradient, x) + Constant(output);
        return new(value, x, [.. binding.Select(row => _halfSpaces[row])], [.. tight.Select(row => _halfSpaces[row])]);
    }

    /// <summary>
    /// Region by region uphill: to where an output is largest on the region, then on to the region there on which it is larger still, until no
    /// region that touches the point is better: a local maximum.
    /// </summary>
    /// <param name="output">Which.</param>
    /// <param name="mostSteps">Regions after which it breaks off.</param>
    /// <param name="stop">Ends it with the way so far.</param>
    /// <returns>Regions and their optima, in order; the values rise.</returns>
    public IReadOnlyList<(LinearRegion Region, RegionOptimum Optimum)> Walk(int output = 0, int mostSteps = 10_000, CancellationToken stop = default)
    {
        var way = new List<(LinearRegion, RegionOptimum)> { (this, Optimum(output)) };
        while (way.Count < mostSteps && double.IsFinite(way[^1].Item2.Value) && Better(way[^1].Item1, way[^1].Item2, output, stop) is { } next)
        {
            way.Add(next);
        }
        return way;
    }

    static (LinearRegion, RegionOptimum)? Better(LinearRegion region, RegionOptimum at, int output, CancellationToken stop)
    {
        var tried = new HashSet<string> { Key(region._pattern) };
        (LinearRegion, RegionOptimum)? best = null;
        foreach (var half in at.Binding.Concat(at.Tight).Where(half => half.Box is null))
        {
            if (stop.IsCancellationRequested)
            {
                return null;
            }
            var next = region.Across(at.X, half);
            for (var turn = 0; turn < 2; turn++)
            {
                if (tried.Add(Key(next._pattern)) && !next.IsFlat && next.Optimum(output) is var optimum
                    && optimum.Value > (best?.Item2.Value ?? at.Value) + (Gain * Math.Max(1e-300, Math.Abs(at.Value))))
                {
                    best = (next, optimum);
                }
                // Where many meet, flips one by one do not reach all: also the region that the gradient leads into.
                var uphill = next.Gradient(output);
                foreach (var i in Enumerable.Range(0, uphill.Length))
                {
                    uphill[i] = (at.X[i] >= region._upper[i] && uphill[i] > 0) || (at.X[i] <= region._lower[i] && uphill[i] < 0) ? 0 : uphill[i];
                }
                next = region.Towards(at.X, uphill, at.Tight.SelectMany(each => each.Neurons));
            }
        }
        return best;

        static string Key(bool[] pattern) => string.Create(pattern.Length, pattern, static (text, bits) =>
        {
            for (var k = 0; k < text.Length; k++)
            {
                text[k] = bits[k] ? '1' : '0';
            }
        });
    }

    LinearRegion Across(double[] x, HalfSpace half) => Towards(x, half.Normal, half.Neurons);

    /// <summary>The region that begins at x in a direction.</summary>
    LinearRegion Towards(double[] x, IReadOnlyList<double> direction, IEnumerable<Neuron> zero)
    {
        var (pattern, on, critical) = Along(_network, x, direction, zero);
        return new(_network, pattern, on, _lower, _upper, critical);
    }

    /// <summary>
    /// The pattern of x + δ·direction for small δ &gt; 0, from values and their derivatives layer after layer, and the neurons that are 0 at x.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="x">The point.</param>
    /// <param name="direction">Null: stay there.</param>
    /// <param name="zero">Neurons that are known to be 0.</param>
    static (bool[] Pattern, double[] X, List<int> Critical) Along(
        PiecewiseNetwork network, ReadOnlySpan<double> x, IReadOnlyList<double>? direction, IEnumerable<Neuron> zero)
    {
        var (pattern, critical, known) = (new bool[network.Neurons], new List<int>(), zero.ToHashSet());
        var (h, rates) = (x.ToArray(), direction?.ToArray() ?? new double[x.Length]);
        var (first, layer) = (0, 0);
        foreach (var stage in network.Stages)
        {
            var (z, slopes, magnitudes) = (stage.Bias.ToArray(), new double[stage.Outputs], Array.ConvertAll(stage.Bias, Math.Abs));
            for (var j = 0; j < h.Length; j++)
            {
                if (h[j] != 0 || rates[j] != 0)
                {
                    stage.AddColumn(j, h[j], z);
                    stage.AddColumn(j, rates[j], slopes);
                    stage.AddMagnitudes(j, Math.Abs(h[j]), magnitudes);
                }
            }
            (h, rates) = (z, slopes);
            if (stage.Slope is not { } slope)
            {
                continue;
            }
            for (var k = 0; k < z.Length; k++)
            {
                if (Math.Abs(z[k]) <= Rounding * magnitudes[k] || known.Contains(new(layer, k)))
                {
                    critical.Add(first + k);
                    z[k] = direction is null ? z[k] : 0;
                }
                pattern[first + k] = z[k] > 0 || (z[k] == 0 && slopes[k] > 0);
                if (!pattern[first + k])
                {
                    (z[k], slopes[k]) = (slope * z[k], slope * slopes[k]);
                }
            }
            (first, layer) = (first + z.Length, layer + 1);
        }
        return (pattern, x.ToArray(), critical);
    }
}

/// <summary>Where an output is largest, or smallest, on a region.</summary>
/// <param name="Value">From the affine map; infinite if the region has no bound there.</param>
/// <param name="X">The point [n]; without meaning if the value is infinite.</param>
/// <param name="Binding">The half-spaces without which it would be larger.</param>
/// <param name="Tight">All whose border it lies on.</param>
public sealed record RegionOptimum(double Value, double[] X, IReadOnlyList<HalfSpace> Binding, IReadOnlyList<HalfSpace> Tight);
