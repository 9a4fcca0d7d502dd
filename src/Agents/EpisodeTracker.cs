using RL.Environments;

namespace RL.Agents;

/// <summary>Adds up the return (of the task's own rewards) and the length of every copy's running episode.</summary>
sealed class EpisodeTracker(int copies)
{
    readonly double[] _returns = new double[copies];
    readonly int[] _lengths = new int[copies];

    /// <summary>Adds a step; <paramref name="finished"/> gets copy, return and length of every episode that ended with it.</summary>
    public void Observe(StepOutcome outcome, Action<int, double, int> finished)
    {
        for (var copy = 0; copy < _returns.Length; copy++)
        {
            _returns[copy] += outcome.TaskRewards[copy];
            _lengths[copy]++;
            if (outcome.IsFinished(copy))
            {
                finished(copy, _returns[copy], _lengths[copy]);
                (_returns[copy], _lengths[copy]) = (0, 0);
            }
        }
    }

    public void Save(BinaryWriter writer)
    {
        for (var copy = 0; copy < _returns.Length; copy++)
        {
            writer.Write(_returns[copy]);
            writer.Write(_lengths[copy]);
        }
    }

    public void Load(BinaryReader reader)
    {
        for (var copy = 0; copy < _returns.Length; copy++)
        {
            _returns[copy] = reader.ReadDouble();
            _lengths[copy] = reader.ReadInt32();
        }
    }
}
