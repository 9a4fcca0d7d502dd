using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// x ← P(x + step·direction(g)): gradient ascent, FGSM and projected gradient ascent (Madry et al. 2018), by options. On tensors, for any
/// network and region.
/// </summary>
/// <param name="options">See <see cref="ProjectedGradientOptions"/>.</param>
/// <param name="generator">Source of the restarts, on the device of the problems.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
sealed class TensorProjectedGradient(ProjectedGradientOptions options, Generator generator, TimeProvider? clock = null)
    : IInputOptimizer
{
    readonly ProjectedGradientOptions _options = options.Validated();

    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        Search.Run(objective, starts, region, trace, limits, clock, Ascend, _options.Restarts, generator);

    void Ascend(Search search)
    {
        var velocity = _options.Momentum > 0 ? zeros_like(search.X) : null;
        search.Iterate(_options.Steps, t =>
        {
            var g = search.Gradient();
            if (velocity is not null)
            {
                var mean = Rows.Column(g.abs().reshape(g.shape[0], -1).sum(1), g).clamp(min: 1e-30);
                g = velocity.copy_((velocity * _options.Momentum) + (g / mean));
            }
            search.MoveTo(search.X + (_options.Direction.Of(search.Region, search.X, g) * search.Scale * _options.StepAt(t)));
        });
        search.Measure();
    }
}
