namespace RL.Host.Tests;

/// <summary>Files on their way from one machine to another.</summary>
public sealed class SentFilesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Write(string name, params byte[] bytes)
    {
        var path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    FolderSnapshot Snapshot() => FolderSnapshot.Of(_folder.File("here"), _folder.File("here", "run"), isPiece: false);

    FolderReceiver Receiver() => new(_folder.File("there"), _ => true);

    /// <summary>Brings all that is missing, and returns how many pieces that were.</summary>
    static int Bring(FolderSnapshot from, FolderReceiver to)
    {
        var missing = to.Begin(from.Files);
        foreach (var (name, piece) in missing)
        {
            to.Put(name, piece, from.Read(name, piece));
        }

        to.Commit();
        return missing.Count;
    }

    [Fact]
    public void Bring_FilesOfSeveralPieces_AreTheSameThereAndOnlyWhatIsNewTravels()
    {
        Write("here/run/checkpoints/replay-0.bin", [.. Enumerable.Range(0, SentFile.PieceBytes + 100).Select(i => (byte)(i * i / 7))]);
        Write("here/run/checkpoints/checkpoint-1.bin", 1);
        Write("here/run/evaluation.csv");
        using var receiver = Receiver();
        using (var first = Snapshot())
        {
            Assert.Equal(3, Bring(first, receiver));
        }

        File.AppendAllText(_folder.File("here", "run", "checkpoints", "replay-0.bin"), "more");
        File.Delete(_folder.File("here", "run", "checkpoints", "checkpoint-1.bin"));
        Write("here/run/checkpoints/checkpoint-2.bin", 2);
        using var second = Snapshot();
        Assert.Equal(2, Bring(second, receiver));
        Assert.Equal(0, Bring(second, receiver));
        Assert.Equal(File.ReadAllBytes(_folder.File("here", "run", "checkpoints", "replay-0.bin")), File.ReadAllBytes(_folder.File("there", "run", "checkpoints", "replay-0.bin")));
        Assert.Equal(
            ["checkpoint-2.bin", "replay-0.bin"],
            Directory.GetFiles(_folder.File("there", "run", "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Empty(File.ReadAllBytes(_folder.File("there", "run", "evaluation.csv")));
    }

    [Fact]
    public void Snapshot_AFileThatIsReplacedOrGrows_IsReadAsItWas()
    {
        Write("here/run/policy.safetensors", 1, 2, 3);
        Write("here/run/log.csv", 4);
        Write("here/run/.lock");
        Write("here/run/policy.safetensors.tmp", 9);
        using var snapshot = Snapshot();
        Assert.Equal(["run/log.csv", "run/policy.safetensors"], snapshot.Files.Select(file => file.Name));
        File.Move(Write("here/other", 7, 7), _folder.File("here", "run", "policy.safetensors"), overwrite: true);
        File.AppendAllText(_folder.File("here", "run", "log.csv"), "more");
        Assert.Equal(new byte[] { 1, 2, 3 }, snapshot.Read("run/policy.safetensors", 0));
        Assert.Equal(new byte[] { 4 }, snapshot.Read("run/log.csv", 0));
        Assert.Throws<ArgumentException>(() => snapshot.Read("run/policy.safetensors", 1));
        Assert.Throws<ArgumentException>(() => snapshot.Read("../secret", 0));
    }

    [Fact]
    public void Commit_APieceIsWrongOrMissing_LeavesTheOldFile()
    {
        Write("here/run/policy.safetensors", 1, 2, 3);
        Write("there/run/policy.safetensors", 5);
        using var snapshot = Snapshot();
        using (var receiver = Receiver())
        {
            receiver.Begin(snapshot.Files);
            Assert.Throws<IOException>(() => receiver.Put("run/policy.safetensors", 0, [1, 2, 4]));
            Assert.Throws<IOException>(() => receiver.Put("run/policy.safetensors", 0, [1, 2]));
            Assert.Throws<IOException>(receiver.Commit);
        }

        Assert.Equal(new byte[] { 5 }, File.ReadAllBytes(_folder.File("there", "run", "policy.safetensors")));
        Assert.Single(Directory.GetFiles(_folder.File("there"), "*", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("/etc/passwd")]
    [InlineData("run/../../x")]
    [InlineData("run//x")]
    [InlineData("run\\x")]
    [InlineData("")]
    public void Begin_ANameThatLeadsElsewhere_IsRefused(string name)
    {
        using var receiver = Receiver();
        Assert.Throws<IOException>(() => receiver.Begin([new(name, 0, [])]));
        Assert.False(Directory.Exists(_folder.File("there")));
    }

    [Fact]
    public void Begin_ALinkStandsThere_IsRefused()
    {
        Write("here/run/policy.safetensors", 1);
        Write("elsewhere", 2);
        Directory.CreateDirectory(_folder.File("there", "run"));
        File.CreateSymbolicLink(_folder.File("there", "run", "policy.safetensors"), _folder.File("elsewhere"));
        using var receiver = Receiver();
        using var snapshot = Snapshot();
        Assert.Throws<IOException>(() => receiver.Begin(snapshot.Files));
        Assert.Equal(new byte[] { 2 }, File.ReadAllBytes(_folder.File("elsewhere")));
    }
}
