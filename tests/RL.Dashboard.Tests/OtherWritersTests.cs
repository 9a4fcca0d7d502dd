using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace RL.Dashboard.Tests;

/// <summary>Event files that PyTorch's SummaryWriter and TensorBoard's summaries have written (golden/write_events.py), over HTTP.</summary>
public sealed class OtherWritersTests : IDisposable
{
    const string CleanRl = "Hopper-v4__td3__1__1700000000";

    readonly TemporaryFolder _folder = new();

    public OtherWritersTests()
    {
        var golden = Repository.File("tests", "RL.Dashboard.Tests", "golden");
        foreach (var file in Directory.EnumerateFiles(golden, "events.*", SearchOption.AllDirectories))
        {
            var copy = _folder.File(Path.GetRelativePath(golden, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    public void Dispose() => _folder.Dispose();

    static async Task<Dictionary<string, JsonElement>> Runs(Served served) =>
        (await served.Runs(runs => runs.Length == 4 && runs.All(run => run.GetProperty("time").GetDouble() > 0))).EnumerateArray().ToDictionary(run => run.GetProperty("name").GetString()!);

    static double[] Numbers(JsonElement numbers) => [.. numbers.EnumerateArray().Select(number => number.GetDouble())];

    static async Task<(double[] X, double[] Y)> Curve(Served served, JsonElement run, string tag)
    {
        var series = (await served.Get($"/api/scalars?tag={Uri.EscapeDataString(tag)}&points=60&runs={run.GetProperty("id").GetInt32()}"))[0];
        return (Numbers(series.GetProperty("x")), Numbers(series.GetProperty("y")));
    }

    static async Task<string[]> Options(Served served, JsonElement run) =>
    [
        .. (await served.Get($"/api/options?runs={run.GetProperty("id").GetInt32()}"))[0].GetProperty("options").EnumerateObject()
            .Select(option => $"{option.Name}={option.Value}").Order(StringComparer.Ordinal),
    ];

    [Fact]
    public async Task CleanRl_OfPyTorch_HasCurvesHistogramsPicturesAndOptions()
    {
        await using var served = await Served.Start(_folder);
        var run = (await Runs(served))[CleanRl];

        Assert.Equal("Hopper-v4__td3", run.GetProperty("group").GetString());
        Assert.Equal(5, run.GetProperty("last").GetDouble());
        foreach (var (tag, slope) in new[] { ("charts/episodic_return", 2.5), ("new/style", 1.5), ("new/double", 1.25) })
        {
            var (x, y) = await Curve(served, run, tag);
            Assert.Equal([0, 100, 200], x);
            Assert.Equal([0, slope, 2 * slope], y);
        }

        // 1,000 numbers in some 800 buckets, of which 100 are made.
        var rows = Numbers((await served.Get($"/api/histograms?run={run.GetProperty("id").GetInt32()}&tag=weights"))[0].GetProperty("rows"));
        Assert.Equal(100, rows.Length / 3);
        Assert.Equal(1000, rows.Where((_, i) => i % 3 == 2).Sum(), 1e-2);
        Assert.True(rows[0] < -2 && rows[^2] > 2);
        Assert.Equal("{\"picture\":[7]}", (await served.Get($"/api/images?run={run.GetProperty("id").GetInt32()}")).GetRawText());
        Assert.Equal(["env_id=Hopper-v4", "learning_rate=0.0003", "seed=1"], await Options(served, run));
    }

    [Fact]
    public async Task AddHParams_OfPyTorch_AreOptionsOfTheirFolderAndOfTheRunAroundItThatHasNone()
    {
        File.Delete(_folder.File(CleanRl, "events.out.tfevents.1700000000.host.0"));
        File.WriteAllBytes(_folder.File(CleanRl, "events.out.tfevents.1.x"), EventBytes.Value("loss", 1, EventBytes.Float(2, 1)));
        await using var served = await Served.Start(_folder);
        var runs = await Runs(served);

        Assert.Equal(["lr=0.1", "optimizer=adam"], await Options(served, runs[$"{CleanRl}/1700000001.9091616"]));
        Assert.Equal(["lr=0.1", "optimizer=adam"], await Options(served, runs[CleanRl]));
    }

    [Fact]
    public async Task StableBaselines_HaveReturnAndOptions()
    {
        await using var served = await Served.Start(_folder);
        var run = (await Runs(served))["PPO_1"];

        Assert.Equal(20, run.GetProperty("last").GetDouble());
        Assert.Equal(["algorithm=PPO", "gamma=0.99"], await Options(served, run));
    }

    [Fact]
    public async Task TensorFlow2_TensorsWhosePluginIsSaidOnce_AreShown()
    {
        await using var served = await Served.Start(_folder);
        var run = (await Runs(served))["fit/train"];
        var id = run.GetProperty("id").GetInt32();

        var (_, loss) = await Curve(served, run, "epoch_loss");
        Assert.Equal<float>([1, 0.5f, 1 / 3f], [.. loss.Select(number => (float)number)]);
        var (_, samples) = await Curve(served, run, "samples");
        Assert.Equal([0, 300, 600], samples);
        var kernel = await served.Get($"/api/histograms?run={id}&tag=kernel");
        Assert.Equal([0, 1, 5, 1, 2, 7], Numbers(kernel[2].GetProperty("rows")));
        Assert.Equal("{\"input\":[0,1,2],\"input/1\":[0,1,2]}", (await served.Get($"/api/images?run={id}")).GetRawText());
        Assert.Equal(["lr=0.01", "optimizer=adam", "shuffle=true"], await Options(served, run));
        Assert.Equal("{\"note\":\"hello\"}", (await served.Get($"/api/options?runs={id}"))[0].GetProperty("texts").GetRawText());
    }

    [Fact]
    public async Task Video_OfPyTorch_IsAGifAmongThePictures()
    {
        var gif = Convert.FromHexString("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b");
        Directory.CreateDirectory(_folder.File("film"));
        File.WriteAllBytes(_folder.File("film", "events.out.tfevents.1.x"), EventBytes.Value("video", 3, EventBytes.Bytes(4, [.. EventBytes.Varint(1, 1), .. EventBytes.Bytes(4, gif)])));
        await using var served = await Served.Start(_folder);
        var runs = await served.Runs(runs => runs.Length == 5 && runs.All(run => run.GetProperty("time").GetDouble() > 0));
        var id = runs.EnumerateArray().Single(run => run.GetProperty("name").GetString() == "film").GetProperty("id").GetInt32();

        using var answer = await served.Client.GetAsync(new Uri($"/api/image?run={id}&tag=video&step=3", UriKind.Relative));
        Assert.Equal(new MediaTypeHeaderValue("image/gif"), answer.Content.Headers.ContentType);
        Assert.Equal(gif, await answer.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Logging_AtDebug_TellsRunsProblemsAndRequestsWithoutTheirQueries()
    {
        File.WriteAllBytes(_folder.File("PPO_1", "events.out.tfevents.2.x"), [.. Enumerable.Repeat((byte)7, 99)]);
        var told = new Told();
        await using var served = await Served.Start(_folder, logging: logging => logging.AddProvider(told).SetMinimumLevel(LogLevel.Debug));
        await Runs(served);
        await served.Get("/api/runs?token=secret");

        Assert.Contains("Debug run found: fit/train", told.Lines);
        Assert.Single(told.Lines, line => line.StartsWith("Warning PPO_1: events.out.tfevents.2.x is damaged", StringComparison.Ordinal));
        Assert.Contains(told.Lines, line => line.StartsWith("Debug GET /api/runs: 200 after ", StringComparison.Ordinal));
        Assert.DoesNotContain(told.Lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    sealed class Told : ILoggerProvider, ILogger
    {
        readonly List<string> _lines = [];

        public string[] Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_lines)
            {
                _lines.Add($"{logLevel} {formatter(state, exception)}");
            }
        }

        public void Dispose()
        {
        }
    }
}
