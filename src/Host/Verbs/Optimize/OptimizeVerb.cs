using System.CommandLine;

namespace RL.Host;

/// <summary>Studies of input optimisation without reinforcement learning.</summary>
static class OptimizeVerb
{
    public static Command Create(HostConsole console)
    {
        var command = new Command("optimize", "Compare optimisers of network inputs: random networks, attacks, reconstruction, landscapes, linear regions, relaxations.")
        {
            AblationVerb.Create(console),
            ClassifierVerb.Create(console),
            LandscapeVerb.Create(console),
            RelaxationsVerb.Create(console),
            ReconstructVerb.Create(console),
            RegionsVerb.Create(console),
        };
        return command.WithExamples("./rl optimize ablation --help", "./rl optimize classifier --help");
    }
}
