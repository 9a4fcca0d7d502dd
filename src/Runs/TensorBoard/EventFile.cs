using System.Buffers.Binary;

namespace RL.Runs;

/// <summary>
/// Writes a TensorBoard event file: TFRecords, one Event each. Buffered, and on disk at most two seconds later; what a killed
/// process had written is readable up to its last complete record.
/// <code>
/// uint64 length | uint32 masked CRC-32C of the length | bytes | uint32 masked CRC-32C of the bytes      (little-endian)
/// </code>
/// </summary>
sealed class EventFile : IDisposable
{
    static readonly TimeSpan _flushInterval = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    readonly FileStream _stream;
    readonly TimeProvider _clock;
    readonly ITimer _timer;

    /// <summary>Creates a new event file in <paramref name="folder"/>.</summary>
    public EventFile(string folder, TimeProvider clock)
    {
        _clock = clock;
        _stream = Begin(folder, clock);
        Write(EventMessage.FileVersion(WallTime));
        Flush();
        _timer = clock.CreateTimer(_ => Flush(), null, _flushInterval, _flushInterval);
    }

    /// <summary>File name within its folder.</summary>
    public string Name => Path.GetFileName(_stream.Name);

    /// <summary>Bytes written, those that are still buffered too.</summary>
    public long Length
    {
        get
        {
            lock (_lock)
            {
                return _stream.Position;
            }
        }
    }

    public void Scalar(string tag, double value, long step) => Write(EventMessage.Scalar(WallTime, step, tag, value));

    public void Text(string tag, string markdown, long step) => Write(EventMessage.Text(WallTime, step, tag, markdown));

    /// <inheritdoc cref="EventMessage.SessionStart"/>
    public void SessionStart(long step) => Write(EventMessage.SessionStart(WallTime, step));

    /// <summary>Hands everything to the operating system, and to the disk if <paramref name="toDisk"/>.</summary>
    public void Flush(bool toDisk = false)
    {
        lock (_lock)
        {
            // The timer may come once more after the end.
            if (_stream.CanWrite)
            {
                _stream.Flush(toDisk);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            _stream.Dispose();
        }
    }

    double WallTime => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <remarks>TensorBoard reads the files of a folder in the order of their names, which begin with the time.</remarks>
    static FileStream Begin(string folder, TimeProvider clock)
    {
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds();
        // A session that follows within the same second must still sort behind.
        var last = Directory.EnumerateFiles(folder, "events.out.tfevents.*")
            .Select(file => long.TryParse(Path.GetFileName(file).Split('.')[3], out var time) ? time : 0)
            .DefaultIfEmpty().Max();
        var name = $"events.out.tfevents.{Math.Max(seconds, last + 1):D10}.{Environment.MachineName}.{Environment.ProcessId}.0.v2";
        return new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 16);
    }

    void Write(byte[] message)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(header, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Crc32C.Masked(header[..8]));
        Span<byte> footer = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(footer, Crc32C.Masked(message));
        lock (_lock)
        {
            _stream.Write(header);
            _stream.Write(message);
            _stream.Write(footer);
        }
    }
}
