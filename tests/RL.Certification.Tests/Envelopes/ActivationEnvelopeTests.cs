using System.Text.Json;

namespace RL.Certification.Tests;

/// <summary>Envelopes equal the reference, their planes hold for the graph, and their mixtures are the point.</summary>
public sealed class ActivationEnvelopeTests
{
    static readonly ActivationFunction[] _functions =
    [
        ActivationFunction.Relu, ActivationFunction.LeakyRelu(0.25), ActivationFunction.LeakyRelu(2), ActivationFunction.Softplus, ActivationFunction.Elu(0.5),
        ActivationFunction.Elu(1), ActivationFunction.Elu(2), ActivationFunction.Selu, ActivationFunction.Sigmoid, ActivationFunction.Tanh,
    ];

    [Fact]
    public void Envelope_GoldenPoints_EqualsTheReference()
    {
        foreach (var golden in BoundsGolden.Json("envelopes.json").GetProperty("cases").EnumerateArray())
        {
            var envelope = Of(golden);
            var gradient = new double[envelope.Inputs];
            foreach (var point in golden.GetProperty("points").EnumerateArray())
            {
                var x = point.GetProperty("x").Numbers();
                foreach (var (name, side) in new[] { ("upper", GraphSide.Above), ("lower", GraphSide.Below) })
                {
                    var value = side == GraphSide.Above ? envelope.Upper(x, gradient) : envelope.Lower(x, gradient);
                    AssertClose(point.GetProperty(name).GetDouble(), value, 1e-12);
                    if (point.GetProperty("generic").GetBoolean())
                    {
                        Assert.All(point.GetProperty(name + "_gradient").Numbers().Zip(gradient), pair => AssertClose(pair.First, pair.Second, 1e-9));
                    }
                }
                foreach (var query in point.GetProperty("queries").EnumerateArray())
                {
                    var cut = envelope.Separate(x, query[0].GetDouble());
                    Assert.Equal(query[1].GetString() switch { "above" => GraphSide.Above, "below" => GraphSide.Below, _ => (GraphSide?)null }, cut?.Side);
                    AssertClose(query[2].GetDouble(), cut?.Violation ?? 0, 1e-12);
                }
            }
        }
    }

    [Fact]
    public void Plane_RandomNeurons_HoldsForTheGraphInExactArithmetic()
    {
        var draws = new Draws(7);
        for (var i = 0; i < 400; i++)
        {
            var (function, n, scale) = (_functions[i % _functions.Length], 1 + draws.Next(6), Math.ScaleB(1, draws.Next(-30, 30)));
            var (weight, lower, upper) = Draw(draws, n, scale);
            var bias = draws.Uniform(1, 2)[0];
            var envelope = new ActivationEnvelope(function, weight, bias, lower, upper);
            foreach (var side in new[] { GraphSide.Above, GraphSide.Below })
            {
                var x = Inside(draws, lower, upper);
                var cut = envelope.Plane(x, side);
                var sign = side == GraphSide.Above ? 1 : -1;
                for (var corner = 0; corner < 40; corner++)
                {
                    // Corners, where planes touch, and points between.
                    var v = corner < 1 << n ? [.. lower.Select((l, d) => (corner >> d & 1) == 0 ? l : upper[d])] : Inside(draws, lower, upper);
                    Dyadic z = bias, plane = cut.Constant;
                    for (var d = 0; d < n; d++)
                    {
                        z += (Dyadic)weight[d] * v[d];
                        plane += (Dyadic)cut.Coefficients[d] * v[d];
                    }
                    Assert.True((Dyadic)sign * plane >= (Dyadic)sign * Certainly(function, z, side), $"{function.Name} {i}: the plane cuts off a point of the graph.");
                }
                // And it is no looser than the envelope at its own point.
                var at = cut.Constant + cut.Coefficients.Zip(x, (g, own) => g * own).Sum();
                AssertClose(side == GraphSide.Above ? envelope.Upper(x) : envelope.Lower(x), at, 1e-12, 1 + Math.Abs(bias) + weight.Zip(lower.Zip(upper), (w, box) => Math.Abs(w) * (Math.Abs(box.First) + Math.Abs(box.Second))).Sum());
            }
        }
    }

    [Fact]
    public void Mixture_RandomNeurons_IsThePointInExactArithmetic()
    {
        var draws = new Draws(8);
        for (var i = 0; i < 400; i++)
        {
            var (function, n) = (_functions[i % _functions.Length], 1 + draws.Next(8));
            var (weight, lower, upper) = Draw(draws, n, 1);
            var bias = draws.Uniform(1, 2)[0];
            var envelope = new ActivationEnvelope(function, weight, bias, lower, upper);
            var x = Inside(draws, lower, upper);
            var y = envelope.Lower(x) + (draws.NextDouble() * (envelope.Upper(x) - envelope.Lower(x)));
            Assert.Null(envelope.Separate(x, y));
            foreach (var target in new[] { y, envelope.Upper(x), envelope.Lower(x) })
            {
                var mixture = envelope.Mixture(x, target);
                Assert.InRange(mixture.Points.Length, 1, 2 * (n + 1));
                Dyadic sum = 0, height = 0;
                var point = new Dyadic[n];
                for (var k = 0; k < mixture.Points.Length; k++)
                {
                    Assert.True(mixture.Weights[k] > 0);
                    Dyadic z = bias;
                    for (var d = 0; d < n; d++)
                    {
                        Assert.InRange(mixture.Points[k][d], lower[d], upper[d]);
                        z += (Dyadic)weight[d] * mixture.Points[k][d];
                        point[d] += (Dyadic)mixture.Weights[k] * mixture.Points[k][d];
                    }
                    sum += mixture.Weights[k];
                    height += (Dyadic)mixture.Weights[k] * Certainly(function, z, GraphSide.Above);
                }
                AssertNear(1, sum);
                AssertNear(target, height);
                Assert.All(x.Zip(point), pair => AssertNear(pair.First, pair.Second));
            }
        }
    }

    [Fact]
    public void Envelope_PiecewiseLinear_EqualsExactArithmetic()
    {
        var draws = new Draws(9);
        for (var i = 0; i < 200; i++)
        {
            var n = 1 + draws.Next(6);
            var (weight, lower, upper) = Draw(draws, n, 1);
            var (bias, x) = (draws.Uniform(1, 2)[0], Inside(draws, lower, upper));
            var envelope = new ActivationEnvelope(ActivationFunction.Relu, weight, bias, lower, upper);
            // The sorted formula (Lovász), every number a fraction.
            var shares = Enumerable.Range(0, n).Where(d => upper[d] > lower[d]).Select(d =>
            {
                Fraction way = (Fraction)upper[d] - lower[d], from = (Fraction)x[d] - lower[d];
                return (Share: weight[d] > 0 ? from / way : ((Fraction)upper[d] - x[d]) / way, Rise: (Fraction)Math.Abs(weight[d]) * way);
            }).OrderByDescending(pair => pair.Share).ToArray();
            Fraction z = bias;
            for (var d = 0; d < n; d++)
            {
                z += (Fraction)weight[d] * (weight[d] > 0 ? lower[d] : upper[d]);
            }
            Fraction value = 0, before = 1;
            foreach (var (share, rise) in shares)
            {
                value += (before - share) * Fraction.Max(z, 0);
                (before, z) = (share, z + rise);
            }
            value += before * Fraction.Max(z, 0);
            AssertClose((double)value, envelope.Upper(x), 1e-14, 4);
        }
    }

    [Fact]
    public void Envelope_DegenerateBoxes_IsTheFunction()
    {
        foreach (var function in _functions)
        {
            var point = new ActivationEnvelope(function, [2, -1], 0.5, [0.25, 1], [0.25, 1]);
            Assert.Equal(function.Value(0), point.Upper([0.25, 1]));
            Assert.Equal(function.Value(0), point.Lower([0.25, 1]));
            Assert.Null(point.Separate([0.25, 1], function.Value(0)));
            Assert.Equal(GraphSide.Above, point.Separate([0.25, 1], 3)!.Side);

            var still = new ActivationEnvelope(function, [0, 0, 0], -0.75, [-1, -1, -1], [1, 1, 1]);
            Assert.Equal(function.Value(-0.75), still.Upper([0, 1, -1]));
            Assert.Equal(function.Value(-0.75), still.Lower([0, 1, -1]));
            Assert.Equal([0, 1, -1], still.Mixture([0, 1, -1], function.Value(-0.75)).Points[0]);

            var none = new ActivationEnvelope(function, [], 1, [], []);
            Assert.Equal(function.Value(1), none.Upper([]));
            // One input: the relaxation of σ alone.
            var one = new ActivationEnvelope(function, [1], 0, [-3], [2]);
            foreach (var corner in new double[] { -3, 2 })
            {
                AssertClose(function.Value(corner), one.Upper([corner]), 1e-15);
                AssertClose(function.Value(corner), one.Lower([corner]), 1e-15);
            }
        }
    }

    [Fact]
    public void Envelope_InputsOfOtherUnits_IsTheSameToTheBit()
    {
        var draws = new Draws(10);
        foreach (var function in _functions)
        {
            var (weight, lower, upper) = Draw(draws, 5, 1);
            var (x, bias) = (Inside(draws, lower, upper), 0.375);
            double[] scales = [.. Enumerable.Range(0, 5).Select(_ => Math.ScaleB(1, draws.Next(-60, 60)))];
            double[] Times(double[] numbers) => [.. numbers.Zip(scales, (number, scale) => number * scale)];
            var plain = new ActivationEnvelope(function, weight, bias, lower, upper);
            var scaled = new ActivationEnvelope(function, [.. weight.Zip(scales, (w, scale) => w / scale)], bias, Times(lower), Times(upper));
            Assert.Equal(plain.Upper(x), scaled.Upper(Times(x)));
            Assert.Equal(plain.Lower(x), scaled.Lower(Times(x)));
            Assert.Equal(plain.Plane(x, GraphSide.Above).Constant, scaled.Plane(Times(x), GraphSide.Above).Constant);
        }
    }

    [Fact]
    public void Envelope_WhatIsNoNumber_IsNamed()
    {
        ActivationEnvelope New(double weight = 1, double bias = 0, double lower = -1, double upper = 1) =>
            new(ActivationFunction.Relu, [weight], bias, [lower], [upper]);
        Assert.StartsWith("Weight 0 is NaN", Assert.Throws<ArgumentException>(() => New(weight: double.NaN)).Message, StringComparison.Ordinal);
        Assert.StartsWith("The box is 1 to -1", Assert.Throws<ArgumentException>(() => New(lower: 1, upper: -1)).Message, StringComparison.Ordinal);
        Assert.StartsWith("The box is -Infinity", Assert.Throws<ArgumentException>(() => New(lower: double.NegativeInfinity)).Message, StringComparison.Ordinal);
        Assert.Contains("bias Infinity", Assert.Throws<ArgumentException>(() => New(bias: double.PositiveInfinity)).Message, StringComparison.Ordinal);
        Assert.Contains("overflows", Assert.Throws<ArgumentException>(() => New(weight: 1e200, upper: 1e200)).Message, StringComparison.Ordinal);
        Assert.StartsWith("Input 0 is 2", Assert.Throws<ArgumentException>(() => New().Upper([2])).Message, StringComparison.Ordinal);
        Assert.StartsWith("Input 0 is NaN", Assert.Throws<ArgumentException>(() => New().Upper([double.NaN])).Message, StringComparison.Ordinal);
        Assert.StartsWith("y is NaN", Assert.Throws<ArgumentException>(() => New().Separate([0], double.NaN)).Message, StringComparison.Ordinal);
    }

    internal static ActivationEnvelope Of(JsonElement golden) => new(
        golden.GetProperty("activation").GetString() switch
        {
            "leaky_relu_0.01" => ActivationFunction.LeakyRelu(0.01),
            "elu_0.5" => ActivationFunction.Elu(0.5),
            "elu_1" => ActivationFunction.Elu(1),
            "elu_2" => ActivationFunction.Elu(2),
            var name => _functions.First(function => function.Name == name),
        },
        golden.GetProperty("w").Numbers(), golden.GetProperty("b").GetDouble(), golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());

    static (double[] Weight, double[] Lower, double[] Upper) Draw(Draws draws, int n, double scale)
    {
        var (weight, lower) = (draws.Uniform(n, 2 / scale), draws.Uniform(n, scale));
        return (weight, lower, [.. lower.Select(l => draws.Next(8) == 0 ? l : l + (scale * 2 * draws.NextDouble()))]);
    }

    static double[] Inside(Draws draws, double[] lower, double[] upper) =>
        [.. lower.Zip(upper, (l, u) => Math.Clamp(l + (draws.NextDouble() * (u - l)), l, u))];

    /// <summary>A number that σ(z) certainly is not beyond, seen from the side; exactly σ(z) where that is linear.</summary>
    static Dyadic Certainly(ActivationFunction function, Dyadic z, GraphSide side)
    {
        if (function.IsKinked)
        {
            return z.Mantissa.Sign >= 0 ? z : function.LeftSlope * z;
        }
        var near = Math.ScaleB((double)(z.Mantissa >> Math.Max(0, (int)z.Mantissa.GetBitLength() - 60)), z.Exponent + Math.Max(0, (int)z.Mantissa.GetBitLength() - 60));
        // σ rises, so that numbers next to z bound it from both sides.
        return side == GraphSide.Above ? function.Enclose(Math.BitDecrement(near)).Down : function.Enclose(Math.BitIncrement(near)).Up;
    }

    static void AssertNear(double expected, Dyadic actual)
    {
        var room = 1e-14 * (1 + Math.Abs(expected));
        Assert.True(actual >= expected - room && actual <= expected + room, $"{actual} is not {expected}");
    }

    static void AssertClose(double expected, double actual, double relative, double? scale = null) =>
        Assert.InRange(actual - expected, -relative * (scale ?? Math.Max(1, Math.Abs(expected))), relative * (scale ?? Math.Max(1, Math.Abs(expected))));
}
