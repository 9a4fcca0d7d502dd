using RL.Environments;

namespace RL.Agents;

/// <summary>When an off-policy agent learns.</summary>
public enum UpdateAt
{
    /// <summary>One update after every environment step (today's TD3).</summary>
    Step,

    /// <summary>At the end of an episode as many updates as it had steps (Stable-Baselines3 1.x).</summary>
    EpisodeEnd,
}

/// <summary>Counts the updates that are due: one for each environment step after warm-up.</summary>
sealed class UpdateSchedule(UpdateAt updateAt, long startSteps)
{
    // Steps of each copy's running episode; grows with the number of copies seen.
    readonly List<int> _episodeSteps = [];
    long _steps;
    int _due;

    public void Observe(StepOutcome outcome)
    {
        for (var copy = 0; copy < outcome.Rewards.Length; copy++)
        {
            if (copy == _episodeSteps.Count)
            {
                _episodeSteps.Add(0);
            }

            _steps++;
            _episodeSteps[copy]++;
            if (updateAt == UpdateAt.Step)
            {
                _due += _steps > startSteps ? 1 : 0;
            }
            else if (outcome.IsFinished(copy))
            {
                _due += _steps > startSteps ? _episodeSteps[copy] : 0;
            }

            if (outcome.IsFinished(copy))
            {
                _episodeSteps[copy] = 0;
            }
        }
    }

    /// <summary>Takes the updates that are due.</summary>
    public int Take()
    {
        var due = _due;
        _due = 0;
        return due;
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_steps);
        writer.Write(_due);
        writer.Write(_episodeSteps.Count);
        foreach (var steps in _episodeSteps)
        {
            writer.Write(steps);
        }
    }

    public void Load(BinaryReader reader)
    {
        _steps = reader.ReadInt64();
        _due = reader.ReadInt32();
        _episodeSteps.Clear();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            _episodeSteps.Add(reader.ReadInt32());
        }
    }
}
