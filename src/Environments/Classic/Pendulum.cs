using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of Pendulum-v1.</summary>
public sealed record PendulumOptions : BoxTaskOptions
{
    /// <summary>g, gravity [m/s²].</summary>
    [Range(0.0, 1000.0)]
    public double Gravity { get; init; } = 10;
}

/// <summary>
/// Gymnasium's Pendulum-v1: swing a rod up and hold it there. θ is 0 upright. The torque is clipped to ±2 by the task itself.
/// Torque terms are computed in float32 and everything else in float64, as NumPy 2 does with a float32 action.
/// </summary>
sealed class Pendulum(PendulumOptions options) : SingleEnvironment<float, float>
{
    const double MaxSpeed = 8;
    const float MaxTorque = 2;
    const double Dt = 0.05;
    const double Mass = 1;
    const double Length = 1;

    double _theta;
    double _speed;

    public override Space ObservationSpace { get; } =
        new BoxSpace(ElementType.Float32, [3], [-1, -1, -MaxSpeed], [1, 1, MaxSpeed]);

    public override Space ActionSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -MaxTorque, MaxTorque);

    public override IReadOnlyList<string> RewardTerms { get; } = ["angle", "speed", "torque"];

    public override void Reset(Pcg64 random, Span<float> observation)
    {
        _theta = random.Uniform(-Math.PI, Math.PI);
        _speed = random.Uniform(-1, 1);
        Observe(observation);
    }

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms)
    {
        var u = Math.Clamp(action[0], -MaxTorque, MaxTorque);
        var angle = NormalizeAngle(_theta);

        // cost = θ² + 0.1 θ̇² + 0.001 u²
        var angleCost = angle * angle;
        var speedCost = 0.1 * (_speed * _speed);
        double torqueCost = 0.001f * (u * u);

        // θ̈ = 3g/(2l) sin θ + 3/(ml²) u
        double push = (float)(3 / (Mass * Length * Length)) * u;
        _speed += ((3 * options.Gravity / (2 * Length) * Math.Sin(_theta)) + push) * Dt;
        _speed = Math.Clamp(_speed, -MaxSpeed, MaxSpeed);
        _theta += _speed * Dt;

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2]) = (-angleCost, -speedCost, -torqueCost);
        return new StepResult(-(angleCost + speedCost + torqueCost), Terminated: false);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_theta);
        writer.Write(_speed);
    }

    public override void Load(BinaryReader reader)
    {
        _theta = reader.ReadDouble();
        _speed = reader.ReadDouble();
    }

    void Observe(Span<float> observation)
    {
        observation[0] = (float)Math.Cos(_theta);
        observation[1] = (float)Math.Sin(_theta);
        observation[2] = (float)_speed;
    }

    // ((x + π) mod 2π) − π with Python's modulo, whose result has the divisor's sign.
    static double NormalizeAngle(double x)
    {
        var remainder = (x + Math.PI) % (2 * Math.PI);
        return (remainder < 0 ? remainder + (2 * Math.PI) : remainder) - Math.PI;
    }
}
