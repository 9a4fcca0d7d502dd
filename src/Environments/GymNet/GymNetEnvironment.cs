using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Gym.Envs;
using NumSharp;
using GymBox = Gym.Spaces.Box;
using GymDiscrete = Gym.Spaces.Discrete;
using GymSpace = Gym.Spaces.Space;

namespace RL.Environments;

/// <summary>
/// Environments of Gym.NET (package Gym.NET 0.2.0). Compiled only with -p:WithGymNet=true, because not every registry has the package:
/// <code>EnvironmentCatalog.Add(…) of an IEnvironmentSource that offers GymNet.Entry("CartPole", () => new CartPoleEnv(NullEnvViewer.Factory), 500)</code>
/// Gym.NET's done does not tell a termination from a time limit: give the limit here, and it is a truncation. Its steps allocate.
/// </summary>
public static class GymNet
{
    /// <summary>The entry of an environment of Gym.NET.</summary>
    /// <param name="id">Its name in the catalogue.</param>
    /// <param name="make">Makes one copy; called once for each.</param>
    /// <param name="maxEpisodeSteps">Time limit; null if the environment has none.</param>
    /// <exception cref="ArgumentException">A space is neither a box nor discrete.</exception>
    public static EnvironmentEntry Entry(string id, Func<IEnv> make, int? maxEpisodeSteps = null)
    {
        ArgumentNullException.ThrowIfNull(make);
        var spec = new EnvironmentSpec(id, maxEpisodeSteps, null);
        var probe = make();
        try
        {
            return probe.ActionSpace switch
            {
                GymBox => EnvironmentEntry.Of(spec, "gym.net", "of Gym.NET", new GymNetOptions(), _ => new GymNetBox(make())),
                GymDiscrete => EnvironmentEntry.Of(spec, "gym.net", "of Gym.NET", new GymNetOptions(), _ => new GymNetDiscrete(make())),
                var other => throw new ArgumentException($"{id} acts in {other?.GetType().Name}; allowed: Box, Discrete.", nameof(make)),
            };
        }
        finally
        {
            probe.CloseEnvironment();
        }
    }

    internal static Space Convert(GymSpace space) => space switch
    {
        GymBox box => new BoxSpace(ElementType.Float32, [.. box.Shape.Dimensions], Bounds(box.Low), Bounds(box.High)),
        GymDiscrete discrete => new DiscreteSpace(discrete.N),
        _ => throw new ArgumentException($"The space is {space?.GetType().Name}; allowed: Box, Discrete.", nameof(space)),
    };

    internal static float[] Floats(NDArray array) => array.astype(np.float32).ToArray<float>();

    static ImmutableArray<double> Bounds(NDArray array) => [.. Floats(array).Select(value => (double)value)];
}

/// <summary>Gym.NET's environments have no options that are known here.</summary>
public sealed record GymNetOptions;

/// <summary>
/// One copy. Gym.NET cannot save its state; but an episode follows from its seed and its actions, so these are kept, and a loaded
/// copy plays them again.
/// </summary>
abstract class GymNetCopy<TAction>(IEnv environment) : EnvironmentCopy<float, TAction>
    where TAction : unmanaged
{
    readonly List<TAction> _actions = [];
    int _seed;

    public override Space ObservationSpace { get; } = GymNet.Convert(environment.ObservationSpace);

    public override Space ActionSpace { get; } = GymNet.Convert(environment.ActionSpace);

    public override IReadOnlyList<string> RewardTerms => [];

    /// <summary>An action as Gym.NET takes it.</summary>
    protected abstract object Convert(ReadOnlySpan<TAction> action);

    public override void Reset(Pcg64 random, Span<float> observation)
    {
        _seed = random.NextInt(int.MaxValue);
        Begin().CopyTo(observation);
    }

    public override StepResult Step(ReadOnlySpan<TAction> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms)
    {
        _actions.AddRange(action);
        // Not StepAsync: it does not run outside of Windows.
        var step = environment.Step(Convert(action));
        GymNet.Floats(step.Observation).CopyTo(observation);
        return new StepResult(step.Reward, step.Done);
    }

    public override void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(_seed);
        writer.Write(_actions.Count);
        writer.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_actions)));
    }

    public override void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _seed = reader.ReadInt32();
        var actions = new TAction[reader.ReadInt32()];
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(actions.AsSpan()));
        Begin();
        foreach (var action in actions.Chunk(ActionSpace.Size))
        {
            environment.Step(Convert(action));
        }

        _actions.AddRange(actions);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            environment.CloseEnvironment();
        }

        base.Dispose(disposing);
    }

    float[] Begin()
    {
        _actions.Clear();
        environment.Seed(_seed);
        return GymNet.Floats(environment.Reset());
    }
}

/// <summary>Continuous actions: Gym.NET takes an NDArray.</summary>
sealed class GymNetBox(IEnv environment) : GymNetCopy<float>(environment)
{
    protected override object Convert(ReadOnlySpan<float> action) => np.array(action.ToArray());
}

/// <summary>Discrete actions: Gym.NET takes a boxed int, and some environments do not count from 0.</summary>
sealed class GymNetDiscrete(IEnv environment) : GymNetCopy<int>(environment)
{
    readonly int _start = ((GymDiscrete)environment.ActionSpace).Start;

    protected override object Convert(ReadOnlySpan<int> action) => action[0] + _start;
}
