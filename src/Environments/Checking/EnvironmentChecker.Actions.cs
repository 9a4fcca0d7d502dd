namespace RL.Environments;

/// <summary>Actions that are none, or that lie outside of their bounds.</summary>
public static partial class EnvironmentChecker
{
    static string? CheckBadActions(Func<int, IVectorEnvironment> make)
    {
        using var player = new Player(make(2));
        var environment = player.Environment;
        player.Step();
        var before = environment.Observations.Bytes.ToArray();
        double[] bad = environment.ActionSpace switch
        {
            DiscreteSpace discrete => [-1, discrete.Count],
            BoxSpace { ElementType: ElementType.Float32 or ElementType.Float64 } => [double.NaN, double.PositiveInfinity],
            _ => [],
        };
        foreach (var value in bad)
        {
            player.Sample();
            player.Actions.Set(1, environment.ActionSpace.Size - 1, value);
            if (Throws<ArgumentException>(() => environment.Step(player.Actions)) is { } problem)
            {
                return $"action {value}: {problem}";
            }

            if (!environment.Observations.Bytes.SequenceEqual(before))
            {
                return $"action {value} was refused, but the observations changed.";
            }
        }

        player.Sample();
        environment.Step(player.Actions);
        return null;
    }

    static string? CheckOutside(Func<int, IVectorEnvironment> make)
    {
        using var player = new Player(make(1));
        if (player.Environment.ActionSpace is not BoxSpace { ElementType: ElementType.Float32 or ElementType.Float64 } box)
        {
            return null;
        }

        for (var i = 0; i < box.Size; i++)
        {
            player.Actions.Set(0, i, (2 * box.High[i]) - box.Low[i]);
        }

        var outcome = player.Environment.Step(player.Actions);
        return double.IsFinite(outcome.Rewards[0])
            ? Violation(outcome.NextObservations, 0)
            : $"the reward is {outcome.Rewards[0]}.";
    }
}
