using RL.Environments;

namespace OwnEnvironment;

/// <summary>What this assembly offers: `./rl … --assembly OwnEnvironment.dll` looks for such a class.</summary>
public sealed class OwnEnvironments : IEnvironmentSource
{
    public IEnumerable<EnvironmentEntry> Environments =>
    [
        EnvironmentEntry.Of(
            new EnvironmentSpec("PointMass-v0", MaxEpisodeSteps: 100, RewardThreshold: null),
            "own",
            "push a point to the origin",
            new PointMassOptions(),
            options => new PointMass(options)),
    ];

    public IReadOnlyDictionary<string, Func<MujocoTask>> MujocoTasks { get; } =
        new Dictionary<string, Func<MujocoTask>> { ["slide-to-target"] = () => new SlideToTarget() };
}
