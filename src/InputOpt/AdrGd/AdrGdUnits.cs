using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The units in which ADR-GD sees the inputs of a box: powers of two, so that nothing is rounded by them, and 1 in the boxes that its published
/// step sizes were chosen for. Inputs in other units, by powers of two, are then searched bit for bit alike.
/// </summary>
static class AdrGdUnits
{
    // x ± ε is rounded: half widths that exceed ε by less are ε.
    const double Slack = 1e-4;

    /// <summary>
    /// 2^⌈log₂(half width / published half width)⌉: 0 for an input that cannot move, so that it is no part of any norm; 1 where there is no
    /// published width.
    /// </summary>
    public static double Of(double halfWidth, double published)
    {
        if (halfWidth == 0 || published == 0)
        {
            return published == 0 ? 1 : 0;
        }
        var ratio = halfWidth / published * (1 - Slack);
        var below = Math.ScaleB(1, Math.ILogB(ratio));
        return ratio > below ? 2 * below : below;
    }

    /// <summary>Units of a region's inputs, to be broadcast with x [rows×…]; null if all are 1, as in what is no <see cref="Box"/>.</summary>
    public static Tensor? Of(Region region, Tensor x, double published)
    {
        if (region is not Box)
        {
            return null;
        }
        var scale = region.Scale(x);
        double[] units = [.. Rows.Numbers(scale).Select(halfWidth => Of(halfWidth, published))];
        return Array.TrueForAll(units, unit => unit == 1) ? null : tensor(units, scale.shape, device: CPU).to(x.dtype, x.device);
    }
}
