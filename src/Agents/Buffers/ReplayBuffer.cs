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
    const int MostBytesPerFile = 1 << 24;
    const double GigaByte = 1e9;

    readonly Field<float> _observations, _actions, _rewards, _nextObservations;
    readonly Field<byte> _terminated;

    /// <summary>Transitions added since the beginning; number i is in row i mod <see cref="Capacity"/>.</summary>
    long _added;

    /// <summary>An empty buffer.</summary>
    /// <exception cref="ArgumentException">A field would not fit into one array, or all of them not into this machine's memory.</exception>
    public ReplayBuffer(int capacity, int observationSize, int actionSize)
    {
        var transition = (sizeof(float) * ((2L * observationSize) + actionSize + 1)) + sizeof(byte);
        var memory = MachineMemory.Available;
        var mostOfArray = int.MaxValue / (sizeof(float) * Math.Max(observationSize, actionSize));
        var most = Math.Min(mostOfArray, memory / transition);
        if (capacity < 1 || capacity > most)
        {
            var limit = most == mostOfArray ? "an array holds 2 GB" : $"this machine has {Text(memory)} free";
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
    public int Count => (int)Math.Min(_added, Capacity);

    int RowBytes => (sizeof(float) * ((2 * _observations.Size) + _actions.Size + 1)) + 1;

    /// <summary>Adds the transition of every copy. Actions are kept as the networks see them, in [−1, 1].</summary>
    public void Add(StepOutcome outcome, ActionScaling scaling)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        ArgumentNullException.ThrowIfNull(scaling);
        for (var copy = 0; copy < outcome.Rewards.Length; copy++)
        {
            var row = RowOf(_added);
            outcome.Observations.RowToSingle(copy, _observations[row]);
            scaling.Normalize(outcome.Actions.Row<float>(copy), _actions[row]);
            _rewards[row][0] = (float)outcome.Rewards[copy];
            outcome.NextObservations.RowToSingle(copy, _nextObservations[row]);
            // Only a termination cuts the bootstrap: an episode that the time limit cut off still has a future.
            _terminated[row][0] = outcome.Terminated[copy] ? (byte)1 : (byte)0;
            _added++;
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

    /// <summary>Writes the transitions held; to an <see cref="IRowLogWriter"/> only those that are new.</summary>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Capacity);
        writer.Write(_added);
        if (writer is IRowLogWriter log)
        {
            // What is forgotten goes file by file: a sixteenth of the buffer is little to keep too long.
            var most = Math.Max(1, MostBytesPerFile / RowBytes);
            log.WriteRows(_added - Count, _added, RowBytes, Math.Clamp(Capacity / 16, Math.Min(1024, most), most), Write);
            return;
        }

        var bytes = new byte[RowBytes];
        for (var i = _added - Count; i < _added; i++)
        {
            Write(i, bytes);
            writer.Write(bytes);
        }
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

        _added = reader.ReadInt64();
        if (reader is IRowLogReader log)
        {
            log.ReadRows(_added - Count, _added, RowBytes, Read);
            return;
        }

        var bytes = new byte[RowBytes];
        for (var i = _added - Count; i < _added; i++)
        {
            reader.BaseStream.ReadExactly(bytes);
            Read(i, bytes);
        }
    }

    int RowOf(long transition) => (int)(transition % Capacity);

    /// <summary>A transition's bytes: s, a, r, s′, terminated.</summary>
    void Write(long transition, Span<byte> bytes)
    {
        var row = RowOf(transition);
        foreach (var field in (ReadOnlySpan<Field<float>>)[_observations, _actions, _rewards, _nextObservations])
        {
            var values = MemoryMarshal.AsBytes(field[row]);
            values.CopyTo(bytes);
            bytes = bytes[values.Length..];
        }

        bytes[0] = _terminated[row][0];
    }

    void Read(long transition, ReadOnlySpan<byte> bytes)
    {
        var row = RowOf(transition);
        foreach (var field in (ReadOnlySpan<Field<float>>)[_observations, _actions, _rewards, _nextObservations])
        {
            var values = MemoryMarshal.AsBytes(field[row]);
            bytes[..values.Length].CopyTo(values);
            bytes = bytes[values.Length..];
        }

        _terminated[row][0] = bytes[0];
    }

    /// <summary>One block: <paramref name="capacity"/> rows of <paramref name="size"/> elements. Uninitialised, so that unused pages cost nothing.</summary>
    readonly struct Field<T>(int capacity, int size)
        where T : unmanaged
    {
        readonly T[] _values = GC.AllocateUninitializedArray<T>(capacity * size);

        public int Size => size;

        public Span<T> this[int row] => _values.AsSpan(row * size, size);

        public void CopyRow(int row, Span<T> destination, int destinationRow) =>
            this[row].CopyTo(destination.Slice(destinationRow * size, size));
    }
}
