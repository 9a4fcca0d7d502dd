using System.CommandLine;

namespace RL.Host;

/// <summary>Options that several verbs share.</summary>
static class CommonOptions
{
    public static Option<string> Runs() => new("--runs")
    {
        Description = "Folder that holds the run folders.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "runs",
    };

    public static Option<bool> Explore() => new("--explore")
    {
        Description = "Sample actions as in training instead of acting greedily (PPO).",
    };
}
