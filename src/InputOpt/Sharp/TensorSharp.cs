using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// <see cref="Sharp"/> on tensors of any dtype and device, for any network and region: the reference of <see cref="SpanSharp"/>.
/// </summary>
/// <param name="options">See <see cref="SharpOptions"/>.</param>
/// <param name="generator">Source of the random starts, on the device of the problems.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
sealed class TensorSharp(SharpOptions options, Generator generator, TimeProvider? clock = null) : IInputOptimizer
{
    readonly SharpOptions _options = options.Checked();

    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null)
    {
        var (_, given) = objective.ThrowUnlessFits(starts, region);
        var inputs = objective.Network.InputShape.Aggregate(1L, (product, size) => product * size);
        var isAffine = SharpWalk.Serves(objective, region);
        var plan = SharpPlan.For(_options, inputs, given, isAffine);
        var isWide = inputs > SharpPlan.FewInputs;
        return Search.Run(
            objective, starts, region, trace, limits, clock, search => Ascend(search, plan, isWide, isAffine), (int)Math.Max(plan.Starts - given, 0), generator);
    }

    void Ascend(Search search, SharpPlan plan, bool isWide, bool isAffine)
    {
        // Which rows look through soft gates [B·S×1×…]: every other one, a given start first, so that halving chooses.
        var soft = isWide && !isAffine && _options.Softness > 0 ? EveryOther(search) : null;
        var bestGradient = zeros_like(search.X);
        for (var rung = 0; rung < plan.Climb.Count; rung++)
        {
            var (rows, steps) = plan.Climb[rung];
            if (rung > 0)
            {
                var kept = search.Keep(rows);
                search.MoveTo(search.BestX);
                (soft, bestGradient) = (soft?.index_select(0, kept), bestGradient.index_select(0, kept));
            }
            Climb(search, t => _options.ClimbingStep(rung, t, steps, isWide, isAffine), rung, steps, soft, bestGradient);
        }

        SharpPolish? polish = null;
        foreach (var (rows, steps) in plan.Polish)
        {
            if (rows < search.Starts)
            {
                var kept = search.Keep(rows);
                bestGradient = bestGradient.index_select(0, kept);
                polish?.Keep(kept);
            }
            polish ??= new SharpPolish(_options, search, bestGradient);
            search.Iterate(steps, _ => polish.Step());
        }
        if (plan.Regions > 0 && search.Stop == StopReason.Passes)
        {
            SharpWalk.Run(search, plan.Regions);
        }
        search.Measure();
    }

    /// <summary>
    /// v ← μ·v + g/‖g‖, x ← P(x + step·steepest(v)), the step falling by equal ratios. Keeps the gradients at the rows' best points.
    /// </summary>
    void Climb(Search search, Func<int, double> step, int rung, int steps, Tensor? soft, Tensor bestGradient)
    {
        var velocity = zeros_like(search.X);
        search.Iterate(steps, t =>
        {
            var g = soft is null ? search.Gradient() : search.SoftGradient(soft * _options.SoftnessAt(rung, t, steps));
            bestGradient.copy_(where(Rows.Column(search.Improved, g), g, bestGradient));
            velocity.copy_((velocity * _options.Momentum) + (g / Rows.Norm(g).clamp(min: 1e-30)));
            search.MoveTo(search.X + (search.Region.Ascent(search.X, velocity) * search.Scale * step(t)));
        });
    }

    /// <summary>1 for the first, third, … start of each problem, 0 for the others [B·S×1×…].</summary>
    static Tensor EveryOther(Search search)
    {
        var isSoft = Enumerable.Range(0, (int)search.X.shape[0]).Select(row => row % search.Starts % 2 == 0 ? 1f : 0f).ToArray();
        return Rows.Column(tensor(isSoft).to(search.X.dtype).to(search.X.device), search.X);
    }
}
