using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Makes the refiner that the options name.</summary>
static class ActionRefiners
{
    /// <summary>The refiner of <paramref name="options"/>; null if refinement is off.</summary>
    /// <exception cref="ArgumentException">An option is not what the agent's critics allow.</exception>
    public static IActionRefiner? Create(RefinementOptions options, RefinementCritics critics, Device device, long seed)
    {
        if (!options.Enabled)
        {
            return null;
        }
        var critic = critics.Named(options.Critic);
        var generator = new Generator(Seeds.Of(seed, Purpose.Refinement), device);
        IInputOptimizer optimizer = options.Optimizer switch
        {
            "sharp" => new Sharp(options.Sharp, generator),
            "adr-gd" => new AdrGd(options.AdrGd, generator),
            _ => throw new ArgumentException($"The refinement's optimizer is {options.Optimizer}; allowed: sharp, adr-gd."),
        };
        return new CriticAscent(critic, optimizer, generator, options.Radius);
    }
}
