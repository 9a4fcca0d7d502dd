using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace RL.Dashboard;

/// <summary>
/// What the page asks for, as JSON:
/// <code>
/// GET  /api/runs                                        all runs: what they are, how far, and their tags
/// GET  /api/scalars?tag=T&amp;runs=1,2&amp;points=300           curves: x step, t time, y mean, lo and hi where points were joined
/// GET  /api/histograms?tag=T&amp;run=1                      distributions: step and rows (left, right, count)
/// GET  /api/images?run=1, /api/image?run=1&amp;tag=T&amp;step=S the steps that there are pictures of; a picture
/// GET  /api/videos?run=1, /api/video?run=1&amp;video=0      the videos in a run's folder by their names, with their numbers; a video
/// GET  /api/options?runs=1,2                            options and texts
/// POST /api/stop?run=1, /api/checkpoint?run=1           asks a run of ours at work
/// </code>
/// </summary>
sealed class DashboardApi(EventStore store, DashboardOptions options, TimeProvider clock)
{
    const int MostRunsAsked = 500;

    readonly RunStates _states = new(clock);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/runs", Json(WriteRuns));
        routes.MapGet("/api/scalars", Json(WriteScalars));
        routes.MapGet("/api/histograms", Json(WriteHistograms));
        routes.MapGet("/api/images", Json(WriteImages));
        routes.MapGet("/api/videos", Json(WriteVideos));
        routes.MapGet("/api/options", Json(WriteOptions));
        routes.MapGet("/api/video", SendVideo);
        routes.MapGet("/api/image", SendImage);
        routes.MapPost("/api/stop", context => Ask(context, RunRequest.Stop));
        routes.MapPost("/api/checkpoint", context => Ask(context, RunRequest.Checkpoint));
    }

    /// <summary>A request that is not understood is answered with 400 and a sentence.</summary>
    static RequestDelegate Json(Action<HttpRequest, Utf8JsonWriter> write) => async context =>
    {
        using var memory = new MemoryStream();
        try
        {
            using var json = new Utf8JsonWriter(memory);
            write(context.Request, json);
        }
        catch (UserException exception)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, exception.Message).ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = memory.Length;
        memory.Position = 0;
        await memory.CopyToAsync(context.Response.Body).ConfigureAwait(false);
    };

    void WriteRuns(HttpRequest request, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("folder", options.Folder);
        json.WriteBoolean("scanned", store.IsScanned);
        json.WriteString("problem", store.Problem);
        json.WriteStartArray("runs");
        foreach (var run in store.Runs)
        {
            var state = _states.Of(run.Folder);
            lock (run.Lock)
            {
                json.WriteStartObject();
                json.WriteNumber("id", run.Id);
                json.WriteString("name", run.Name);
                json.WriteString("group", RunGroups.Of(run.Name));
                json.WriteNumber("version", run.Version);
                json.WriteNumber("step", run.LastStep);
                json.WriteNumber("first", run.FirstTime);
                json.WriteNumber("time", run.LastTime);
                json.WriteString("problem", run.Problem ?? state.Problem);
                json.WriteString("status", state.Status);
                json.WriteNumber("total", state.TotalSteps);
                WriteReturn(json, run);
                WriteTags(json, "scalars", run.Scalars.Keys);
                WriteTags(json, "images", run.Images.Keys);
                WriteTags(json, "histograms", run.Histograms.Keys);
                json.WriteNumber("videos", run.Videos.Count);
                json.WriteBoolean("options", run.Options.Count > 0 || run.Texts.Count > 0);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>The last return that there is, whoever wrote it.</summary>
    static void WriteReturn(Utf8JsonWriter json, RunData run)
    {
        foreach (var tag in new[] { "evaluation/return", "eval/mean_reward", "rollout/ep_rew_mean", "charts/episodic_return", "episode/return" })
        {
            if (run.Scalars.TryGetValue(tag, out var series) && series.Buckets is [.., var last])
            {
                WriteNumber(json, "last", last.Mean);
                var best = float.NaN;
                foreach (var bucket in series.Buckets)
                {
                    best = float.IsNaN(best) || bucket.High > best ? bucket.High : best;
                }

                WriteNumber(json, "best", best);
                return;
            }
        }
    }

    void WriteScalars(HttpRequest request, Utf8JsonWriter json)
    {
        var (tag, runs, points) = (Text(request, "tag"), Runs(request), Whole(request, "points", 2, ScalarSeries.MostBuckets));
        json.WriteStartArray();
        foreach (var run in runs)
        {
            Bucket[] buckets;
            lock (run.Lock)
            {
                if (!run.Scalars.TryGetValue(tag, out var series))
                {
                    continue;
                }

                buckets = series.Thinned(points);
            }

            json.WriteStartObject();
            json.WriteNumber("run", run.Id);
            WriteNumbers(json, "x", buckets, bucket => bucket.Step);
            WriteNumbers(json, "t", buckets, bucket => Math.Round(bucket.Time, 3));
            WriteNumbers(json, "y", buckets, bucket => bucket.Mean, isSingle: true);
            if (Array.Exists(buckets, bucket => bucket.Points > 1))
            {
                WriteNumbers(json, "lo", buckets, bucket => bucket.Low, isSingle: true);
                WriteNumbers(json, "hi", buckets, bucket => bucket.High, isSingle: true);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    void WriteHistograms(HttpRequest request, Utf8JsonWriter json)
    {
        var (tag, run) = (Text(request, "tag"), Run(request));
        json.WriteStartArray();
        lock (run.Lock)
        {
            foreach (var (step, rows) in run.Histograms.GetValueOrDefault(tag) ?? [])
            {
                json.WriteStartObject();
                json.WriteNumber("step", step);
                WriteNumbers(json, "rows", rows, number => number);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();
    }

    void WriteImages(HttpRequest request, Utf8JsonWriter json)
    {
        var run = Run(request);
        json.WriteStartObject();
        lock (run.Lock)
        {
            foreach (var (tag, images) in run.Images)
            {
                WriteNumbers(json, tag, images, image => image.Step);
            }
        }

        json.WriteEndObject();
    }

    async Task SendImage(HttpContext context)
    {
        RunImage? picture = null;
        try
        {
            var (run, tag, step) = (Run(context.Request), Text(context.Request, "tag"), Whole(context.Request, "step", long.MinValue, long.MaxValue));
            lock (run.Lock)
            {
                picture = run.Images.GetValueOrDefault(tag)?.LastOrDefault(image => image.Step == step);
            }
        }
        catch (UserException exception)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, exception.Message).ConfigureAwait(false);
            return;
        }

        if (picture is null)
        {
            await Refuse(context, StatusCodes.Status404NotFound, "There is no such picture.").ConfigureAwait(false);
            return;
        }

        context.Response.ContentType = picture.Type;
        context.Response.ContentLength = picture.Content.Length;
        await context.Response.Body.WriteAsync(picture.Content).ConfigureAwait(false);
    }

    void WriteVideos(HttpRequest request, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var video in Run(request).Videos)
        {
            json.WriteNumber(video.Name.Replace(Path.DirectorySeparatorChar, '/'), video.Number);
        }

        json.WriteEndObject();
    }

    async Task SendVideo(HttpContext context)
    {
        string? file = null;
        try
        {
            var (run, number) = (Run(context.Request), Whole(context.Request, "video", 0, int.MaxValue));
            file = run.Videos.FirstOrDefault(video => video.Number == number) is { } known ? Path.Combine(run.Folder, known.Name) : null;
        }
        catch (UserException exception)
        {
            await Refuse(context, StatusCodes.Status400BadRequest, exception.Message).ConfigureAwait(false);
            return;
        }

        await (file is not null && RunVideo.Send(file) is { } sent
            ? sent.ExecuteAsync(context)
            : Refuse(context, StatusCodes.Status404NotFound, "There is no such video.")).ConfigureAwait(false);
    }

    void WriteOptions(HttpRequest request, Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var run in Runs(request))
        {
            json.WriteStartObject();
            json.WriteNumber("run", run.Id);
            var parts = store.Runs.LastOrDefault(other => RunGroups.IsHyperParametersOf(other.Name, run.Name)) is { } added ? Options(added) : [];
            lock (run.Lock)
            {
                foreach (var (name, entries) in new[] { ("options", run.Options.Count > 0 ? run.Options : parts), ("texts", run.Texts) })
                {
                    json.WriteStartObject(name);
                    foreach (var (key, text) in entries)
                    {
                        json.WriteString(key, text);
                    }

                    json.WriteEndObject();
                }
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static Dictionary<string, string> Options(RunData run)
    {
        lock (run.Lock)
        {
            return new(run.Options);
        }
    }

    async Task Ask(HttpContext context, string request)
    {
        try
        {
            var run = Run(context.Request);
            if (!RunStates.IsOurs(run.Folder))
            {
                throw new UserException($"{run.Name} is no run of this program.");
            }

            RunRequest.Write(run.Folder, request);
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
        catch (UserException exception)
        {
            await Refuse(context, StatusCodes.Status409Conflict, exception.Message).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await Refuse(context, StatusCodes.Status409Conflict, "The run's folder cannot be written to.").ConfigureAwait(false);
        }
    }

    static Task Refuse(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence);
    }

    static string Text(HttpRequest request, string name) =>
        request.Query[name] is [{ } text] ? text : throw new UserException($"{name} is missing, or given more than once.");

    static long Whole(HttpRequest request, string name, long low, long high) =>
        long.TryParse(Text(request, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high
            ? value
            : throw new UserException($"{name} is not allowed; allowed: a whole number from {low} to {high}.");

    static int Whole(HttpRequest request, string name, int low, int high) => (int)Whole(request, name, (long)low, high);

    RunData Run(HttpRequest request) => store.Find(Whole(request, "run", 0, int.MaxValue)) ?? throw new UserException("run is not the number of a run.");

    List<RunData> Runs(HttpRequest request)
    {
        var numbers = Text(request, "runs").Split(',', StringSplitOptions.RemoveEmptyEntries);
        return numbers.Length <= MostRunsAsked
            ? [.. numbers.Select(number => int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? store.Find(id) : null).OfType<RunData>()]
            : throw new UserException($"runs has {numbers.Length} numbers; allowed: {MostRunsAsked}.");
    }

    static void WriteTags(Utf8JsonWriter json, string name, IEnumerable<string> tags)
    {
        json.WriteStartArray(name);
        foreach (var tag in tags)
        {
            json.WriteStringValue(tag);
        }

        json.WriteEndArray();
    }

    /// <param name="json">Written to.</param>
    /// <param name="name">Of the list.</param>
    /// <param name="items">Whose numbers.</param>
    /// <param name="number">Of an item; what is not finite becomes null.</param>
    /// <param name="isSingle">They are floats, which have half the digits of the same number as a double.</param>
    static void WriteNumbers<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Func<T, double> number, bool isSingle = false)
    {
        json.WriteStartArray(name);
        foreach (var item in items)
        {
            var value = number(item);
            if (!double.IsFinite(value))
            {
                json.WriteNullValue();
            }
            else if (isSingle)
            {
                json.WriteNumberValue((float)value);
            }
            else
            {
                json.WriteNumberValue(value);
            }
        }

        json.WriteEndArray();
    }

    static void WriteNumber(Utf8JsonWriter json, string name, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumber(name, value);
        }
    }
}
