using RL.InputOpt;

namespace RL.Agents;

/// <summary>Makes the refiner that the options name.</summary>
static class ActionRefiners
{
    /// <summary>The refiner of <paramref name="options"/> on <paramref name="critic"/>; null if refinement is off.</summary>
    public static IActionRefiner? Create(RefinementOptions options, Critic critic, long seed) => options.Optimizer switch
    {
        "none" => null,
        "adr-gd" => new CriticAscent(critic, new AdrGd(options.AdrGd), options.Radius),
        _ => throw new ArgumentException($"Unknown optimizer {options.Optimizer}; allowed: none, adr-gd."),
    };
}
