using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace RL.Host.Tests;

public sealed class MetricsExportTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <remarks>Instruments are the process's, so that runs of the same name in tests beside this one would count with it.</remarks>
    Task<int> Train(string metrics, int steps) => Task.Run(() => _console.Run(
        "train", "td3", "Pendulum-v1", "--runs", _folder.Path, "--name", "exported", "--metrics", metrics, "--quiet", $"total_steps={steps}", "start_steps=1000000",
        "hidden_layers=4", "evaluation_interval=0", "evaluation_episodes=1", "checkpoint_interval=0"));

    [Fact]
    public async Task Prometheus_WhileARunIsAtWork_TellsItsSteps()
    {
        var port = FreePort();
        var training = Train($"prometheus:{port}", 100_000_000);
        using var client = new HttpClient();
        var text = "";
        for (var attempt = 0; attempt < 600 && !text.Contains("rl_training_steps", StringComparison.Ordinal); attempt++)
        {
            await Task.Delay(100);
            try
            {
                text = await client.GetStringAsync(new Uri($"http://127.0.0.1:{port}/metrics"));
            }
            catch (HttpRequestException) when (!training.IsCompleted)
            {
                // It has not begun yet.
            }
        }

        RunRequest.Write(_folder.File("exported"), RunRequest.Stop);
        Assert.True(await training == 0, _console.Error);
        Assert.Matches(@"rl_training_steps_total\{[^}]*run=""exported""[^}]*\} [1-9][0-9]*", text);
    }

    [Fact]
    public async Task Otlp_OfAShortRun_GetsEverythingAtItsEnd()
    {
        var port = FreePort();
        using var collector = new HttpListener { Prefixes = { $"http://127.0.0.1:{port}/" } };
        collector.Start();
        var training = Train($"otlp:http://127.0.0.1:{port}", 450);

        var request = (await collector.GetContextAsync().WaitAsync(TimeSpan.FromMinutes(2)));
        Assert.Equal(("/v1/metrics", "application/x-protobuf"), (request.Request.Url!.AbsolutePath, request.Request.ContentType));
        using var body = new MemoryStream();
        await request.Request.InputStream.CopyToAsync(body);
        request.Response.Close();
        Assert.True(await training == 0, _console.Error);
        var told = Encoding.UTF8.GetString(body.ToArray());
        Assert.All(["rl.training.steps", "rl.training.episodes", "rl.evaluation.return"], name => Assert.Contains(name, told));
        // NumberDataPoint { 6 sfixed64 as_int; }
        Assert.True(body.ToArray().AsSpan().IndexOf((byte[])[(6 << 3) | 1, .. BitConverter.GetBytes(450L)]) > 0);
    }

    [Fact]
    public async Task Console_AtTheEnd_WritesLinesToStandardError()
    {
        Assert.True(await Train("console", 450) == 0, _console.Error);
        Assert.Contains("rl.training.steps{run=exported} 450", _console.Error);
        Assert.Matches(@"rl\.evaluation\.return\{run=exported\} -[0-9.]+", _console.Error);
        Assert.DoesNotContain("rl.training", _console.Out);
    }

    [Theory]
    [InlineData("prometheus:0")]
    [InlineData("prometheus:70000")]
    [InlineData("otlp:collector")]
    [InlineData("otlp:ftp://collector/")]
    [InlineData("grafana")]
    public async Task Run_WhereThatCannotBe_IsRefusedBeforeTheRunIsMade(string where)
    {
        Assert.Equal(2, await Train(where, 10));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"--metrics is {where}; allowed: console, prometheus:PORT, otlp:URL"), _console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
