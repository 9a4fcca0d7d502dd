using System.Text.RegularExpressions;

namespace RL.Host.Tests;

/// <summary>Runs the README's commands in their order, with a twentieth of the steps.</summary>
public sealed partial class ReadmeTests
{
    /// <summary>Stands above the block of commands that are run.</summary>
    const string Marker = "<!-- Every command below is run by a test";

    [Fact]
    public void Readme_EveryCommand_Succeeds()
    {
        using var folder = new TemporaryFolder();
        var commands = Commands(File.ReadAllText(Repository.File("README.md")));

        Assert.NotEmpty(commands);
        Assert.All(commands, command =>
        {
            var (code, _, error) = ChildProcess.Run("bash", folder.Path, "-c", Shorten(command));
            Assert.True(code == 0, $"{command}: {error}");
        });
    }

    static List<string> Commands(string readme)
    {
        var block = readme[readme.IndexOf(Marker, StringComparison.Ordinal)..];
        block = block[(block.IndexOf("```sh\n", StringComparison.Ordinal) + 6)..];
        return [.. block[..block.IndexOf("```", StringComparison.Ordinal)].Split('\n').Where(line => line.StartsWith("./rl "))];
    }

    static string Shorten(string command)
    {
        var shorter = Steps().Replace(command, match => $"--steps {int.Parse(match.Groups[1].Value) / 20}");
        // Few enough random steps that something is learnt too.
        var more = command.Contains(" train ") && !command.Contains("--resume") ? " evaluation_episodes=1 start_steps=50" : "";
        return $"'{Repository.File("rl")}'{shorter["./rl".Length..]}{more}";
    }

    [GeneratedRegex(@"--steps (\d+)")]
    private static partial Regex Steps();
}
