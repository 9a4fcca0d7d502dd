namespace RL.Certification;

/// <summary>σ(z), or −σ(−z), which has the same shape: what is above it is below σ.</summary>
readonly struct MirroredFunction(ActivationFunction function, bool isMirrored)
{
    public bool IsKinked => function.IsKinked;

    public bool HasKink => function.HasKink;

    public double Lipschitz => function.Lipschitz;

    public double Inflection => isMirrored ? -function.Inflection : function.Inflection;

    public double Value(double z) => isMirrored ? -function.Value(-z) : function.Value(z);

    public double Up(double z) => isMirrored ? -function.Enclose(-z).Down : function.Enclose(z).Up;

    /// <summary>From the right.</summary>
    public double Derivative(double z) => isMirrored ? function.Derivative(-z, isLeft: true) : function.Derivative(z);

    /// <inheritdoc cref="Derivative"/>
    public double SecondDerivative(double z) => isMirrored ? -function.SecondDerivative(-z, isLeft: true) : function.SecondDerivative(z);

    public double DerivativeError(double derivative) => function.DerivativeError(derivative);
}
