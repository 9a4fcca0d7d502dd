using System.Text.RegularExpressions;

namespace RL.Host.Tests;

/// <summary>Runs every `./rl` command of the README in its order, with a fiftieth of the steps, a tenth of the passes and one episode.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Readme_EveryCommand_Succeeds()
    {
        using var folder = new TemporaryFolder();
        // Where the README is read, the repository's own policies are at hand.
        Directory.CreateSymbolicLink(folder.File("models"), Repository.File("models"));
        var commands = Commands(File.ReadAllText(Repository.File("README.md")));

        Assert.True(commands.Count > 5, string.Join('\n', commands));
        Assert.All(commands, command =>
        {
            var (code, _, error) = ChildProcess.Run("bash", folder.Path, "-c", Shorten(command));
            Assert.True(code == 0, $"{command}: {error}");
        });
    }

    static List<string> Commands(string readme) =>
        [.. Blocks().Matches(readme).SelectMany(block => block.Groups[1].Value.Split('\n')).Where(line => line.StartsWith("./rl "))];

    static string Shorten(string command)
    {
        var shorter = Steps().Replace(command, match => $"--steps {int.Parse(match.Groups[1].Value) / 50}");
        shorter = Episodes().Replace(shorter, "--episodes 1");
        shorter = Passes().Replace(shorter, match => $"--passes {int.Parse(match.Groups[1].Value) / 10}");
        var more = command.Contains(" train ") && !command.Contains("--resume") ? " evaluation_episodes=1" : "";
        if (more.Length > 0 && !command.Contains(" ppo "))
        {
            // Few enough random steps that something is learnt too.
            more += " start_steps=50";
        }

        if (command.Contains(" attack ") && !command.Contains("--passes"))
        {
            more += " --passes 3";
        }

        return $"'{Repository.File("rl")}'{shorter["./rl".Length..]}{more}";
    }

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"--steps (\d+)")]
    private static partial Regex Steps();

    [GeneratedRegex(@"--episodes \d+")]
    private static partial Regex Episodes();

    [GeneratedRegex(@"--passes (\d+)")]
    private static partial Regex Passes();
}
