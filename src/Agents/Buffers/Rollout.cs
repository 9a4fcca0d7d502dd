using System.Globalization;
using System.Runtime.InteropServices;
using RL.Environments;

namespace RL.Agents;

/// <summary>
/// What N copies did in the last T steps under one policy, and how good it was: row t·N + i is step t of copy i.
/// </summary>
sealed class Rollout
{
    readonly int _copies;
    readonly float[] _nextValues;
    readonly bool[] _isFinished;

    /// <summary>An empty rollout.</summary>
    public Rollout(int steps, int copies, Space observationSpace, int actionSize)
    {
        var rows = steps * copies;
        (Steps, _copies, ActionSize) = (steps, copies, actionSize);
        Observations = new SpaceBuffer(observationSpace, rows);
        Actions = new float[rows * actionSize];
        (LogProbabilities, Values, Rewards) = (new float[rows], new float[rows], new float[rows]);
        (Advantages, Returns) = (new float[rows], new float[rows]);
        (_nextValues, _isFinished) = (new float[rows], new bool[rows]);
    }

    /// <summary>Checks that a rollout of these sizes fits into arrays and into memory, before one is made.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public static void Check(int steps, int copies, Space observationSpace, int actionSize)
    {
        const double gigaByte = 1e9;
        var row = (observationSpace.Size * observationSpace.ElementSize) + (sizeof(float) * (actionSize + 6L)) + 1;
        var rows = (long)steps * copies;
        var memory = MachineMemory.Available;
        var mostOfArray = int.MaxValue / Math.Max(observationSpace.Size * observationSpace.ElementSize, sizeof(float) * actionSize);
        var most = Math.Min(mostOfArray, memory / row);
        if (rows > most)
        {
            var limit = most == mostOfArray ? "an array holds 2 GB" : string.Create(CultureInfo.InvariantCulture, $"this machine has {memory / gigaByte:F1} GB free");
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"a rollout of training.copies × agent.rollout_steps = {rows} steps takes {rows * row / gigaByte:F1} GB, and {limit}; "
                + $"allowed for observations of {observationSpace.Size} elements: up to {most}."));
        }
    }

    /// <summary>T, steps of each copy when full.</summary>
    public int Steps { get; }

    /// <summary>Rows when full, N·T.</summary>
    public int Rows => Rewards.Length;

    /// <summary>Numbers of one action.</summary>
    public int ActionSize { get; }

    /// <summary>Steps held.</summary>
    public int Count { get; private set; }

    /// <summary>True if it holds T steps.</summary>
    public bool IsFull => Count == Steps;

    /// <summary>s. [N·T × observation]</summary>
    public SpaceBuffer Observations { get; }

    /// <summary>a, as drawn. [N·T × action]</summary>
    public float[] Actions { get; }

    /// <summary>log π(a|s) when it was drawn. [N·T]</summary>
    public float[] LogProbabilities { get; }

    /// <summary>V(s) at that time. [N·T]</summary>
    public float[] Values { get; }

    /// <summary>r. [N·T]</summary>
    public float[] Rewards { get; }

    /// <summary>Â, once estimated. [N·T]</summary>
    public float[] Advantages { get; }

    /// <summary>V̂ = Â + V(s): what the value function is to learn. [N·T]</summary>
    public float[] Returns { get; }

    /// <summary>
    /// Adds a step of every copy. V(s′) of those that go on is taken from the next step; of those whose episode ended it is 0 until
    /// <see cref="Bootstrap"/> says otherwise.
    /// </summary>
    public void Add(StepOutcome outcome, ReadOnlySpan<float> actions, ReadOnlySpan<float> logProbabilities, ReadOnlySpan<float> values)
    {
        var row = Count * _copies;
        outcome.Observations.Bytes.CopyTo(Observations.Bytes[(Count * outcome.Observations.Bytes.Length)..]);
        actions.CopyTo(Actions.AsSpan(row * ActionSize));
        logProbabilities.CopyTo(LogProbabilities.AsSpan(row));
        values.CopyTo(Values.AsSpan(row));
        for (var copy = 0; copy < _copies; copy++)
        {
            Rewards[row + copy] = (float)outcome.Rewards[copy];
            _isFinished[row + copy] = outcome.IsFinished(copy);
            _nextValues[row + copy] = 0;
            if (Count > 0 && !_isFinished[row - _copies + copy])
            {
                _nextValues[row - _copies + copy] = values[copy];
            }
        }

        Count++;
    }

    /// <summary>V(s′) of the step added last, for a copy whose next step will not tell it.</summary>
    public void Bootstrap(int copy, float nextValue) => _nextValues[((Count - 1) * _copies) + copy] = nextValue;

    /// <summary>
    /// Generalised advantage estimation (Schulman et al. 2016, eq. 16): δ = r + γ V(s′) − V(s), Âₜ = δₜ + γλ Âₜ₊₁. An episode's end
    /// ends the sum; V(s′) is 0 only where the task terminated.
    /// </summary>
    public void Estimate(double discount, double lambda)
    {
        for (var copy = 0; copy < _copies; copy++)
        {
            var advantage = 0.0;
            for (var t = Steps - 1; t >= 0; t--)
            {
                var row = (t * _copies) + copy;
                var delta = Rewards[row] + (discount * _nextValues[row]) - Values[row];
                advantage = delta + (_isFinished[row] ? 0 : discount * lambda * advantage);
                Advantages[row] = (float)advantage;
                Returns[row] = (float)(advantage + Values[row]);
            }
        }
    }

    /// <summary>Mean and deviation (of N − 1 degrees, and never 0) of the advantages of some rows.</summary>
    public (double Mean, double Deviation) AdvantageMoments(ReadOnlySpan<int> rows)
    {
        var (mean, squares) = (0.0, 0.0);
        foreach (var row in rows)
        {
            mean += Advantages[row] / (double)rows.Length;
        }

        foreach (var row in rows)
        {
            squares += (Advantages[row] - mean) * (Advantages[row] - mean);
        }

        return (mean, Math.Sqrt(squares / (rows.Length - 1)) + 1e-8);
    }

    /// <summary>1 − Var(V̂ − V) / Var(V̂): 1 if the values are right, 0 if a constant would do as well.</summary>
    public double ExplainedVariance()
    {
        static double Variance(IEnumerable<double> numbers)
        {
            var all = numbers.ToArray();
            var mean = all.Average();
            return all.Average(number => (number - mean) * (number - mean));
        }

        var variance = Variance(Returns.Select(value => (double)value));
        return variance == 0 ? 0 : 1 - (Variance(Returns.Zip(Values, (r, v) => (double)r - v)) / variance);
    }

    /// <summary>Forgets everything.</summary>
    public void Clear() => Count = 0;

    /// <summary>Writes the steps held.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(Rows);
        writer.Write(Count);
        writer.Write(ObservationBytes);
        foreach (var field in Fields)
        {
            writer.Write(MemoryMarshal.AsBytes(field.AsSpan(0, field.Length / Steps * Count)));
        }

        writer.Write(MemoryMarshal.AsBytes(_isFinished.AsSpan(0, Count * _copies)));
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is of another size.</exception>
    public void Load(BinaryReader reader)
    {
        var rows = reader.ReadInt32();
        if (rows != Rows)
        {
            throw new InvalidDataException($"The saved rollout is of {rows} steps of all copies; this one of {Rows}.");
        }

        Count = reader.ReadInt32();
        reader.BaseStream.ReadExactly(ObservationBytes);
        foreach (var field in Fields)
        {
            reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(field.AsSpan(0, field.Length / Steps * Count)));
        }

        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_isFinished.AsSpan(0, Count * _copies)));
    }

    /// <summary>Everything in floats that is not estimated anew.</summary>
    float[][] Fields => [Actions, LogProbabilities, Values, Rewards, _nextValues];

    Span<byte> ObservationBytes => Observations.Bytes[..(Observations.Bytes.Length / Steps * Count)];
}
