using System.Text.Json.Nodes;

namespace RL.Runs.Tests;

public sealed class CheckpointFileTests : IDisposable
{
    const int RowBytes = 10;

    readonly TemporaryFolder _folder = new();
    readonly RunFiles _files;
    readonly List<string> _warnings = [];

    public CheckpointFileTests()
    {
        _files = RunFiles.Create(_folder.Path);
        // What stands behind the three bytes was logged later.
        File.WriteAllBytes(_folder.File("evaluation.csv"), [1, 2, 3, 4]);
    }

    public void Dispose() => _folder.Dispose();

    CheckpointFolder Checkpoints(int kept = 2) => new(_files, kept);

    static CheckpointManifest Manifest(long step) =>
        new(step, new JsonObject { ["agent"] = "td3" }, [new("evaluation.csv", 3, Crc32C.Append(0, [1, 2, 3]))], [], null, null);

    string Write(long step, CheckpointFolder? folder = null)
    {
        (folder ?? Checkpoints()).Write(Manifest(step), null, null, writer =>
        {
            writer.Write(step);
            writer.Write(new byte[100_000]);
        });
        return _folder.File("checkpoints", $"checkpoint-{step}.bin");
    }

    /// <summary>Row i has i in every byte; a file has 8.</summary>
    static void WriteRows(CheckpointFolder folder, long step, long first, long end) =>
        folder.Write(Manifest(step), null, null, writer =>
            ((CheckpointWriter)writer).WriteRows(first, end, RowBytes, 8, (row, bytes) => bytes.Fill((byte)row)));

    static List<long> ReadRows(CheckpointFile checkpoint, long first, long end)
    {
        var rows = new List<long>();
        checkpoint.Restore(reader => ((CheckpointReader)reader).ReadRows(first, end, RowBytes, (row, bytes) =>
        {
            Assert.Equal([.. Enumerable.Repeat((byte)row, RowBytes)], bytes.ToArray());
            rows.Add(row);
        }));
        return rows;
    }

    [Fact]
    public void Write_ThenRestore_GivesBackEverything()
    {
        var checkpoint = CheckpointFile.Read(Write(7));
        long step = 0;
        checkpoint.Restore(reader => (step, _) = (reader.ReadInt64(), reader.ReadBytes(100_000)));

        Assert.Equal((7, 7), (step, checkpoint.Step));
        Assert.Equal(new CheckpointPart("evaluation.csv", 3, Crc32C.Append(0, [1, 2, 3])), Assert.Single(checkpoint.Manifest.Logs));
        Assert.Equal("""{"agent":"td3"}""", checkpoint.Manifest.Options.ToJsonString());
    }

    [Fact]
    public void Restore_StateOfAnotherShape_IsRefused()
    {
        var checkpoint = CheckpointFile.Read(Write(7));

        Assert.Contains("100000 bytes are left over", Assert.Throws<InvalidDataException>(() => checkpoint.Restore(reader => reader.ReadInt64())).Message);
    }

    [Theory]
    [InlineData(0, "is torn: it has 0 bytes")]
    [InlineData(20, "is torn: it has 20 bytes")]
    [InlineData(1000, "is torn: 1000 of ")]
    [InlineData(-1, "is torn: ")]
    public void Read_FileCutShort_IsRefused(int length, string expected)
    {
        var path = Write(7);
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, length < 0 ? bytes[..^-length] : bytes[..length]);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => CheckpointFile.Read(path)).Message);
    }

    [Theory]
    [InlineData(0, "is not a checkpoint")]
    [InlineData(8, "has version")]
    [InlineData(17, "the checksum of its header is wrong")]
    [InlineData(5000, "the checksum of its state is wrong")]
    [InlineData(-5, "the checksum of its manifest is wrong")]
    public void Read_OneBitFlipped_IsRefused(int position, string expected)
    {
        var path = Write(7);
        var bytes = File.ReadAllBytes(path);
        bytes[position < 0 ? bytes.Length + position : position] ^= 4;
        File.WriteAllBytes(path, bytes);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => CheckpointFile.Read(path)).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Write_SeveralSteps_KeepsTheNewest(int kept)
    {
        foreach (var step in new[] { 5, 20, 100, 300 })
        {
            Write(step, Checkpoints(kept));
        }

        Assert.Equal(
            new[] { 300, 100, 20 }.Take(kept).Select(step => $"checkpoint-{step}.bin").Order(),
            Directory.GetFiles(_folder.File("checkpoints")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Write_SaveThatFails_LeavesTheOldOneAndNothingElse()
    {
        Write(5);
        Assert.Throws<InvalidOperationException>(() => Checkpoints().Write(Manifest(6), null, null, _ => throw new InvalidOperationException()));

        Assert.Equal(5, Checkpoints().Newest(_warnings.Add)!.Step);
        Assert.Empty(_warnings);
        Assert.Single(Directory.GetFiles(_folder.File("checkpoints")));
    }

    [Fact]
    public void Write_Rows_AddsOnlyWhatIsNewAndDropsWhatNoKeptCheckpointNeeds()
    {
        var folder = Checkpoints();
        WriteRows(folder, 1, 0, 5);
        WriteRows(folder, 2, 0, 20);
        Assert.Equal(["replay-0.bin 80", "replay-16.bin 40", "replay-8.bin 80"], RowFilesThere());

        // The buffer holds ten: the rows before 15 are overwritten there, but the checkpoint at step 2 has them.
        WriteRows(folder, 3, 15, 25);
        Assert.Equal(["replay-0.bin 80", "replay-16.bin 80", "replay-24.bin 10", "replay-8.bin 80"], RowFilesThere());
        WriteRows(folder, 4, 17, 27);
        Assert.Equal(["replay-16.bin 80", "replay-24.bin 30", "replay-8.bin 80"], RowFilesThere());

        var newest = Checkpoints().Newest(_warnings.Add)!;
        Assert.Equal(Enumerable.Range(17, 10).Select(row => (long)row), ReadRows(newest, 17, 27));
        var older = CheckpointFile.Read(_folder.File("checkpoints", "checkpoint-3.bin"));
        Assert.Equal(Enumerable.Range(15, 10).Select(row => (long)row), ReadRows(older, 15, 25));
    }

    List<string> RowFilesThere() =>
    [
        .. Directory.GetFiles(_folder.File("checkpoints"), "replay-*").Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetFileName(file)} {new FileInfo(file).Length}"),
    ];

    [Fact]
    public void Write_RowsAfterACheckpointThatWasNeverCompleted_AreThoseOfTheNext()
    {
        WriteRows(Checkpoints(), 1, 0, 5);
        // A killed process had added rows, and not the checkpoint that names them.
        var file = _folder.File("checkpoints", "replay-0.bin");
        File.AppendAllText(file, "rows that nobody knows of");

        var again = Checkpoints();
        again.GoOnFrom(again.Newest(_warnings.Add)!.Manifest);
        WriteRows(again, 2, 0, 7);

        Assert.Empty(_warnings);
        Assert.Equal(70, new FileInfo(file).Length);
        Assert.Equal([0L, 1, 2, 3, 4, 5, 6], ReadRows(again.Newest(_warnings.Add)!, 0, 7));
    }

    [Fact]
    public void Newest_RowsThatAreDamaged_AreNoticed()
    {
        var folder = Checkpoints();
        WriteRows(folder, 1, 0, 5);
        WriteRows(folder, 2, 0, 12);
        var file = _folder.File("checkpoints", "replay-8.bin");
        var bytes = File.ReadAllBytes(file);
        bytes[3] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Equal(1, folder.Newest(_warnings.Add)!.Step);
        Assert.Contains("replay-8.bin, which a checkpoint needs, is damaged", _warnings[0]);
    }

    [Fact]
    public void Newest_NewestIsTorn_SaysSoAndTakesTheOlder()
    {
        Write(5);
        var torn = Write(6);
        File.WriteAllBytes(torn, File.ReadAllBytes(torn)[..^10]);

        Assert.Equal(5, Checkpoints().Newest(_warnings.Add)!.Step);
        Assert.Collection(
            _warnings,
            warning => Assert.Contains("checkpoint-6.bin is torn", warning),
            warning => Assert.Equal("Resuming from the older checkpoint at step 5.", warning));
        Assert.False(File.Exists(torn));
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("/etc/hostname")]
    public void Newest_NewestIsALink_TakesTheOlderAndLeavesWhatItLedTo(string target)
    {
        Write(5);
        var newest = Write(6);
        File.Delete(newest);
        File.CreateSymbolicLink(newest, target);

        Assert.Equal(5, Checkpoints().Newest(_warnings.Add)!.Step);
        Assert.Contains("checkpoint-6.bin is a symbolic link", _warnings[0]);
        Assert.True(target == "gone" || File.Exists(target));
    }

    [Fact]
    public void Newest_NoneIsWhole_IsRefused()
    {
        File.WriteAllBytes(Write(5), []);

        Assert.Throws<UserException>(() => Checkpoints().Newest(_warnings.Add));
    }

    [Fact]
    public void Newest_NoneYet_IsNull() => Assert.Null(Checkpoints().Newest(_warnings.Add));

    [Fact]
    public void Flush_WhatTheDiskDoesNotTake_IsAnError()
    {
        // fsync of /dev/full is EINVAL, which FileStream.Flush(true) ignores like every other error.
        using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write);
        stream.Flush(flushToDisk: true);

        Assert.Contains("/dev/full cannot be brought to the disk", Assert.Throws<IOException>(() => Disk.Flush(stream)).Message);
    }
}
