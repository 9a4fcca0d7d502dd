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
    const int BufferBytes = 1 << 16;

    static readonly TimeSpan _flushInterval = TimeSpan.FromSeconds(2);

    readonly Lock _lock = new();
    readonly FileStream _stream;
    readonly MemoryStream _waiting = new();
    readonly TimeProvider _clock;
    readonly ITimer _timer;
    readonly Action? _beforeWriting;
    Exception? _failure;
    long _written;
    uint _crc;

    /// <summary>Begins a file of its own.</summary>
    /// <param name="folder">Where.</param>
    /// <param name="clock">For its name and the times in it.</param>
    /// <param name="making">Told its name before it is there.</param>
    /// <param name="beforeWriting">Called before something is written to the disk; an exception from it is one of the disk.</param>
    public EventFile(string folder, TimeProvider clock, Action<string>? making = null, Action? beforeWriting = null)
    {
        _clock = clock;
        _beforeWriting = beforeWriting;
        _stream = Begin(folder, clock, making);
        Write(EventMessage.FileVersion(WallTime));
        Flush();
        _timer = clock.CreateTimer(_ => FlushInBackground(), null, _flushInterval, _flushInterval);
    }

    /// <summary>
    /// Why the disk does not take what was written, null if it does. What is buffered stays there, so that <see cref="Flush"/> tries again.
    /// </summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
            {
                return _failure;
            }
        }
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
                return _written + _waiting.Length;
            }
        }
    }

    /// <summary>What a checkpoint says of the file: its name, its length and the checksum, those of what is still buffered included.</summary>
    public CheckpointPart Extent
    {
        get
        {
            lock (_lock)
            {
                return new(Name, _written + _waiting.Length, _crc);
            }
        }
    }

    public void Scalar(string tag, double value, long step) => Write(EventMessage.Scalar(WallTime, step, tag, value));

    public void Text(string tag, string markdown, long step) => Write(EventMessage.Text(WallTime, step, tag, markdown));

    /// <summary>The distribution of the values that are finite.</summary>
    public void Histogram(string tag, ReadOnlySpan<float> values, long step) =>
        Write(EventMessage.Histogram(WallTime, step, tag, HistogramBuckets.Of(values)));

    /// <summary>A picture that is a PNG file already.</summary>
    public void Image(string tag, byte[] png, long step)
    {
        var (width, height) = PngFile.SizeOf(png);
        Write(EventMessage.Image(WallTime, step, tag, width, height, png));
    }

    /// <inheritdoc cref="EventMessage.HyperParameters(double, IReadOnlyDictionary{string, object})"/>
    public void HyperParameters(IReadOnlyDictionary<string, object> values) => Write(EventMessage.HyperParameters(WallTime, values));

    /// <inheritdoc cref="EventMessage.Layout"/>
    public void Layout(string title, IReadOnlyList<(string Title, string[] Tags)> charts) => Write(EventMessage.Layout(WallTime, title, charts));

    /// <inheritdoc cref="EventMessage.HyperParametersEnd"/>
    public void HyperParametersEnd(long step, bool isSuccess) => Write(EventMessage.HyperParametersEnd(WallTime, step, isSuccess));

    /// <inheritdoc cref="EventMessage.SessionStart"/>
    public void SessionStart(long step) => Write(EventMessage.SessionStart(WallTime, step));

    /// <summary>Hands everything to the operating system, and to the disk if <paramref name="toDisk"/>.</summary>
    /// <exception cref="IOException">It does not take it; what is buffered stays there.</exception>
    public void Flush(bool toDisk = false)
    {
        lock (_lock)
        {
            // The timer may come once more after the end.
            if (_stream.CanWrite)
            {
                WriteWaiting();
                if (toDisk)
                {
                    Disk.Flush(_stream);
                }

                _failure = null;
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The disk does not take what is buffered.</exception>
    public void Dispose()
    {
        _timer.Dispose();
        lock (_lock)
        {
            try
            {
                // A failure that was told is not told again in place of what it led to.
                if (_stream.CanWrite && _failure is null)
                {
                    WriteWaiting();
                }
            }
            finally
            {
                _stream.Dispose();
            }
        }
    }

    /// <summary>On a thread of the pool, where an exception would end the process: whoever writes next is told of it.</summary>
    void FlushInBackground()
    {
        try
        {
            Flush();
        }
        catch (Exception exception)
        {
            lock (_lock)
            {
                _failure = exception;
            }
        }
    }

    void WriteWaiting()
    {
        if (_waiting.Length > 0)
        {
            _beforeWriting?.Invoke();
            // From where the last complete write ended: what a full disk took of another is written over.
            Disk.Write(_stream, _waiting.GetBuffer().AsSpan(0, (int)_waiting.Length), _written);
            _written += _waiting.Length;
            _waiting.SetLength(0);
        }
    }

    double WallTime => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    /// <remarks>TensorBoard reads the files of a folder in the order of their names, which begin with the time.</remarks>
    static FileStream Begin(string folder, TimeProvider clock, Action<string>? making)
    {
        var seconds = clock.GetUtcNow().ToUnixTimeSeconds();
        // A session that follows within the same second must still sort behind.
        var last = Directory.EnumerateFiles(folder, "events.out.tfevents.*")
            .Select(file => long.TryParse(Path.GetFileName(file).Split('.')[3], out var time) ? time : 0)
            .DefaultIfEmpty().Max();
        var name = $"events.out.tfevents.{Math.Max(seconds, last + 1):D10}.{Environment.MachineName}.{Environment.ProcessId}.0.v2";
        making?.Invoke(name);
        return new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 0);
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
            _waiting.Write(header);
            _waiting.Write(message);
            _waiting.Write(footer);
            _crc = Crc32C.Append(Crc32C.Append(Crc32C.Append(_crc, header), message), footer);
            if (_waiting.Length >= BufferBytes && _failure is null)
            {
                FlushInBackground();
            }
        }
    }
}
