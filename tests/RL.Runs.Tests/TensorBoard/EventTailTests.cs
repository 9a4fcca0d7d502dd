using System.Text;

namespace RL.Runs.Tests;

public sealed class EventTailTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    sealed class Steps : IEventVisitor
    {
        public List<long> Values { get; } = [];

        public List<long> Sessions { get; } = [];

        public void SessionStart(long step) => Sessions.Add(step);

        public void Value(in EventValue value) => Values.Add(value.Step);
    }

    string Written(int count)
    {
        using var file = new EventFile(_folder.Path, new ManualClock());
        for (var step = 1; step <= count; step++)
        {
            file.Scalar("a", step, step);
        }

        return _folder.File(file.Name);
    }

    [Fact]
    public void Read_AFileThatGrowsByteByByte_HandsOutEachRecordOnce()
    {
        var bytes = File.ReadAllBytes(Written(3));
        var path = _folder.File("growing.tfevents");
        var (tail, seen) = (new EventTail(path), new Steps());
        for (var length = 0; length <= bytes.Length; length++)
        {
            File.WriteAllBytes(path, bytes[..length]);
            tail.Read(seen);
        }

        Assert.Null(tail.Problem);
        Assert.Equal([1, 2, 3], seen.Values);
        Assert.Equal(bytes.Length, tail.Position);
    }

    [Fact]
    public void Read_InPieces_SaysThatThereIsMore()
    {
        var (tail, seen) = (new EventTail(Written(5000)), new Steps());
        var pieces = 1;
        while (tail.Read(seen, mostBytes: 70_000))
        {
            pieces++;
        }

        Assert.InRange(pieces, 2, 5000);
        Assert.Equal(Enumerable.Range(1, 5000).Select(step => (long)step), seen.Values);
    }

    [Fact]
    public void Read_AnyByteChanged_NeverFailsOtherwiseThanByItsProblem()
    {
        var bytes = File.ReadAllBytes(Written(2));
        var path = _folder.File("damaged.tfevents");
        for (var i = 0; i < bytes.Length; i++)
        {
            var damaged = bytes.ToArray();
            damaged[i] ^= 0x40;
            File.WriteAllBytes(path, damaged);
            var (tail, seen) = (new EventTail(path), new Steps());
            Assert.False(tail.Read(seen));
            Assert.Contains("damaged.tfevents is damaged", tail.Problem);
        }
    }

    /// <summary>With checksums that fit, so that only the content is wrong.</summary>
    static byte[] Record(ReadOnlySpan<byte> message)
    {
        var length = BitConverter.GetBytes((long)message.Length);
        return [.. length, .. BitConverter.GetBytes(Crc32C.Masked(length)), .. message, .. BitConverter.GetBytes(Crc32C.Masked(message))];
    }

    [Fact]
    public void Read_HostileRecords_EndTheFileAndNothingElse()
    {
        var huge = BitConverter.GetBytes(long.MaxValue);
        byte[][] files =
        [
            [.. huge, .. BitConverter.GetBytes(Crc32C.Masked(huge)), 1, 2, 3],
            Record([0x2a, 0xff, 0xff, 0xff, 0xff, 0x0f]),
            Record([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
            Record([0x2b]),
            Record([0x00, 0x00]),
            Record([0x2a, 4, 0x0a, 2, 0x42, 0x7f]),
        ];
        foreach (var file in files)
        {
            var path = _folder.File("hostile.tfevents");
            File.WriteAllBytes(path, file);
            var tail = new EventTail(path);
            Assert.False(tail.Read(new Steps()));
            Assert.Contains("hostile.tfevents is damaged", tail.Problem);
        }
    }

    [Fact]
    public void Read_RandomMessages_NeverThrow()
    {
        var random = new RL.Environments.Pcg64(1, 1);
        var path = _folder.File("random.tfevents");
        for (var trial = 0; trial < 300; trial++)
        {
            var message = new byte[1 + random.NextInt(40)];
            foreach (ref var value in message.AsSpan())
            {
                // Mostly the tags that mean something here.
                value = (byte)(random.NextInt(2) == 0 ? random.NextInt(256) : new[] { 0x0a, 0x2a, 0x42, 0x4a, 0x15, 2, 4, 6 }[random.NextInt(8)]);
            }

            File.WriteAllBytes(path, Record(message));
            new EventTail(path).Read(new Everything());
        }
    }

    /// <summary>Decodes all that a dashboard would.</summary>
    sealed class Everything : IEventVisitor
    {
        public void SessionStart(long step)
        {
        }

        public void Value(in EventValue value)
        {
            EventParser.Number(value.Tensor);
            EventParser.Strings(value.Tensor, 3);
            EventParser.Buckets(value.Tensor, value.Histogram, 100);
            Encoding.UTF8.GetString(value.Tag);
        }
    }
}
