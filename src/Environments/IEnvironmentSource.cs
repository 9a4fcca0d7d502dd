namespace RL.Environments;

/// <summary>
/// What a user's assembly offers: a public class with a constructor without parameters that implements this. It is looked for when
/// the assembly is loaded (`--assembly`).
/// </summary>
public interface IEnvironmentSource
{
    /// <summary>Tasks for the catalogue; <see cref="EnvironmentEntry.Of"/> makes one of a single copy.</summary>
    IEnumerable<EnvironmentEntry> Environments => [];

    /// <summary>Tasks on MuJoCo models of the user's own (mujoco:FILE.xml), by the name that env.task gives; one instance per copy.</summary>
    IReadOnlyDictionary<string, Func<MujocoTask>> MujocoTasks => new Dictionary<string, Func<MujocoTask>>();
}
