using System.CommandLine;

namespace RL.Host;

/// <summary>Options that several verbs share.</summary>
static class CommonOptions
{
    public static Option<string> Runs() => new("--runs")
    {
        Description = "Folder of the run folders.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "runs",
    };

    /// <summary>The option of the verbs that know environments.</summary>
    public static Option<string?> Assembly() => new("--assembly")
    {
        Description = "An assembly (.dll) with environments of your own (docs/environments.md).",
        HelpName = "FILE",
    };

    public static Option<bool> Explore() => new("--explore")
    {
        Description = "Act as in training instead of greedily: PPO draws its actions.",
    };
}
