using RL.Environments;

namespace RL.Agents;

/// <summary>The size of a flat observation.</summary>
static class ObservationSize
{
    /// <exception cref="ArgumentException">The space is not a box with one axis.</exception>
    public static int Of(Space space) =>
        space is BoxSpace { Shape.Length: 1 }
            ? space.Size
            : throw new ArgumentException($"The observation space is {space}; allowed: a box with one axis.");
}
