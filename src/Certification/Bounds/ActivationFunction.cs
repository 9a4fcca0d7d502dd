namespace RL.Certification;

/// <summary>
/// An element-wise, increasing σ of a <see cref="NetworkGraph"/>: convex left of <see cref="Inflection"/> and concave right of it, which is
/// all that linear bounds need to know of it.
/// </summary>
public sealed class ActivationFunction
{
    /// <summary>Error of <see cref="Math.Exp"/>, <see cref="Math.Log(double)"/> and <see cref="Math.Tanh"/> as used here, in units of 2⁻⁵³ of the result.</summary>
    const double Ulps = 16.0 / (1L << 53);

    readonly Shape _shape;
    readonly double _parameter;
    readonly double _scale;         // of ELU: its slope right of 0

    ActivationFunction(Shape shape, string name, double inflection, double parameter = 0, double scale = 1)
    {
        (_shape, Name, Inflection, _parameter, _scale) = (shape, name, inflection, parameter, scale);
    }

    enum Shape
    {
        Kinked,
        Tanh,
        Sigmoid,
        Softplus,
        Elu,
    }

    /// <summary>max(z, 0).</summary>
    public static ActivationFunction Relu { get; } = new(Shape.Kinked, "relu", double.PositiveInfinity);

    /// <summary>tanh(z).</summary>
    public static ActivationFunction Tanh { get; } = new(Shape.Tanh, "tanh", 0);

    /// <summary>1/(1 + e⁻ᶻ).</summary>
    public static ActivationFunction Sigmoid { get; } = new(Shape.Sigmoid, "sigmoid", 0);

    /// <summary>ln(1 + eᶻ).</summary>
    public static ActivationFunction Softplus { get; } = new(Shape.Softplus, "softplus", double.PositiveInfinity);

    /// <summary>z where z ≥ 0, slope·z elsewhere.</summary>
    /// <param name="slope">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative slope, or one that is not finite.</exception>
    public static ActivationFunction LeakyRelu(double slope)
    {
        ThrowUnlessFrom0(slope, nameof(slope));
        return new(Shape.Kinked, "leaky_relu", slope <= 1 ? double.PositiveInfinity : double.NegativeInfinity, slope);
    }

    /// <summary>z where z ≥ 0, α(eᶻ − 1) elsewhere.</summary>
    /// <param name="alpha">0 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative α, or one that is not finite.</exception>
    public static ActivationFunction Elu(double alpha)
    {
        ThrowUnlessFrom0(alpha, nameof(alpha));
        return new(Shape.Elu, "elu", alpha <= 1 ? double.PositiveInfinity : 0, alpha);
    }

    /// <summary>λ z where z ≥ 0, λ α(eᶻ − 1) elsewhere, λ = 1.0507…, α = 1.6732… (Klambauer et al. 2017).</summary>
    public static ActivationFunction Selu { get; } = new(
        Shape.Elu, "selu", 0, 1.6732632423543772848170429916717 * 1.0507009873554804934193349852946, 1.0507009873554804934193349852946);

    /// <summary>As modules are called: relu, leaky_relu, tanh, sigmoid, softplus, elu or selu.</summary>
    public string Name { get; }

    /// <summary>c: σ is convex left of it and concave right of it; ∞ if it is convex, −∞ if it is concave everywhere.</summary>
    internal double Inflection { get; }

    /// <summary>Whether it is linear on both sides of 0.</summary>
    internal bool IsKinked => _shape == Shape.Kinked;

    /// <summary>Slope left of the kink.</summary>
    internal double LeftSlope => _parameter;

    /// <summary>No two points have a steeper secant.</summary>
    internal double Lipschitz => _shape is Shape.Kinked or Shape.Elu ? Math.Max(_scale, _parameter) : _shape == Shape.Sigmoid ? 0.25 : 1;

    /// <summary>Whether its slope jumps at 0.</summary>
    internal bool HasKink => (_shape is Shape.Kinked or Shape.Elu) && _parameter != _scale;

    /// <summary>σ(z), rounded.</summary>
    public double Value(double z) => _shape switch
    {
        Shape.Kinked => z >= 0 ? z : _parameter * z,
        Shape.Tanh => Math.Tanh(z),
        Shape.Sigmoid => (z >= 0 ? 1 : Math.Exp(z)) / (1 + Math.Exp(-Math.Abs(z))),
        Shape.Softplus => Math.Max(z, 0) + LogOfOnePlus(Math.Exp(-Math.Abs(z))),
        _ => z >= 0 ? _scale * z : _parameter * ExpMinusOne(z),
    };

    /// <summary>σ′(z), rounded; at a kink that of its left or right.</summary>
    internal double Derivative(double z, bool isLeft = false)
    {
        switch (_shape)
        {
            case Shape.Kinked:
                return z > 0 || (z == 0 && !isLeft) ? 1 : _parameter;
            case Shape.Tanh:
                var t = Math.Tanh(z);
                return (1 - t) * (1 + t);
            case Shape.Sigmoid:
                var e = Math.Exp(-Math.Abs(z));
                return e / ((1 + e) * (1 + e));
            case Shape.Softplus:
                return 1 / (1 + Math.Exp(-z));
            default:
                return z > 0 || (z == 0 && !isLeft) ? _scale : _parameter * Math.Exp(z);
        }
    }

    /// <summary>σ″(z), rounded; at a kink that of its left or right.</summary>
    internal double SecondDerivative(double z, bool isLeft = false)
    {
        switch (_shape)
        {
            case Shape.Kinked:
                return 0;
            case Shape.Tanh:
                var t = Math.Tanh(z);
                return -2 * t * (1 - t) * (1 + t);
            case Shape.Sigmoid:
                var e = Math.Exp(-Math.Abs(z));
                return Math.Sign(z) * e * (e - 1) / ((1 + e) * (1 + e) * (1 + e));
            case Shape.Softplus:
                var f = Math.Exp(-Math.Abs(z));
                return f / ((1 + f) * (1 + f));
            default:
                return z > 0 || (z == 0 && !isLeft) ? 0 : _parameter * Math.Exp(z);
        }
    }

    /// <summary>Numbers between which σ(z) certainly is.</summary>
    internal (double Down, double Up) Enclose(double z)
    {
        var value = Value(z);
        if (_shape == Shape.Kinked && (z >= 0 || _parameter is 0 or 1))
        {
            return (value, value);
        }
        var error = (Ulps * Math.Abs(value)) + double.Epsilon;
        var (down, up) = (value - error, value + error);
        return _shape switch
        {
            Shape.Tanh => (Math.Max(down, -1), Math.Min(up, 1)),
            Shape.Sigmoid => (Math.Max(down, 0), Math.Min(up, 1)),
            Shape.Softplus => (Math.Max(down, Math.Max(z, 0)), up),
            Shape.Elu when z >= 0 => _scale == 1 ? (z, z) : (down, up),
            Shape.Elu => (Math.Max(down, -_parameter), Math.Min(up, 0)),
            _ => (down, up),
        };
    }

    /// <summary>How much <see cref="Derivative"/> may be off, for a derivative of that size.</summary>
    internal double DerivativeError(double derivative) => IsKinked ? 0 : 2 * Ulps * (1 + Math.Abs(derivative)) * Math.Max(_scale, _parameter);

    /// <summary>ln(1 + x) for 0 ≤ x ≤ 1 with a relative error of a few units (Goldberg 1991, theorem 4).</summary>
    static double LogOfOnePlus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : x * Math.Log(sum) / (sum - 1);
    }

    /// <summary>eˣ − 1 for x ≤ 0 with a relative error of a few units (Higham 2002, section 1.14.1).</summary>
    static double ExpMinusOne(double x)
    {
        var e = Math.Exp(x);
        return e == 1 ? x : e < 0.1 ? e - 1 : (e - 1) * (x / Math.Log(e));
    }

    static void ThrowUnlessFrom0(double value, string name)
    {
        if (!(value >= 0 && double.IsFinite(value)))
        {
            throw new ArgumentOutOfRangeException(name, value, "Allowed: finite numbers from 0 up.");
        }
    }
}
