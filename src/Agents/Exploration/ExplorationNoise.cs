using System.ComponentModel.DataAnnotations;
using RL.Environments;

namespace RL.Agents;

/// <summary>Which noise is added to the policy's actions while training.</summary>
public enum NoiseKind
{
    /// <summary>Independent N(0, σ²) at every step (TD3).</summary>
    Gaussian,

    /// <summary>Ornstein-Uhlenbeck process, correlated over time (DDPG paper, §7).</summary>
    OrnsteinUhlenbeck,
}

/// <summary>Noise added to the policy's actions while training, in units of half the action range.</summary>
public sealed record NoiseOptions
{
    /// <summary>Kind of the noise.</summary>
    public NoiseKind Kind { get; init; } = NoiseKind.Gaussian;

    /// <summary>σ, scale of the noise in units of half the action range.</summary>
    [Range(0, 10)] public double Sigma { get; init; } = 0.1;

    /// <summary>θ of the Ornstein-Uhlenbeck process: rate at which it returns to 0.</summary>
    [Range(0, 1)] public double Theta { get; init; } = 0.15;
}

/// <summary>The noise process of every copy, each element on its own.</summary>
sealed class ExplorationNoise(NoiseOptions options, int actionSize)
{
    // Ornstein-Uhlenbeck state of each copy, [copies × action]; grows with the number of copies seen.
    double[] _state = [];

    /// <summary>
    /// Adds the next noise of copy <paramref name="copy"/> and clips to [−1, 1]. [action]
    /// </summary>
    public void AddTo(Span<float> action, int copy, Pcg64 random)
    {
        var state = State(copy);
        for (var i = 0; i < action.Length; i++)
        {
            var noise = options.Sigma * random.NextGaussian();
            if (options.Kind == NoiseKind.OrnsteinUhlenbeck)
            {
                // x ← x − θx + σN(0, 1)
                noise = state[i] += noise - (options.Theta * state[i]);
            }

            action[i] = (float)Math.Clamp(action[i] + noise, -1, 1);
        }
    }

    /// <summary>Starts the process of a copy anew, at the end of its episode.</summary>
    public void Reset(int copy) => State(copy).Clear();

    public void Save(BinaryWriter writer)
    {
        writer.Write(_state.Length);
        foreach (var value in _state)
        {
            writer.Write(value);
        }
    }

    public void Load(BinaryReader reader)
    {
        _state = new double[reader.ReadInt32()];
        for (var i = 0; i < _state.Length; i++)
        {
            _state[i] = reader.ReadDouble();
        }
    }

    Span<double> State(int copy)
    {
        if (_state.Length < (copy + 1) * actionSize)
        {
            Array.Resize(ref _state, (copy + 1) * actionSize);
        }

        return _state.AsSpan(copy * actionSize, actionSize);
    }
}
