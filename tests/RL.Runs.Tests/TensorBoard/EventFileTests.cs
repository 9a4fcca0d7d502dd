using System.Text;

namespace RL.Runs.Tests;

public sealed class EventFileTests
{
    [Fact]
    public void Masked_KnownText_IsTheKnownChecksum()
    {
        // "123456789" is the check value of every CRC catalogue: CRC-32C 0xE3069283.
        Assert.Equal(0xE3069283u, Crc32C.Append(0, "123456789"u8));
        Assert.Equal(EventReader.SlowMaskedCrc("123456789"u8), Crc32C.Masked("123456789"u8));
    }

    [Fact]
    public void Append_InParts_IsTheSameAsAtOnce()
    {
        var bytes = Encoding.UTF8.GetBytes(new string('x', 1000) + "end");

        Assert.Equal(Crc32C.Append(0, bytes), Crc32C.Append(Crc32C.Append(0, bytes.AsSpan(0, 13)), bytes.AsSpan(13)));
    }

    [Fact]
    public void Scalar_AndText_AreReadBack()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        string name;
        using (var file = new EventFile(folder.Path, clock))
        {
            name = file.Name;
            file.Text("options/text_summary", "| a |", 0);
            clock.Advance(TimeSpan.FromSeconds(1.25));
            file.Scalar("loss/critic", 0.1, 7_000_000_000);
            file.SessionStart(8);
        }

        Assert.Matches(@"^events\.out\.tfevents\.1738367999\..+\.\d+\.0\.v2$", name);
        Assert.Equal(
            [
                new EventRecord(1738367999.5, 0, "brain.Event:2", null, null, null, null, null),
                new EventRecord(1738367999.5, 0, null, "options/text_summary", null, "| a |", "text", null),
                new EventRecord(1738368000.75, 7_000_000_000, null, "loss/critic", 0.1f, null, null, null),
                new EventRecord(1738368000.75, 8, null, null, null, null, null, 1),
            ],
            EventReader.Read(folder.File(name)));
    }

    [Fact]
    public void Scalar_AfterTheTimer_IsOnDisk()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        using var file = new EventFile(folder.Path, clock);
        file.Scalar("a", 1, 1);
        Assert.Single(EventReader.Read(folder.File(file.Name)));

        clock.FireTimers();

        Assert.Equal(2, EventReader.Read(folder.File(file.Name)).Count);
        Assert.Equal(file.Length, new FileInfo(folder.File(file.Name)).Length);
    }

    [Fact]
    public void Read_FileCutAnywhere_HasItsCompleteRecords()
    {
        using var folder = new TemporaryFolder();
        string path;
        using (var file = new EventFile(folder.Path, new ManualClock()))
        {
            path = folder.File(file.Name);
            file.Scalar("a", 1, 1);
            file.Scalar("b", 2, 2);
        }

        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..^1]);

        Assert.Equal(["a"], EventReader.Read(path).Select(record => record.Tag).OfType<string>());
    }

    [Fact]
    public void Constructor_SecondFileInTheSameSecond_SortsBehind()
    {
        using var folder = new TemporaryFolder();
        var clock = new ManualClock();
        using var first = new EventFile(folder.Path, clock);
        using var second = new EventFile(folder.Path, clock);

        Assert.True(string.CompareOrdinal(first.Name, second.Name) < 0);
    }
}
