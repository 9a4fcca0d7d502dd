namespace RL.Certification;

/// <summary>
/// What a program that evaluates a node in float32 may add to a value, as a share of the sum of magnitudes behind it: γ_n = n u/(1 − n u) with
/// u = 2⁻²⁴ (Higham 2002, section 3.1). Bounds treat it as one more input of every value, which is 0 in exact arithmetic.
/// </summary>
static class ProgramRounding
{
    /// <summary>Products and sums in any order.</summary>
    public static double Of(Arithmetic arithmetic, GraphNode node) => arithmetic == Arithmetic.Exact ? 0 : node.Kind switch
    {
        NodeKind.Linear or NodeKind.Convolution => Gamma(node.Terms + 2),
        NodeKind.Add => Gamma(1),
        NodeKind.Activation when node.Function!.IsKinked => node.Function.LeftSlope is 0 or 1 ? 0 : Gamma(1),
        // Libraries compute exp and tanh in float32 to a few units.
        NodeKind.Activation => Gamma(8),
        _ => 0,
    };

    /// <summary>More than what is lost to float32 numbers below 2⁻¹²⁶, in a value.</summary>
    public static double Underflow(Arithmetic arithmetic, GraphNode node) => Of(arithmetic, node) > 0 ? 1e-36 : 0;

    static double Gamma(double terms)
    {
        const double unit = 1.0 / (1 << 24);
        return terms * unit < 0.5 ? 1.01 * terms * unit / (1 - (terms * unit)) : double.PositiveInfinity;
    }
}
