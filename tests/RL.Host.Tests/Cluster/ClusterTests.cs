using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RL.Host.Tests;

/// <summary>Workers of a cluster as processes of their own.</summary>
public sealed class ClusterTests : WithWorkers
{
    [Fact]
    public void Sweep_AWorkerOfAClusterWithACertificateIsKilled_EndsWithTheBytesOfOneMachine()
    {
        var port = FreePort();
        string[] certificate = ["--certificate", Certificate("own.pem")];
        StartWorker($"localhost:{port}", certificate);
        var second = StartWorker($"localhost:{port}", certificate);
        AssertRefused(ClusterAddress.Parse($"localhost:{port}").Gateway, Certificate("other.pem"));
        AssertToldWhy("shows a certificate (CN=rl, SHA-1 ", "sweep", $"localhost:{port}");
        AssertToldWhy("shows another certificate (CN=rl, SHA-1 ", "sweep", $"localhost:{port}", "--certificate", Folder.File("other.pem"));
        AssertToldWhy("shows another certificate (CN=rl, SHA-1 ", "worker", $"localhost:{port}", "--certificate", Folder.File("other.pem"));
        using var sweep = Start(
            ["sweep", "td3", "Pendulum-v1", "batch_size=8,12,16", "--search", "grid", "--name", "a", "--workers", "2", "--cluster", $"localhost:{port}", .. certificate, .. Options]);
        string Said() => $"sweep: {sweep.Output}{sweep.Error}\nworkers:\n{string.Join("\n", Workers.Select(worker => worker.Error))}";
        // A place of its own and a run that waits: the second worker has one at once. It is killed in the middle of it, after a checkpoint.
        var isInTheMiddle = Within(
            TimeSpan.FromMinutes(3),
            () => sweep.HasExited || (Executed(second) is { } run && File.Exists(Path.Combine(run, "checkpoints", "checkpoint-200.bin"))));
        Assert.True(isInTheMiddle && !sweep.HasExited, Said());
        second.Kill();
        Assert.True(sweep.WaitForExit(TimeSpan.FromMinutes(4)) == 0, Said());
        Assert.True(sweep.Error.Contains("is tried again from its last checkpoint", StringComparison.Ordinal), Said());
        Assert.Contains("best: trial ", sweep.Output);

        AssertAsAlone(Options, 8, 12, 16);
    }

    /// <summary>Who cannot join is told so with code 2, and has not waited for long.</summary>
    void AssertToldWhy(string problem, string verb, string address, params string[] more)
    {
        string[] work = verb == "sweep" ? ["td3", "Pendulum-v1", "batch_size=8,12"] : [];
        var (console, start) = (new TestConsole(), TimeProvider.System.GetTimestamp());
        Assert.Equal(2, console.Run([verb, .. work, "--runs", Folder.File("none"), "--cluster", address, .. more]));
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.Contains(problem, console.Error);
        Assert.False(Directory.Exists(Folder.File("none")));
    }

    [Fact]
    public void Sweep_AWorkerThatADatabaseKnows_EndsWithTheBytesOfOneMachine()
    {
        Assert.SkipWhen(PostgresServer.Programs is null, "PostgreSQL is not installed (apt-get install postgresql-15)");
        using var server = new PostgresServer(Directory.CreateDirectory(Folder.File("server")).FullName, FreePort());
        var console = new TestConsole();
        AssertToldWhy("is not prepared for a cluster; `./rl cluster init` does that.", "sweep", server.ConnectionString);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(0, console.Run("cluster", "init", "--cluster", server.ConnectionString));
        }

        StartWorker(server.ConnectionString);
        string[] options = [.. Options, "total_steps=400", "evaluation_interval=200"];
        var code = console.Run(
            ["sweep", "td3", "Pendulum-v1", "batch_size=8,12", "--search", "grid", "--name", "a", "--runs", Folder.File("runs"), "--cluster", server.ConnectionString, .. options]);
        Assert.True(code == 0, console.Error);
        AssertAsAlone(options, 8, 12);
        // Before the database.
        Workers.ForEach(worker => worker.Dispose());
        Workers.Clear();
    }

    /// <summary>A file with a self-made certificate and its key.</summary>
    string Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=rl", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(Folder.File(name), $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return Folder.File(name);
    }

    /// <summary>Whoever shows another certificate is cut off before anything is exchanged.</summary>
    static void AssertRefused(IPEndPoint gateway, string certificate)
    {
        using var client = new TcpClient { ReceiveTimeout = 30_000 };
        client.Connect(gateway);
        using var other = X509Certificate2.CreateFromPemFile(certificate);
        using var stream = new SslStream(client.GetStream());
        try
        {
            stream.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = "rl",
                ClientCertificates = [other],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.Subject == "CN=rl",
            });
            Assert.Equal(-1, stream.ReadByte());
        }
        catch (IOException exception)
        {
            Assert.NotEqual(SocketError.TimedOut, (exception.InnerException as SocketException)?.SocketErrorCode);
        }
    }

    [Fact]
    public void Job_FromTheWire_StaysBelowTheRunsAndLoadsNoAssembly()
    {
        using var processes = new WorkerProcesses("/bin/false", [], 1);
        using var room = new WorkerRoom(Folder.File("runs"), processes, 1, _ => { });
        const string Empty = "{\"run\":{\"folder\":\"\"}}";
        Assert.Equal(Folder.File("runs", "a", "t0000-s0"), room.Job(new(3, "a/t0000-s0"), "{\"run\":{\"folder\":\"\",\"pause_at\":7}}")!.Folder);
        Assert.Null(room.Job(new(3, "../elsewhere"), Empty));
        Assert.Null(room.Job(new(3, "/etc"), Empty));
        Assert.Null(room.Job(new(3, ".."), Empty));
        Assert.Null(room.Job(new(3, "a"), "{\"run\":{\"folder\":\"\",\"assemblies\":[\"evil.dll\"]}}"));
        Assert.Null(room.FilesOf(new(3, "a"), Empty));
        Assert.Null(room.FilesOf(new(3, "a"), "{\"of another version\":1}"));
        Assert.Null(room.FilesOf(new(3, "../elsewhere"), "{\"run\":{\"folder\":\"\"},\"sends_files\":true}"));
        using var files = room.FilesOf(new(3, "a/t0000-s0"), "{\"run\":{\"folder\":\"\"},\"sends_files\":true}");
        Assert.StartsWith(Folder.File("runs", ".sent") + "/", files!.Folder, StringComparison.Ordinal);
        Assert.EndsWith("/t0000-s0", files.Folder, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--cluster is localhost:0; allowed: a port", "localhost:0")]
    [InlineData("--cluster is localhost:x; allowed: a port", "localhost:x")]
    [InlineData("--cluster has a password, which a command line shows to everybody", "Host=a;Database=b;Password=secret")]
    [InlineData("--cluster is no address; allowed: localhost", "Hots=a;Password=secret")]
    [InlineData("--cluster is file:/no/such; there is no such file", "file:/no/such")]
    public void Worker_ABadAddress_EndsWith2AndShowsNoPassword(string problem, string address)
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run("worker", "--cluster", address, "--runs", Folder.File("runs")));
        Assert.Contains(problem, console.Error);
        Assert.DoesNotContain("secret", console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }

    [Fact]
    public void Sweep_NoWorkerAnswers_EndsWith2AndWritesNothing()
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run("sweep", "td3", "Pendulum-v1", "batch_size=8,12", "--runs", Folder.File("runs"), "--cluster", $"localhost:{FreePort()}"));
        Assert.Contains("No worker of the cluster answers", console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(Folder.Path));
    }

    [Theory]
    [InlineData("sweep")]
    [InlineData("worker")]
    public void Cluster_ADatabaseThatDoesNotAnswer_IsNamed(string verb)
    {
        var port = FreePort();
        AssertToldWhy($"The database rl at 127.0.0.1:{port} cannot be used: Failed to connect", verb, $"Host=127.0.0.1;Port={port};Database=rl;Username=rl");
    }
}
