using System.ComponentModel.DataAnnotations;
using RL.Environments;

namespace OwnEnvironment;

/// <summary>Options of PointMass-v0; on the command line env.control_cost=0.2.</summary>
public sealed record PointMassOptions
{
    /// <summary>Weight of |a|².</summary>
    [Range(0, 10)] public double ControlCost { get; init; } = 0.01;
}

/// <summary>
/// A point of 1 kg on a rough floor of 4 m × 4 m, pushed by a force of up to 1 N along each axis: bring it to the origin and keep it
/// there. Observation: x, y, vx, vy. Reward: −√(x² + y²) − w · |a|².
/// </summary>
public sealed class PointMass(PointMassOptions options) : SingleEnvironment<double, float>
{
    const double Dt = 0.1; // s
    const double Friction = 1; // N per m/s
    const double Wall = 2; // m

    double _x, _y, _vx, _vy;

    public override Space ObservationSpace { get; } =
        BoxSpace.Uniform(ElementType.Float64, [4], double.NegativeInfinity, double.PositiveInfinity);

    public override Space ActionSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [2], -1, 1);

    public override IReadOnlyList<string> RewardTerms { get; } = ["distance", "control"];

    public override void Reset(Pcg64 random, Span<double> observation)
    {
        (_x, _y, _vx, _vy) = (random.Uniform(-1, 1), random.Uniform(-1, 1), 0, 0);
        Observe(observation);
    }

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var (fx, fy) = (Math.Clamp(action[0], -1, 1), Math.Clamp(action[1], -1, 1));
        (_vx, _vy) = (_vx + (Dt * (fx - (Friction * _vx))), _vy + (Dt * (fy - (Friction * _vy))));
        (_x, _y) = (Math.Clamp(_x + (Dt * _vx), -Wall, Wall), Math.Clamp(_y + (Dt * _vy), -Wall, Wall));
        Observe(observation);

        rewardTerms[0] = -Math.Sqrt((_x * _x) + (_y * _y));
        rewardTerms[1] = -options.ControlCost * ((action[0] * action[0]) + (action[1] * action[1]));
        return new StepResult(rewardTerms[0] + rewardTerms[1], Terminated: false);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_x);
        writer.Write(_y);
        writer.Write(_vx);
        writer.Write(_vy);
    }

    public override void Load(BinaryReader reader) =>
        (_x, _y, _vx, _vy) = (reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble());

    void Observe(Span<double> observation) =>
        (observation[0], observation[1], observation[2], observation[3]) = (_x, _y, _vx, _vy);
}
