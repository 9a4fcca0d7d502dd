using TorchSharp;

namespace RL.InputOpt;

/// <summary>What a step goes along, made of the gradient g.</summary>
public enum StepDirection
{
    /// <summary>sign(g): every input moves by the whole step; steepest ascent in the L∞ norm (Goodfellow et al. 2015).</summary>
    Sign,

    /// <summary>g/‖g‖₂: steepest ascent in the Euclidean norm.</summary>
    Unit,

    /// <summary>
    /// The region's own (<see cref="Region.Ascent"/>): steepest in its norm, without what leads straight out of it. In a box it leads where
    /// <see cref="Sign"/> does.
    /// </summary>
    Steepest,

    /// <summary>g/max(‖g‖₂, 1): a gradient step whose length is limited (the gradient descent of the ADR-GD paper).</summary>
    AtMostUnit,
}

static class StepDirections
{
    /// <summary>The direction at each row x of a region of gradients g [rows×…].</summary>
    public static torch.Tensor Of(this StepDirection direction, Region region, torch.Tensor x, torch.Tensor g) => direction switch
    {
        StepDirection.Steepest => region.Ascent(x, g),
        StepDirection.Sign => g.sign(),
        StepDirection.Unit => g / Rows.Norm(g).clamp(min: 1e-30),
        _ => g / Rows.Norm(g).clamp(min: 1.0),
    };
}
