using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace RL.Dashboard.Tests;

/// <summary>A dashboard of a temporary folder, over HTTP.</summary>
sealed class Served : IAsyncDisposable
{
    public const string Token = "0123456789abcdef";

    readonly DashboardServer _server;

    Served(TemporaryFolder folder, DashboardServer server)
    {
        (Folder, _server) = (folder, server);
        Client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = server.Address };
    }

    public TemporaryFolder Folder { get; }

    public HttpClient Client { get; }

    public Uri Address => _server.Address;

    public EventStore Store => _server.Store;

    public static async Task<Served> Start(TemporaryFolder folder, IPAddress? address = null, Action<ILoggingBuilder>? logging = null)
    {
        var server = new DashboardServer(new(folder.Path, address ?? IPAddress.Loopback, 0, Token), TimeProvider.System, logging);
        await server.Start();
        return new(folder, server);
    }

    /// <summary>Reads what is there now and answers.</summary>
    public async Task<JsonElement> Get(string path)
    {
        using var answer = await Client.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
    }

    /// <summary>Waits until the runs are as they should be.</summary>
    public async Task<JsonElement> Runs(Func<JsonElement[], bool> isThere)
    {
        for (var attempt = 0; ; attempt++)
        {
            var runs = (await Get("/api/runs")).GetProperty("runs");
            if (isThere([.. runs.EnumerateArray()]))
            {
                return runs;
            }

            Assert.True(attempt < 200, runs.GetRawText());
            await Task.Delay(50);
        }
    }

    /// <summary>As the page asks, or as another one does.</summary>
    public async Task<HttpStatusCode> Post(string path, string? origin, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative));
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        if (token is not null)
        {
            request.Headers.Add(RequestGuard.TokenHeader, token);
        }

        using var answer = await Client.SendAsync(request);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _server.DisposeAsync();
    }
}
