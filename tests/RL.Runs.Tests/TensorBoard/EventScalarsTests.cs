using Google.Protobuf;

namespace RL.Runs.Tests;

public sealed class EventScalarsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Writes an event file of others with one record.</summary>
    void Write(byte[] message)
    {
        var (length, crc) = (BitConverter.GetBytes((long)message.Length), BitConverter.GetBytes(Crc32C.Masked(message)));
        File.WriteAllBytes(
            _folder.File("events.out.tfevents.1.others"), [.. length, .. BitConverter.GetBytes(Crc32C.Masked(length)), .. message, .. crc]);
    }

    static byte[] Field(int number, byte[] content)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(content));
        }

        return memory.ToArray();
    }

    /// <summary>A Value { tag, simple_value }.</summary>
    static byte[] Value(string tag, float value) => Field(1, [.. Field(1, System.Text.Encoding.UTF8.GetBytes(tag)), 0x15, .. BitConverter.GetBytes(value)]);

    [Fact]
    public void Read_SeveralValuesInASummary_AreAllRead()
    {
        Write([0x10, 7, .. Field(5, [.. Value("a", 1), .. Value("b", 2), .. Value("a", 3)])]);

        Assert.Equal([(7L, 1f), (7L, 3f)], EventScalars.Read(_folder.Path, "a"));
        Assert.Equal([(7L, 2f)], EventScalars.Read(_folder.Path, "b"));
        Assert.Equal(["a", "b"], EventScalars.Tags(_folder.Path).Order());
    }

    [Fact]
    public void Read_ASummaryWithoutValues_IsNone()
    {
        Write([0x10, 7, .. Field(5, [])]);

        Assert.Empty(EventScalars.Tags(_folder.Path));
    }

    [Theory]
    [InlineData(new byte[] { 0x28, 1 })]
    [InlineData(new byte[] { 0x2a, 100, 1 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff })]
    public void Read_ARecordThatIsNoEvent_NamesTheFile(byte[] message)
    {
        Write(message);

        Assert.Contains("events.out.tfevents.1.others is damaged", Assert.Throws<InvalidDataException>(() => EventScalars.Tags(_folder.Path)).Message);
    }
}
