using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace RL.Runs.Tests;

public sealed class EventFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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

    string WriteOne(Action<EventFile> write)
    {
        using var file = new EventFile(_folder.Path, new ManualClock());
        write(file);
        return _folder.File(file.Name);
    }

    [Fact]
    public void Histogram_OfValues_IsATensorOfBuckets()
    {
        var path = WriteOne(file => file.Histogram("weights/a", [0, 1, 2, 2, 3, float.NaN, float.PositiveInfinity], 5));

        var value = EventReader.Value(path, "weights/a");
        var metadata = EventReader.AllFields((byte[])value[9].Single());
        Assert.Equal("histograms"u8.ToArray(), EventReader.AllFields((byte[])metadata[1].Single())[1].Single());
        Assert.Equal(2UL, metadata[4].Single());
        var tensor = EventReader.AllFields((byte[])value[8].Single());
        Assert.Equal(2UL, tensor[1].Single());
        var sizes = EventReader.AllFields((byte[])tensor[2].Single())[2].Select(size => EventReader.AllFields((byte[])size)[1].Single());
        Assert.Equal([30UL, 3UL], sizes);
        var rows = MemoryMarshal.Cast<byte, double>((byte[])tensor[4].Single()).ToArray().Chunk(3).ToArray();
        Assert.Equal((0, 3), (rows[0][0], rows[^1][1]));
        Assert.All(rows.Zip(rows.Skip(1)), pair => Assert.Equal(pair.First[1], pair.Second[0]));
        Assert.Equal([(0, 1), (10, 1), (20, 2), (29, 1)], rows.Select((row, i) => (i, (int)row[2])).Where(bucket => bucket.Item2 > 0));
    }

    [Fact]
    public void Histogram_OfEqualValuesOrNone_IsOneBucketOrEmpty()
    {
        Assert.Equal([7, 7, 3], HistogramBuckets.Of([7, 7, 7])[^3..]);
        Assert.Equal(3, HistogramBuckets.Of([7, 7, 7]).Chunk(3).Sum(row => row[2]));
        Assert.All(HistogramBuckets.Of([float.NaN]), number => Assert.Equal(0, number));
    }

    [Fact]
    public void Image_OfPixels_IsAPngWithTheseSizes()
    {
        byte[] rgb = [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7, 6, 5, 4, 3, 2, 1];
        var png = PngFile.Encode(3, 2, rgb);
        var path = WriteOne(file => file.Image("evaluation/episode", png, 4));

        var value = EventReader.Value(path, "evaluation/episode");
        var metadata = EventReader.AllFields((byte[])value[9].Single());
        Assert.Equal("images"u8.ToArray(), EventReader.AllFields((byte[])metadata[1].Single())[1].Single());
        var strings = EventReader.AllFields((byte[])value[8].Single())[8].Cast<byte[]>().ToArray();
        Assert.Equal(["3", "2"], strings[..2].Select(Encoding.UTF8.GetString));
        Assert.Equal(png, strings[2]);
        // Independently: chunks, checksums by the definition, rows back from differences.
        var (content, position) = (new MemoryStream(), 8);
        var names = new List<string>();
        while (position < png.Length)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(position));
            names.Add(Encoding.ASCII.GetString(png, position + 4, 4));
            Assert.Equal(System.IO.Hashing.Crc32.HashToUInt32(png.AsSpan(position + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(position + 8 + length)));
            content.Write(names[^1] == "IDAT" ? png.AsSpan(position + 8, length) : []);
            position += 12 + length;
        }

        Assert.Equal(["IHDR", "IDAT", "IEND"], names);
        content.Position = 0;
        using var unpacked = new MemoryStream();
        using (var zlib = new ZLibStream(content, CompressionMode.Decompress))
        {
            zlib.CopyTo(unpacked);
        }

        var rows = unpacked.ToArray().Chunk(10).ToArray();
        Assert.Equal(rgb[..9], rows[0][1..]);
        Assert.Equal(rgb[9..], rows[1][1..].Zip(rows[0][1..], (difference, above) => (byte)(difference + above)));
    }

    [Fact]
    public void HyperParameters_OfEveryKind_AreInThePluginsContent()
    {
        var path = WriteOne(file => file.HyperParameters(new Dictionary<string, object> { ["lr"] = 0.5, ["on"] = true, ["agent"] = "td3" }));

        var metadata = EventReader.AllFields((byte[])EventReader.Value(path, "_hparams_/session_start_info")[9].Single());
        var plugin = EventReader.AllFields((byte[])metadata[1].Single());
        Assert.Equal("hparams"u8.ToArray(), plugin[1].Single());
        var session = EventReader.AllFields((byte[])EventReader.AllFields((byte[])plugin[2].Single())[3].Single());
        var values = session[1].Select(entry => EventReader.AllFields((byte[])entry)).ToDictionary(
            entry => Encoding.UTF8.GetString((byte[])entry[1].Single()), entry => EventReader.AllFields((byte[])entry[2].Single()));
        Assert.Equal(BitConverter.DoubleToUInt64Bits(0.5), values["lr"][2].Single());
        Assert.Equal(1UL, values["on"][4].Single());
        Assert.Equal("td3"u8.ToArray(), values["agent"][3].Single());
    }

    [Fact]
    public void Layout_OfCharts_IsAStringTensorOfTheCustomScalarsPlugin()
    {
        var path = WriteOne(file => file.Layout("training", [("returns", ["episode/return", "evaluation/return"]), ("losses", ["loss/.*"])]));

        var value = EventReader.Value(path, "custom_scalars__config__");
        var metadata = EventReader.AllFields((byte[])value[9].Single());
        Assert.Equal("custom_scalars"u8.ToArray(), EventReader.AllFields((byte[])metadata[1].Single())[1].Single());
        var tensor = EventReader.AllFields((byte[])value[8].Single());
        Assert.Equal((7UL, 0), ((ulong)tensor[1].Single(), ((byte[])tensor[2].Single()).Length));
        var category = EventReader.AllFields((byte[])EventReader.AllFields((byte[])tensor[8].Single())[2].Single());
        Assert.Equal("training"u8.ToArray(), category[1].Single());
        Assert.Equal(["returns: episode/return evaluation/return", "losses: loss/.*"], category[2].Select(chart => EventReader.AllFields((byte[])chart)).Select(chart =>
            $"{Encoding.UTF8.GetString((byte[])chart[1].Single())}: {string.Join(' ', EventReader.AllFields((byte[])chart[2].Single())[1].Select(tag => Encoding.UTF8.GetString((byte[])tag)))}"));
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
