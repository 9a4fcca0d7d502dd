namespace RL.Studies;

/// <summary>A polygon of a network's input plane on which it is affine: f(x) = gradient·x + offset.</summary>
/// <param name="Corners">In order around it.</param>
/// <param name="GradientX">∂f/∂x₁.</param>
/// <param name="GradientY">∂f/∂x₂.</param>
/// <param name="Offset">f at the origin, were the region to reach there.</param>
public sealed record LinearRegion(
    IReadOnlyList<(double X, double Y)> Corners, double GradientX, double GradientY, double Offset)
{
    /// <summary>f at a point of the region.</summary>
    public double Value(double x, double y) => (GradientX * x) + (GradientY * y) + Offset;

    /// <summary>The corner at which f is largest: on a polygon an affine function has its maximum at a corner.</summary>
    public (double X, double Y) Best => Corners.MaxBy(corner => Value(corner.X, corner.Y));
}

/// <summary>The linear regions of a ReLU network [2 → 1] (the paper's Definition 3.1), exactly: a square cut along every neuron.</summary>
public static class LinearRegions
{
    /// <summary>All regions of [−1, 1]². Their number grows with the square of the neurons.</summary>
    /// <param name="layers">Weights [out][in] and biases [out] of each affine layer.</param>
    public static IReadOnlyList<LinearRegion> Of(IReadOnlyList<(double[][] Weights, double[] Biases)> layers)
    {
        // A piece and the layer's inputs on it, each an affine function of the plane.
        var pieces = new List<(List<(double X, double Y)> Corners, Affine[] Inputs)>
        {
            ([(-1, -1), (1, -1), (1, 1), (-1, 1)], [new(1, 0, 0), new(0, 1, 0)]),
        };
        foreach (var (weights, biases) in layers.SkipLast(1))
        {
            var next = new List<(List<(double X, double Y)>, Affine[])>();
            foreach (var (corners, inputs) in pieces)
            {
                var z = weights.Select((row, j) => Affine.Sum(row, inputs, biases[j])).ToArray();
                IEnumerable<List<(double X, double Y)>> parts = [corners];
                foreach (var neuron in z)
                {
                    parts = [.. parts.SelectMany(part => Cut(part, neuron))];
                }
                // h = max(z, 0): on a part each neuron has one sign, that at its middle.
                next.AddRange(parts.Select(part => (part, z.Select(neuron => neuron.At(Middle(part)) > 0 ? neuron : default).ToArray())));
            }
            pieces = next;
        }
        var (last, bias) = layers[^1];
        return [.. pieces.Select(piece =>
        {
            var f = Affine.Sum(last[0], piece.Inputs, bias[0]);
            return new LinearRegion(piece.Corners, f.X, f.Y, f.Constant);
        })];
    }

    /// <summary>The parts of a convex polygon on the two sides of z = 0; the polygon itself if the line does not cut it.</summary>
    static IEnumerable<List<(double X, double Y)>> Cut(List<(double X, double Y)> corners, Affine z)
    {
        // Parts thinner than this are rounding.
        const double least = 1e-12;
        if (!corners.Exists(corner => z.At(corner) > least) || !corners.Exists(corner => z.At(corner) < -least))
        {
            return [corners];
        }
        var (above, below) = (new List<(double X, double Y)>(), new List<(double X, double Y)>());
        for (var i = 0; i < corners.Count; i++)
        {
            var (here, there) = (corners[i], corners[(i + 1) % corners.Count]);
            var (a, b) = (z.At(here), z.At(there));
            if (a >= 0)
            {
                above.Add(here);
            }
            if (a <= 0)
            {
                below.Add(here);
            }
            if (a * b < 0)
            {
                var share = a / (a - b);
                var crossing = (here.X + (share * (there.X - here.X)), here.Y + (share * (there.Y - here.Y)));
                above.Add(crossing);
                below.Add(crossing);
            }
        }
        return [above, below];
    }

    static (double X, double Y) Middle(List<(double X, double Y)> corners) =>
        (corners.Average(corner => corner.X), corners.Average(corner => corner.Y));

    /// <summary>X·x + Y·y + Constant.</summary>
    readonly record struct Affine(double X, double Y, double Constant)
    {
        public double At((double X, double Y) point) => (X * point.X) + (Y * point.Y) + Constant;

        public static Affine Sum(double[] weights, Affine[] parts, double bias)
        {
            var (x, y, constant) = (0.0, 0.0, bias);
            for (var i = 0; i < weights.Length; i++)
            {
                x += weights[i] * parts[i].X;
                y += weights[i] * parts[i].Y;
                constant += weights[i] * parts[i].Constant;
            }
            return new(x, y, constant);
        }
    }
}
