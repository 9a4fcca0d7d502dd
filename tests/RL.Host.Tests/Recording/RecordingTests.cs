using System.Buffers.Binary;
using System.IO.Compression;

namespace RL.Host.Tests;

public sealed class RecordingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void PngFile_AnImage_ReadsBackAsItWas()
    {
        var rgb = Enumerable.Range(0, 5 * 4 * 3).Select(i => (byte)(i * 37)).ToArray();
        PngFile.Write(_folder.File("a.png"), 5, 4, rgb);

        var file = File.ReadAllBytes(_folder.File("a.png"));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], file[..4]);
        // The CRC of IEND is the same in every PNG.
        Assert.Equal([(byte)'I', (byte)'E', (byte)'N', (byte)'D', 0xae, 0x42, 0x60, 0x82], file[^8..]);
        Assert.Equal((5, 4), (BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(20))));
        var length = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(33));
        using var pixels = new ZLibStream(new MemoryStream(file, 41, length), CompressionMode.Decompress);
        var rows = new byte[4 * 16];
        pixels.ReadExactly(rows);
        for (var y = 0; y < 4; y++)
        {
            Assert.Equal(1, rows[y * 16]);
            for (var i = 0; i < 15; i++)
            {
                var left = i < 3 ? 0 : rgb[(y * 15) + i - 3];
                Assert.Equal(rgb[(y * 15) + i], (byte)(rows[(y * 16) + 1 + i] + left));
            }
        }
    }

    [Fact]
    public void Evaluate_WithAnImage_DrawsItAndStillEvaluates()
    {
        var runs = _folder.File("runs");
        Assert.Equal(0, _console.Run(
            "train", "td3", "Reacher-v5", "--runs", runs, "--name", "a", "--quiet", "--steps", "60", "hidden_layers=8",
            "evaluation_episodes=1"));
        var console = new TestConsole();

        Assert.Equal(0, console.Run("evaluate", "a", "--runs", runs, "--image", _folder.File("a.png"), "--size", "64x48"));
        Assert.Contains("1 episodes", console.Out);
        Assert.True(new FileInfo(_folder.File("a.png")).Length > 100);
    }

    [Fact]
    public void Draw_AFilm_IsAnMp4()
    {
        if (!Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "ffmpeg"))))
        {
            Assert.Equal(2, _console.Run("draw", "Reacher-v5", "--video", _folder.File("a.mp4")));
            Assert.Contains("apt-get install ffmpeg", _console.Error);
            Assert.Skip("ffmpeg is not installed: it is needed for films only.");
        }

        Assert.Equal(0, _console.Run("draw", "Reacher-v5", "--video", _folder.File("a.mp4"), "--size", "64x48"));
        Assert.Equal("ftyp"u8, File.ReadAllBytes(_folder.File("a.mp4")).AsSpan(4, 4));
        Assert.Equal(_folder.File("a.mp4"), Assert.Single(Directory.GetFiles(_folder.Path)));
    }

    [Theory]
    [InlineData("draw needs --video FILE, --image FILE or both", "draw", "Hopper-v5")]
    [InlineData("--size is 63x48; allowed: WIDTHxHEIGHT, both even", "draw", "Hopper-v5", "--image", "a.png", "--size", "63x48")]
    [InlineData("--image is a.jpg; allowed: a file that ends in .png", "draw", "Hopper-v5", "--image", "a.jpg")]
    [InlineData("--video is /nowhere/a.mp4; there is no such folder", "draw", "Hopper-v5", "--video", "/nowhere/a.mp4")]
    [InlineData("Pendulum-v1 cannot be drawn", "draw", "Pendulum-v1", "--image", "a.png")]
    public void Run_UserError_IsCode2(string expected, params string[] arguments)
    {
        Assert.Equal(2, _console.Run(arguments));
        Assert.Contains(expected, _console.Error);
    }
}
