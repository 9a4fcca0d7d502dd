using System.Net;
using System.Text;

namespace RL.Dashboard.Tests;

public sealed class RequestGuardTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static async Task<HttpStatusCode> Status(Served served, string path, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        change?.Invoke(request);
        using var answer = await served.Client.SendAsync(request);
        return answer.StatusCode;
    }

    [Fact]
    public async Task Get_ThePage_LoadsNothingFromElsewhereAndNoScriptOfItsOwn()
    {
        await using var served = await Served.Start(_folder);
        foreach (var (path, type) in new[] { ("/", "text/html"), ("/app.js", "text/javascript"), ("/style.css", "text/css"), ("/api/runs", "application/json") })
        {
            using var answer = await served.Client.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            var text = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotMatch(@"(?i)(src|href|url\()\s*=?\s*[""']?(https?:)?//", text);
            Assert.DoesNotMatch(@"(?i)<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[""']|<style|\sstyle=", type == "text/html" ? text : "");
        }
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("10.0.0.1")]
    public async Task Get_AsAnotherHost_IsRefused(string host)
    {
        await using var served = await Served.Start(_folder);

        Assert.Equal(HttpStatusCode.Forbidden, await Status(served, "/", request => request.Headers.Host = host));
        Assert.Equal(HttpStatusCode.OK, await Status(served, "/", request => request.Headers.Host = $"localhost:{served.Address.Port}"));
    }

    [Fact]
    public async Task Get_AtAnAddressThatOthersReach_NeedsTheToken()
    {
        await using var served = await Served.Start(_folder, IPAddress.Any);
        foreach (var path in new[] { "/", "/app.js", "/api/runs", "/api/runs?token=wrong", $"/api/runs?token={Served.Token}x" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await Status(served, path));
        }

        using var answer = await served.Client.GetAsync(new Uri($"/?token={Served.Token}", UriKind.Relative));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var cookie = answer.Headers.GetValues("Set-Cookie").Single();
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, await Status(served, "/api/runs", request => request.Headers.Add("Cookie", cookie.Split(';')[0])));
    }

    [Fact]
    public async Task Get_PathsOutOfTheFolder_AreNotThere()
    {
        File.WriteAllText(_folder.File("secret.txt"), "secret");
        await using var served = await Served.Start(_folder);
        foreach (var path in new[]
        {
            "/secret.txt", "/../secret.txt", "/..%2f..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/etc/passwd", "/..%5c..%5csecret.txt", "/%252e%252e/secret.txt",
            "//etc/passwd", "/app.js/../../secret.txt", "/api/../secret.txt", "/api/image/..%2fsecret.txt", "/index.html%00.png", "/%c0%ae%c0%ae/secret.txt",
        })
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, served.Address.Port);
            await using var stream = client.GetStream();
            // As it is, where a client would tidy the path up.
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
            using var reader = new StreamReader(stream);
            var answer = await reader.ReadToEndAsync();
            Assert.Matches("^HTTP/1.1 (404|400)", answer);
            Assert.DoesNotContain("secret\n", answer + "\n", StringComparison.Ordinal);
            Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Scan_SymbolicLinks_AreNotFollowed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "symbolic links need rights elsewhere");
        using var outside = new TemporaryFolder();
        Directory.CreateDirectory(outside.File("run"));
        File.WriteAllBytes(outside.File("run", "a.tfevents"), EventBytes.Value("a", 1, EventBytes.Float(2, 1)));
        Directory.CreateSymbolicLink(_folder.File("folder"), outside.File("run"));
        Directory.CreateDirectory(_folder.File("own"));
        File.CreateSymbolicLink(_folder.File("own", "b.tfevents"), outside.File("run", "a.tfevents"));
        Directory.CreateSymbolicLink(_folder.File("own", "circle"), _folder.Path);
        var store = new EventStore(_folder.Path);

        store.Scan();

        Assert.Empty(store.Runs);
    }
}
