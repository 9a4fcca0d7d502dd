using System.Net;
using System.Text.Json;

namespace RL.Dashboard.Tests;

public sealed class DashboardApiTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    void Write(string run, params byte[][] records)
    {
        Directory.CreateDirectory(_folder.File(run));
        using var stream = new FileStream(_folder.File(run, "events.out.tfevents.1.host"), FileMode.Append);
        stream.Write(records.SelectMany(record => record).ToArray());
    }

    static List<float> Floats(JsonElement curve, string name) => [.. curve.GetProperty(name).EnumerateArray().Select(value => value.GetSingle())];

    [Fact]
    public async Task Scalars_PlainAndAsTensors_GrowWhileTheFileGrows()
    {
        Write("plain", EventBytes.Value("loss", 1, EventBytes.Float(2, 5)));
        Write(
            "tensors",
            EventBytes.Value("loss", 1, [.. EventBytes.Bytes(8, [.. EventBytes.Varint(1, 1), .. EventBytes.Float(5, 7)]), .. EventBytes.Plugin("scalars")]),
            // Of which kind it is, is said once.
            EventBytes.Value("loss", 2, EventBytes.Bytes(8, [.. EventBytes.Varint(1, 2), .. EventBytes.Bytes(4, BitConverter.GetBytes(8.0))])));
        await using var served = await Served.Start(_folder);
        await served.Runs(runs => runs.Length == 2);

        var curves = await served.Get("/api/scalars?tag=loss&points=100&runs=0,1");
        Assert.Equal([5, 7, 8], curves.EnumerateArray().SelectMany(curve => Floats(curve, "y")).Order());

        Write("plain", EventBytes.Value("loss", 2, EventBytes.Float(2, 4)));
        await served.Runs(runs => runs.All(run => run.GetProperty("step").GetInt64() == 2));
        curves = await served.Get("/api/scalars?tag=loss&points=100&runs=0,1");
        Assert.All(curves.EnumerateArray(), curve => Assert.Equal([1, 2], Floats(curve, "x")));
    }

    [Fact]
    public async Task HistogramsAndImages_AsPyTorchWritesThem_AreShown()
    {
        var png = PngFile.Encode(2, 1, [1, 2, 3, 4, 5, 6]);
        var limits = new[] { 1.0, 2.0 }.SelectMany(BitConverter.GetBytes).ToArray();
        var counts = new[] { 3.0, 4.0 }.SelectMany(BitConverter.GetBytes).ToArray();
        Write(
            "torch",
            EventBytes.Value("weights", 1, EventBytes.Bytes(5, [.. EventBytes.Double(1, 0.5), .. EventBytes.Bytes(6, limits), .. EventBytes.Bytes(7, counts)])),
            EventBytes.Value("picture", 3, EventBytes.Bytes(4, [.. EventBytes.Varint(1, 1), .. EventBytes.Bytes(4, png)])));
        await using var served = await Served.Start(_folder);
        await served.Runs(runs => runs.Length == 1);

        var histogram = (await served.Get("/api/histograms?run=0&tag=weights"))[0];
        Assert.Equal([0.5f, 1, 3, 1, 2, 4], Floats(histogram, "rows"));
        Assert.Equal("{\"picture\":[3]}", (await served.Get("/api/images?run=0")).GetRawText());
        using var image = await served.Client.GetAsync(new Uri("/api/image?run=0&tag=picture&step=3", UriKind.Relative));
        Assert.Equal("image/png", image.Content.Headers.ContentType!.MediaType);
        Assert.Equal(png, await image.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Runs_OfOurs_HaveStatusReturnOptionsAndHistograms()
    {
        Training.Run("td3", "Pendulum-v1", new()
        {
            Assignments = ["total_steps=60", "start_steps=10", "batch_size=8", "hidden_layers=4", "evaluation_episodes=1", "log.histograms=20"],
            Runs = _folder.Path,
            Name = "ours-s3",
        }).Dispose();
        await using var served = await Served.Start(_folder);

        var run = (await served.Runs(runs => runs.Length == 1))[0];
        Assert.Equal(("finished", 60, "ours"), (run.GetProperty("status").GetString(), run.GetProperty("total").GetInt32(), run.GetProperty("group").GetString()));
        Assert.InRange(run.GetProperty("last").GetDouble(), -1e4, 0);
        Assert.Contains("weights/actor.net.0.weight", run.GetProperty("histograms").EnumerateArray().Select(tag => tag.GetString()));
        var options = (await served.Get("/api/options?runs=0"))[0].GetProperty("options");
        Assert.Equal(("8", "Pendulum-v1"), (options.GetProperty("agent.batch_size").GetString(), options.GetProperty("environment").GetString()));
    }

    [Fact]
    public async Task Videos_InARunsFolder_AreSentInPartsAndNothingElseIs()
    {
        byte[] film = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
        Write("run", EventBytes.Value("a", 1, EventBytes.Float(2, 1)));
        Directory.CreateDirectory(_folder.File("run", "videos"));
        Directory.CreateDirectory(_folder.File("no-run"));
        File.WriteAllBytes(_folder.File("run", "videos", "best.mp4"), film);
        File.WriteAllBytes(_folder.File("no-run", "other.mp4"), film);
        File.WriteAllText(_folder.File("run", "notes.txt"), "secret");
        File.CreateSymbolicLink(_folder.File("run", "link.mp4"), _folder.File("run", "notes.txt"));
        await using var served = await Served.Start(_folder);
        await served.Runs(runs => runs is [var run] && run.GetProperty("videos").GetInt32() == 1);

        Assert.Equal("{\"videos/best.mp4\":0}", (await served.Get("/api/videos?run=0")).GetRawText());
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/video?run=0&video=0", UriKind.Relative));
        request.Headers.Range = new(100, 299);
        using var part = await served.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.PartialContent, "video/mp4"), (part.StatusCode, part.Content.Headers.ContentType!.MediaType));
        Assert.Equal(film[100..300], await part.Content.ReadAsByteArrayAsync());

        // A file that is swapped for a link after it was found is not followed.
        File.Delete(_folder.File("run", "videos", "best.mp4"));
        File.CreateSymbolicLink(_folder.File("run", "videos", "best.mp4"), _folder.File("run", "notes.txt"));
        foreach (var (path, status) in new[]
        {
            ("video=0", HttpStatusCode.NotFound), ("video=1", HttpStatusCode.NotFound), ("video=..%2fnotes.txt", HttpStatusCode.BadRequest), ("video=-1", HttpStatusCode.BadRequest),
        })
        {
            using var answer = await served.Client.GetAsync(new Uri($"/api/video?run=0&{path}", UriKind.Relative));
            Assert.Equal(status, answer.StatusCode);
        }

        await served.Runs(runs => runs[0].GetProperty("videos").GetInt32() == 0);
    }

    [Fact]
    public async Task Session_ThatBeginsAgain_DropsWhatCameAfter()
    {
        Write("run", EventBytes.Value("a", 1, EventBytes.Float(2, 1)), EventBytes.Value("a", 5, EventBytes.Float(2, 2)));
        File.WriteAllBytes(
            _folder.File("run", "events.out.tfevents.2.host"),
            [.. EventBytes.Record([.. EventBytes.Varint(2, 4), .. EventBytes.Bytes(7, EventBytes.Varint(1, 1))]), .. EventBytes.Value("a", 5, EventBytes.Float(2, 9))]);
        await using var served = await Served.Start(_folder);
        await served.Runs(runs => runs.Length == 1);

        Assert.Equal([1, 9], Floats((await served.Get("/api/scalars?tag=a&points=9&runs=0"))[0], "y"));
    }

    [Fact]
    public async Task File_ThatIsCutShort_IsReadAnew()
    {
        Write("run", EventBytes.Value("a", 1, EventBytes.Float(2, 1)));
        var length = new FileInfo(_folder.File("run", "events.out.tfevents.1.host")).Length;
        Write("run", EventBytes.Value("a", 2, EventBytes.Float(2, 2)));
        var store = new EventStore(_folder.Path);
        store.Scan();
        Assert.Equal(2, store.Runs[0].Scalars["a"].Buckets.Length);

        using (var stream = new FileStream(_folder.File("run", "events.out.tfevents.1.host"), FileMode.Open))
        {
            stream.SetLength(length);
        }

        store.Scan();
        Assert.Equal(1, store.Runs[0].Scalars["a"].Buckets.ToArray().Single().Step);
        Directory.Delete(_folder.File("run"), recursive: true);
        store.Scan();
        Assert.Empty(store.Runs);
    }

    [Theory]
    [InlineData("/api/scalars?tag=a&runs=0&points=99999999999999999999")]
    [InlineData("/api/scalars?tag=a&runs=0&points=-1")]
    [InlineData("/api/scalars?tag=a&runs=0&points=513")]
    [InlineData("/api/scalars?runs=0&points=9")]
    [InlineData("/api/images?run=2147483648")]
    [InlineData("/api/images?run=-1")]
    [InlineData("/api/images?run=..%2f..%2fetc%2fpasswd")]
    [InlineData("/api/histograms?run=7&tag=a")]
    [InlineData("/api/image?run=0&tag=a&step=99999999999999999999")]
    public async Task Get_ValuesThatAreNotAllowed_IsRefusedWithASentence(string path)
    {
        await using var served = await Served.Start(_folder);
        using var answer = await served.Client.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty(await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Stop_OfARunAtWork_StopsItSoThatItResumesAsIfItHadNot()
    {
        string[] small = ["total_steps=1000000", "start_steps=50", "batch_size=8", "hidden_layers=4", "evaluation_interval=0", "evaluation_episodes=1", "checkpoint_interval=0"];
        var checkpoints = new List<long>();
        var training = Task.Run(() => Training.Run(
            "td3", "Pendulum-v1", new() { Assignments = small, Runs = _folder.Path, Name = "a" }, new()
            {
                CheckpointWritten = checkpoints.Add,
                Progressed = _ => Thread.Sleep(1),
            }).Summary);
        await using var served = await Served.Start(_folder);
        await served.Runs(runs => runs is [var run] && run.GetProperty("status").GetString() == "running");
        var origin = served.Address.GetLeftPart(UriPartial.Authority);

        Assert.Equal(HttpStatusCode.Forbidden, await served.Post("/api/stop?run=0", origin, null));
        Assert.Equal(HttpStatusCode.Forbidden, await served.Post("/api/stop?run=0", origin, "fedcba9876543210"));
        Assert.Equal(HttpStatusCode.Forbidden, await served.Post("/api/stop?run=0", "http://elsewhere.example", Served.Token));
        Assert.Equal(HttpStatusCode.Forbidden, await served.Post("/api/stop?run=0", null, Served.Token));
        Assert.False(training.IsCompleted);

        Assert.Equal(HttpStatusCode.Accepted, await served.Post("/api/checkpoint?run=0", origin, Served.Token));
        await served.Runs(_ => checkpoints.Count == 1);
        Assert.Equal(HttpStatusCode.Accepted, await served.Post("/api/stop?run=0", origin, Served.Token));
        var result = await training.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(RunResult.Stopped, result.Status);
        Assert.False(File.Exists(_folder.File("a", RunRequest.FileName)));
        Assert.Equal(HttpStatusCode.Conflict, await served.Post("/api/stop?run=0", origin, Served.Token));

        // On from there, and at once to the same step.
        var end = $"training.total_steps={result.Steps + 20}";
        Training.Run("td3", "Pendulum-v1", new() { Assignments = [.. small, end], Runs = _folder.Path, Name = "whole" }).Dispose();
        Training.Resume(_folder.File("a"), callbacks: new() { Stop = progress => progress.Step == result.Steps + 20 }).Dispose();
        Assert.Equal(State("whole", result.Steps + 20), State("a", result.Steps + 20));
    }

    /// <summary>The state of the training loop in a checkpoint.</summary>
    byte[] State(string run, long step)
    {
        var bytes = File.ReadAllBytes(_folder.File(run, "checkpoints", $"checkpoint-{step}.bin"));
        return bytes.AsSpan(CheckpointFile.PrefixBytes, (int)CheckpointFile.StateBytes(bytes)).ToArray();
    }
}
