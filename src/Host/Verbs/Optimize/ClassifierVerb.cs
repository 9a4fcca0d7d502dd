using System.CommandLine;

namespace RL.Host;

/// <summary>Attacks an image classifier with several optimisers at equal gradient passes.</summary>
static class ClassifierVerb
{
    public static Command Create(HostConsole console)
    {
        var command = new Command("classifier", "Attack an image classifier.");
        return command.WithExamples("./rl optimize classifier --help");
    }
}
