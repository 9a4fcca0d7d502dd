using System.Globalization;
using System.Runtime.InteropServices;
using RL.Environments;

namespace RL.Agents;

/// <summary>
/// The last <see cref="Capacity"/> transitions (s, a, r, s′, terminated), one preallocated block per field; once full the oldest is
/// overwritten. Memory is touched only as far as the buffer is filled.
/// </summary>
public sealed class ReplayBuffer
{
    const double GigaByte = 1e9;

    readonly Field<float> _observations, _actions, _rewards, _nextObservations;
    readonly Field<byte> _terminated;
    int _next;

    /// <summary>An empty buffer.</summary>
    /// <exception cref="ArgumentException">A field would not fit into one array, or all of them not into this machine's memory.</exception>
    public ReplayBuffer(int capacity, int observationSize, int actionSize)
    {
        var transition = (sizeof(float) * ((2L * observationSize) + actionSize + 1)) + sizeof(byte);
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        var mostOfArray = int.MaxValue / (sizeof(float) * Math.Max(observationSize, actionSize));
        var most = Math.Min(mostOfArray, memory / transition);
        if (capacity < 1 || capacity > most)
        {
            var limit = most == mostOfArray ? "an array holds 2 GB" : $"this machine has {Text(memory)}";
            throw new ArgumentException(
                $"a replay buffer of {capacity} transitions takes {Text(capacity * transition)}, and {limit}; "
                + $"allowed for observations of {observationSize} elements: replay_capacity from 1 to {most}.");
        }

        Capacity = capacity;
        _observations = new(capacity, observationSize);
        _actions = new(capacity, actionSize);
        _rewards = new(capacity, 1);
        _nextObservations = new(capacity, observationSize);
        _terminated = new(capacity, 1);
    }

    /// <summary>Most transitions held.</summary>
    public int Capacity { get; }

    /// <summary>Transitions held now.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the transition of every copy. Actions are kept as the networks see them, in [−1, 1].</summary>
    public void Add(StepOutcome outcome, ActionScaling scaling)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        ArgumentNullException.ThrowIfNull(scaling);
        for (var copy = 0; copy < outcome.Rewards.Length; copy++)
        {
            outcome.Observations.RowToSingle(copy, _observations[_next]);
            scaling.Normalize(outcome.Actions.Row<float>(copy), _actions[_next]);
            _rewards[_next][0] = (float)outcome.Rewards[copy];
            outcome.NextObservations.RowToSingle(copy, _nextObservations[_next]);
            // Only a termination cuts the bootstrap: an episode that the time limit cut off still has a future.
            _terminated[_next][0] = outcome.Terminated[copy] ? (byte)1 : (byte)0;
            _next = (_next + 1) % Capacity;
            Count = Math.Min(Count + 1, Capacity);
        }
    }

    static string Text(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / GigaByte:F1} GB");

    /// <summary>Fills <paramref name="batch"/> with transitions drawn uniformly, with replacement.</summary>
    public void Sample(Pcg64 random, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(batch);
        var rows = batch.Host;
        for (var i = 0; i < batch.Size; i++)
        {
            var index = random.NextInt(Count);
            _observations.CopyRow(index, rows.Observations, i);
            _actions.CopyRow(index, rows.Actions, i);
            _rewards.CopyRow(index, rows.Rewards, i);
            _nextObservations.CopyRow(index, rows.NextObservations, i);
            rows.Continues[i] = 1 - _terminated[index][0];
        }

        batch.Upload();
    }

    /// <summary>Writes the transitions held.</summary>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Capacity);
        writer.Write(Count);
        writer.Write(_next);
        writer.Write(_observations.Bytes(Count));
        writer.Write(_actions.Bytes(Count));
        writer.Write(_rewards.Bytes(Count));
        writer.Write(_nextObservations.Bytes(Count));
        writer.Write(_terminated.Bytes(Count));
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The capacity is another one.</exception>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var capacity = reader.ReadInt32();
        if (capacity != Capacity)
        {
            throw new InvalidDataException($"The saved replay buffer holds {capacity} transitions; this one holds {Capacity}.");
        }

        Count = reader.ReadInt32();
        _next = reader.ReadInt32();
        reader.BaseStream.ReadExactly(_observations.Bytes(Count));
        reader.BaseStream.ReadExactly(_actions.Bytes(Count));
        reader.BaseStream.ReadExactly(_rewards.Bytes(Count));
        reader.BaseStream.ReadExactly(_nextObservations.Bytes(Count));
        reader.BaseStream.ReadExactly(_terminated.Bytes(Count));
    }

    /// <summary>One block: <paramref name="capacity"/> rows of <paramref name="size"/> elements. Uninitialised, so that unused pages cost nothing.</summary>
    readonly struct Field<T>(int capacity, int size)
        where T : unmanaged
    {
        readonly T[] _values = GC.AllocateUninitializedArray<T>(capacity * size);

        public Span<T> this[int row] => _values.AsSpan(row * size, size);

        public void CopyRow(int row, Span<T> destination, int destinationRow) =>
            this[row].CopyTo(destination.Slice(destinationRow * size, size));

        public Span<byte> Bytes(int rows) => MemoryMarshal.AsBytes(_values.AsSpan(0, rows * size));
    }
}
