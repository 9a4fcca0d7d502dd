using System.CommandLine;
using Microsoft.Extensions.Logging;

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

    /// <summary>An option of every verb.</summary>
    public static Option<string?> LogLevelOption() => new("--log-level")
    {
        Description = "How much standard error is told: trace (every logged value), debug (checkpoints, evaluations, episodes, requests), information "
            + "(progress, notes), warning, error, none. Default: information; --quiet means warning.",
        HelpName = "LEVEL",
        Recursive = true,
    };

    /// <summary>The level that an option and --quiet ask for.</summary>
    /// <exception cref="UserException">There is no such level, or the two contradict each other.</exception>
    public static LogLevel Level(string? text, bool isQuiet)
    {
        var level = isQuiet ? LogLevel.Warning : LogLevel.Information;
        if (text is null)
        {
            return level;
        }

        var allowed = Enum.GetValues<LogLevel>().Where(known => known != LogLevel.Critical).ToDictionary(known => known.ToString().ToLowerInvariant());
        Require.OneOf("--log-level", text, allowed.Keys);
        return !isQuiet || allowed[text] >= level ? allowed[text]
            : throw new UserException($"--quiet and --log-level {text} are both given; allowed: one of them.");
    }

    public static Option<string?> Events() => new("--events")
    {
        Description = "Also keep the picture in a TensorBoard event file in this folder, for the dashboard.",
        HelpName = "DIR",
    };

    public static Option<bool> Explore() => new("--explore")
    {
        Description = "Sample actions as in training instead of acting greedily (PPO).",
    };
}
