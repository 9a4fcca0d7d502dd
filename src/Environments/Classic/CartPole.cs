using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of CartPole-v1.</summary>
public sealed record CartPoleOptions
{
    /// <summary>Reward 0 per step and −1 for the fall (Sutton &amp; Barto), instead of 1 per step.</summary>
    public bool SuttonBartoReward { get; init; }

    /// <summary>F, the push of either action [N].</summary>
    [Range(0.0, 1000.0)]
    public double ForceMagnitude { get; init; } = 10;
}

/// <summary>
/// Gymnasium's CartPole-v1 (Barto, Sutton &amp; Anderson 1983): push a cart left (0) or right (1) so that its pole stays up.
/// The state is float64, the observation float32; integrated by explicit Euler.
/// </summary>
sealed class CartPole(CartPoleOptions options) : SingleEnvironment<float, int>
{
    const double Gravity = 9.8;
    const double CartMass = 1;
    const double PoleMass = 0.1;
    const double TotalMass = CartMass + PoleMass;
    const double HalfLength = 0.5;
    const double PoleMassLength = PoleMass * HalfLength;
    const double Dt = 0.02;
    const double MaxX = 2.4;
    const double MaxTheta = 12 * 2 * Math.PI / 360;

    double _x;
    double _xSpeed;
    double _theta;
    double _thetaSpeed;

    // The bounds are twice the limits, so that the terminal observation lies inside.
    public override Space ObservationSpace { get; } = new BoxSpace(
        ElementType.Float32,
        [4],
        [-(float)(2 * MaxX), double.NegativeInfinity, -(float)(2 * MaxTheta), double.NegativeInfinity],
        [(float)(2 * MaxX), double.PositiveInfinity, (float)(2 * MaxTheta), double.PositiveInfinity]);

    public override Space ActionSpace { get; } = new DiscreteSpace(2);

    public override IReadOnlyList<string> RewardTerms { get; } = ["survive"];

    public override void Reset(Pcg64 random, Span<float> observation)
    {
        _x = random.Uniform(-0.05, 0.05);
        _xSpeed = random.Uniform(-0.05, 0.05);
        _theta = random.Uniform(-0.05, 0.05);
        _thetaSpeed = random.Uniform(-0.05, 0.05);
        Observe(observation);
    }

    public override StepResult Step(ReadOnlySpan<int> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms)
    {
        var force = action[0] == 1 ? options.ForceMagnitude : -options.ForceMagnitude;
        var (sin, cos) = (Math.Sin(_theta), Math.Cos(_theta));

        // θ̈ = (g sin θ − cos θ · k) / (l (4/3 − m cos²θ / M)),  k = (F + m l θ̇² sin θ) / M,  ẍ = k − m l θ̈ cos θ / M
        var k = (force + (PoleMassLength * (_thetaSpeed * _thetaSpeed) * sin)) / TotalMass;
        var thetaAcceleration =
            ((Gravity * sin) - (cos * k)) / (HalfLength * ((4.0 / 3.0) - (PoleMass * (cos * cos) / TotalMass)));
        var xAcceleration = k - (PoleMassLength * thetaAcceleration * cos / TotalMass);

        _x += Dt * _xSpeed;
        _xSpeed += Dt * xAcceleration;
        _theta += Dt * _thetaSpeed;
        _thetaSpeed += Dt * thetaAcceleration;

        var terminated = _x < -MaxX || _x > MaxX || _theta < -MaxTheta || _theta > MaxTheta;
        var reward = (options.SuttonBartoReward, terminated) switch
        {
            (false, _) => 1.0,
            (true, false) => 0.0,
            (true, true) => -1.0,
        };
        Observe(observation);
        rewardTerms[0] = reward;
        return new StepResult(reward, terminated);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_x);
        writer.Write(_xSpeed);
        writer.Write(_theta);
        writer.Write(_thetaSpeed);
    }

    public override void Load(BinaryReader reader)
    {
        _x = reader.ReadDouble();
        _xSpeed = reader.ReadDouble();
        _theta = reader.ReadDouble();
        _thetaSpeed = reader.ReadDouble();
    }

    void Observe(Span<float> observation)
    {
        observation[0] = (float)_x;
        observation[1] = (float)_xSpeed;
        observation[2] = (float)_theta;
        observation[3] = (float)_thetaSpeed;
    }
}
