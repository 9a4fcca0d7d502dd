using RL.Drawing;
using RL.Studies;

namespace RL.Host.Tests;

public sealed class RecordingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

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
        var image = Png.Read(_folder.File("a.png"));
        Assert.Equal((64, 48, 3), (image.Width, image.Height, image.Channels));
        Assert.True(image.Pixels.Distinct().Count() > 20);
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
    [InlineData("Pendulum-v1 cannot be rendered", "draw", "Pendulum-v1", "--image", "a.png")]
    public void Run_UserError_IsCode2(string expected, params string[] arguments)
    {
        Assert.Equal(2, _console.Run(arguments));
        Assert.Contains(expected, _console.Error);
    }
}
