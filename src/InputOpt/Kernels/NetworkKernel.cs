namespace RL.InputOpt;

/// <summary>How an optimiser on spans evaluates the network.</summary>
enum NetworkKernel
{
    /// <summary>What should be faster for the network's sizes.</summary>
    Auto,

    /// <summary>Layer after layer: for many inputs, small networks and large steps.</summary>
    Dense,

    /// <summary>By affine maps that change where neurons flip: for few inputs and steps that flip few neurons.</summary>
    Incremental,
}
