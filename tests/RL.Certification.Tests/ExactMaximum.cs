using RL.InputOpt;
using TorchSharp;

namespace RL.Certification.Tests;

/// <summary>The maximum of a network of two inputs over [−1, 1]², by cutting the square into all of its linear regions.</summary>
static class ExactMaximum
{
    /// <summary>A convex polygon and the affine maps of the present layer over it: rows of (∂/∂x, ∂/∂y, constant).</summary>
    sealed record Piece((double X, double Y)[] Corners, (double X, double Y, double C)[] Values);

    public static double Of(ReluNetwork network)
    {
        Piece[] pieces = [new([(-1, -1), (1, -1), (1, 1), (-1, 1)], [(1, 0, 0), (0, 1, 0)])];
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var weight = network.Layers[i].Weight.to(torch.ScalarType.Float64).contiguous().data<double>().ToArray();
            var bias = network.Layers[i].Bias.to(torch.ScalarType.Float64).data<double>().ToArray();
            pieces = [.. pieces.Select(piece => Affine(piece, weight, bias))];
            if (i < network.Layers.Count - 1)
            {
                pieces = [.. pieces.SelectMany(Relu)];
            }
        }
        return pieces.Max(piece => piece.Corners.Max(corner => At(piece.Values[0], corner)));
    }

    static Piece Affine(Piece piece, double[] weight, double[] bias) => piece with
    {
        Values = [.. bias.Select((constant, k) =>
        {
            var (x, y, c) = (0.0, 0.0, constant);
            for (var j = 0; j < piece.Values.Length; j++)
            {
                var w = weight[(k * piece.Values.Length) + j];
                (x, y, c) = (x + (w * piece.Values[j].X), y + (w * piece.Values[j].Y), c + (w * piece.Values[j].C));
            }
            return (x, y, c);
        })],
    };

    static IEnumerable<Piece> Relu(Piece piece)
    {
        IEnumerable<Piece> pieces = [piece];
        for (var k = 0; k < piece.Values.Length; k++)
        {
            var unit = k;
            pieces = [.. pieces.SelectMany(part => new[] { Half(part, unit, 1), Half(part, unit, -1) })
                .Where(part => part.Corners.Length > 2)];
        }
        return pieces;
    }

    /// <summary>The part of a piece where sign·value ≥ 0 (Sutherland and Hodgman).</summary>
    static Piece Half(Piece piece, int unit, int sign)
    {
        var (value, corners) = (piece.Values[unit], new List<(double, double)>());
        for (var i = 0; i < piece.Corners.Length; i++)
        {
            var (from, to) = (piece.Corners[i], piece.Corners[(i + 1) % piece.Corners.Length]);
            var (a, b) = (sign * At(value, from), sign * At(value, to));
            if (a >= 0)
            {
                corners.Add(from);
            }
            if (a * b < 0)
            {
                var t = a / (a - b);
                corners.Add((from.X + (t * (to.X - from.X)), from.Y + (t * (to.Y - from.Y))));
            }
        }
        var values = piece.Values.ToArray();
        values[unit] = sign > 0 ? value : (0, 0, 0);
        return new([.. corners], values);
    }

    static double At((double X, double Y, double C) affine, (double X, double Y) at) =>
        (affine.X * at.X) + (affine.Y * at.Y) + affine.C;
}
