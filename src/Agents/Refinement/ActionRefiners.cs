using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Makes the refiner that the options name.</summary>
static class ActionRefiners
{
    /// <summary>The refiner of <paramref name="options"/> on <paramref name="critic"/>; null if refinement is off.</summary>
    public static IActionRefiner? Create(RefinementOptions options, Critic critic, Device device, long seed)
    {
        var generator = new Generator(Seeds.Of(seed, Purpose.Refinement), device);
        return options.Optimizer switch
        {
            "none" => null,
            "adr-gd" => new CriticAscent(critic, NewAdrGd(options.AdrGd, critic, generator), generator, options.Radius),
            _ => throw new ArgumentException($"The refinement's optimizer is {options.Optimizer}; allowed: none, adr-gd."),
        };
    }

    /// <summary>The fast version where it serves the options, the network and the device, else the plain one.</summary>
    static IInputOptimizer NewAdrGd(AdrGdOptions options, Critic critic, Generator generator) =>
        FastAdrGd.Supports(new Objective(ReluNetwork.FromModule(critic.Net)))
            ? new FastAdrGd(options, generator)
            : new AdrGd(options, generator);
}
