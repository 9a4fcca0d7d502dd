using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Successive-halving ascent with region polish: the best we know for few inputs and not beaten for many (docs/sharp.md). Many starts explore
/// by steps that fall from half the region's size; the best of them polish by Shor's r-algorithm, which learns from each pair of
/// gradients across a border of linear regions to go along the border instead of to and fro across it; in the end the best one alone. The
/// plain version, on tensors, for any network and region.
/// </summary>
/// <param name="options">See <see cref="SharpOptions"/>.</param>
/// <param name="generator">Source of the random starts, on the device of the problems.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
public sealed class Sharp(SharpOptions options, Generator generator, TimeProvider? clock = null) : IInputOptimizer
{
    readonly SharpOptions _options = options.Checked();

    public InputOptimum Maximize(Objective objective, Tensor starts, Region region, bool trace = false)
    {
        var (_, given) = objective.ThrowUnlessFits(starts, region);
        var inputs = objective.Network.InputShape.Aggregate(1L, (product, size) => product * size);
        var plan = SharpPlan.For(_options, inputs, given);
        return Search.Run(
            objective, starts, region, trace, clock, search => Ascend(search, plan), (int)Math.Max(plan.Starts - given, 0), generator);
    }

    void Ascend(Search search, SharpPlan plan)
    {
        var bestGradient = Explore(search, plan.ExploreSteps);
        SharpPolish? polish = null;
        foreach (var (rows, steps) in plan.Rungs)
        {
            if (rows < search.Starts)
            {
                var kept = search.Keep(rows);
                bestGradient = bestGradient.index_select(0, kept);
                polish?.Keep(kept);
            }
            polish ??= new SharpPolish(_options, search, bestGradient);
            Search.Iterate(steps, _ => polish.Step());
        }
        search.Measure();
    }

    /// <summary>
    /// v ← μ·v + g/‖g‖, x ← P(x + step·steepest(v)), the step falling by equal ratios. Returns the gradients at the rows' best points.
    /// </summary>
    Tensor Explore(Search search, int steps)
    {
        var velocity = zeros_like(search.X);
        var bestGradient = zeros_like(search.X);
        Search.Iterate(steps, t =>
        {
            var g = search.Gradient();
            bestGradient.copy_(where(Rows.Column(search.Improved, g), g, bestGradient));
            velocity.copy_((velocity * _options.Momentum) + (g / Rows.Norm(g).clamp(min: 1e-30)));
            search.MoveTo(search.X + (search.Region.Steepest(velocity) * _options.ExploringStep(t, steps)));
        });
        return bestGradient;
    }
}
