namespace RL.Runs.Tests;

public sealed class CheckpointFileTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly List<string> _warnings = [];

    public void Dispose() => _folder.Dispose();

    string Write(long step)
    {
        new CheckpointFolder(_folder.Path).Write(step, new Dictionary<string, long> { ["evaluation.csv"] = 42 }, writer =>
        {
            writer.Write(step);
            writer.Write(new byte[100_000]);
        });
        return _folder.File($"checkpoint-{step}.bin");
    }

    [Fact]
    public void Write_ThenRestore_GivesBackEverything()
    {
        var checkpoint = CheckpointFile.Read(Write(7));
        long step = 0;
        checkpoint.Restore(reader => (step, _) = (reader.ReadInt64(), reader.ReadBytes(100_000)));

        Assert.Equal((7, 7), (step, checkpoint.Step));
        Assert.Equal(new KeyValuePair<string, long>("evaluation.csv", 42), Assert.Single(checkpoint.Lengths));
    }

    [Fact]
    public void Restore_StateOfAnotherShape_IsRefused()
    {
        var checkpoint = CheckpointFile.Read(Write(7));

        Assert.Contains("left over", Assert.Throws<InvalidDataException>(() => checkpoint.Restore(reader => reader.ReadInt64())).Message);
    }

    [Theory]
    [InlineData(0, "is torn: it has 0 bytes")]
    [InlineData(20, "is torn: its header is incomplete")]
    [InlineData(1000, "is torn: ")]
    [InlineData(-1, "is torn: 100007 of 100008 bytes of state are there")]
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
    public void Read_OneBitFlipped_IsRefused(int position, string expected)
    {
        var path = Write(7);
        var bytes = File.ReadAllBytes(path);
        bytes[position] ^= 4;
        File.WriteAllBytes(path, bytes);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => CheckpointFile.Read(path)).Message);
    }

    [Fact]
    public void Write_SeveralSteps_KeepsTheNewestTwo()
    {
        Write(5);
        Write(100);
        Write(20);

        Assert.Equal(
            ["checkpoint-100.bin", "checkpoint-20.bin"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Write_SaveThatFails_LeavesTheOldOne()
    {
        Write(5);
        Assert.Throws<InvalidOperationException>(() => new CheckpointFolder(_folder.Path).Write(
            6, new Dictionary<string, long>(), _ => throw new InvalidOperationException()));

        Assert.Equal(5, new CheckpointFolder(_folder.Path).Newest(_warnings.Add).Step);
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Newest_NewestIsTorn_SaysSoAndTakesTheOlder()
    {
        Write(5);
        var torn = Write(6);
        File.WriteAllBytes(torn, File.ReadAllBytes(torn)[..^10]);

        Assert.Equal(5, new CheckpointFolder(_folder.Path).Newest(_warnings.Add).Step);
        Assert.Collection(
            _warnings,
            warning => Assert.Contains("checkpoint-6.bin is torn", warning),
            warning => Assert.Equal("Resuming from the older checkpoint at step 5.", warning));
        Assert.False(File.Exists(torn));
    }

    [Fact]
    public void Newest_NoneIsWhole_IsRefused()
    {
        File.WriteAllBytes(Write(5), []);

        Assert.Throws<UserException>(() => new CheckpointFolder(_folder.Path).Newest(_warnings.Add));
    }
}
