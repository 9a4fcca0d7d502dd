using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The searches for better actions by name.</summary>
static class ActionSearch
{
    /// <summary>The search of a name.</summary>
    /// <param name="method">gradient, sharp or adr-gd.</param>
    /// <param name="passes">In the place of what the method's options say; null: those.</param>
    /// <param name="gradient">Options of gradient.</param>
    /// <param name="sharp">Options of sharp.</param>
    /// <param name="adrGd">Options of adr-gd.</param>
    /// <param name="generator">What the search draws from.</param>
    /// <exception cref="ArgumentException">There is none of the name.</exception>
    public static IInputOptimizer Create(
        string method, int? passes, ProjectedGradientOptions gradient, SharpOptions sharp, AdrGdOptions adrGd, Generator generator) =>
        method switch
        {
            "gradient" => new ProjectedGradient(gradient with { Steps = passes ?? gradient.Steps }, generator),
            "sharp" => new Sharp(sharp with { Passes = passes ?? sharp.Passes }, generator),
            "adr-gd" => new AdrGd(adrGd with { Iterations = passes ?? adrGd.Iterations }, generator),
            _ => throw new ArgumentException($"The method is {method}; allowed: gradient, sharp, adr-gd."),
        };
}
