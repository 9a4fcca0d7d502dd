using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RL.Host.Tests;

/// <summary>Workers of a cluster as processes of their own.</summary>
public sealed class ClusterTests : IDisposable
{
    static readonly string[] _options =
    [
        "start_steps=20", "hidden_layers=8", "replay_capacity=2000", "evaluation_interval=1000", "evaluation_episodes=1", "checkpoint_interval=200",
        // All are kept, so that the first can be waited for however late one looks.
        "checkpoints_kept=15", "log_interval=1000", "total_steps=3000",
    ];

    readonly TemporaryFolder _folder = new();
    readonly List<CollectedProcess> _workers = [];

    public void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        // Runs end a moment after the worker that executed them.
        Within(TimeSpan.FromSeconds(30), () => !Directory.Exists(_folder.File("runs", "a")) || !Directory.GetDirectories(_folder.File("runs", "a")).Any(RunLock.IsTaken));
        _folder.Dispose();
    }

    CollectedProcess Start(params string[] arguments) => new(ChildProcess.Start(ChildProcess.Host, _folder.Path, arguments));

    /// <summary>A worker that is ready.</summary>
    CollectedProcess StartWorker(string address, params string[] more)
    {
        var worker = Start(["worker", "--cluster", address, "--workers", "1", .. more]);
        _workers.Add(worker);
        Assert.True(Within(TimeSpan.FromSeconds(60), () => worker.Error.Contains("1 runs at a time below", StringComparison.Ordinal)), worker.Error);
        return worker;
    }

    /// <summary>Looks until it is so.</summary>
    static bool Within(TimeSpan time, Func<bool> isSo)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (TimeProvider.System.GetElapsedTime(start) > time)
            {
                return false;
            }

            Thread.Sleep(20);
        }

        return true;
    }

    /// <summary>The folder of the run that a child process of a worker writes to now; null if there is none.</summary>
    string? Executed(CollectedProcess worker) => Directory.Exists(_folder.File("runs", "a"))
        ? Directory.GetDirectories(_folder.File("runs", "a")).FirstOrDefault(run => Children(worker.Id).Any(child => Holds(child, Path.Combine(run, RunLock.FileName))))
        : null;

    static IEnumerable<int> Children(int process) =>
        Directory.GetDirectories($"/proc/{process}/task")
            .SelectMany(task => Read(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    static bool Holds(int process, string file)
    {
        try
        {
            return Directory.GetFileSystemEntries($"/proc/{process}/fd").Any(open => File.ResolveLinkTarget(open, false)?.FullName == file);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    [Fact]
    public void Sweep_AWorkerOfAClusterWithACertificateIsKilled_EndsWithTheBytesOfOneMachine()
    {
        var port = FreePort();
        string[] certificate = ["--certificate", Certificate("own.pem")];
        StartWorker($"localhost:{port}", certificate);
        var second = StartWorker($"localhost:{port}", certificate);
        AssertRefused(ClusterAddress.Parse($"localhost:{port}").Gateway, Certificate("other.pem"));
        AssertToldWhy("shows a certificate (CN=rl, SHA-1 ", "sweep", $"localhost:{port}");
        AssertToldWhy("shows another certificate (CN=rl, SHA-1 ", "sweep", $"localhost:{port}", "--certificate", _folder.File("other.pem"));
        AssertToldWhy("shows another certificate (CN=rl, SHA-1 ", "worker", $"localhost:{port}", "--certificate", _folder.File("other.pem"));
        using var sweep = Start(
            ["sweep", "td3", "Pendulum-v1", "batch_size=8,12,16", "--search", "grid", "--name", "a", "--workers", "2", "--cluster", $"localhost:{port}", .. certificate, .. _options]);
        string Said() => $"sweep: {sweep.Output}{sweep.Error}\nworkers:\n{string.Join("\n", _workers.Select(worker => worker.Error))}";
        // A place of its own and a run that waits: the second worker has one at once. It is killed in the middle of it, after a checkpoint.
        var isInTheMiddle = Within(
            TimeSpan.FromMinutes(3),
            () => sweep.HasExited || (Executed(second) is { } run && File.Exists(Path.Combine(run, "checkpoints", "checkpoint-200.bin"))));
        Assert.True(isInTheMiddle && !sweep.HasExited, Said());
        second.Kill();
        Assert.True(sweep.WaitForExit(TimeSpan.FromMinutes(4)) == 0, Said());
        Assert.True(sweep.Error.Contains("is tried again from its last checkpoint", StringComparison.Ordinal), Said());
        Assert.Contains("best: trial ", sweep.Output);

        AssertAsAlone(_options, 8, 12, 16);
    }

    [Fact]
    public void Sweep_WorkersShareNoFolderAndOneIsKilled_EndsWithTheBytesOfOneMachine()
    {
        var address = $"localhost:{FreePort()}";
        StartWorker(address, "--runs", _folder.File("first"));
        var second = StartWorker(address, "--runs", _folder.File("second"));
        using var sweep = Start(
            ["sweep", "td3", "Pendulum-v1", "batch_size=8,12,16", "--search", "grid", "--name", "a", "--workers", "2", "--cluster", address, "--send-files", .. _options]);
        string Said() => $"sweep: {sweep.Output}{sweep.Error}\nworkers:\n{string.Join("\n", _workers.Select(worker => worker.Error))}";
        var sent = Directory.CreateDirectory(_folder.File("second", ".sent")).FullName;
        Assert.True(Within(TimeSpan.FromMinutes(3), () => sweep.HasExited || Files(sent, "checkpoint-200.bin").Length > 0) && !sweep.HasExited, Said());
        second.Kill();
        Assert.True(sweep.WaitForExit(TimeSpan.FromMinutes(4)) == 0, Said());
        Assert.True(sweep.Error.Contains("is tried again from its last checkpoint", StringComparison.Ordinal), Said());
        AssertAsAlone(_options, 8, 12, 16);
        // Nothing stays behind but with the worker that was killed.
        Assert.True(Within(TimeSpan.FromSeconds(30), () => Files(_folder.File("first"), "*").Length == 0), string.Join(", ", Files(_folder.File("first"), "*")));
        Assert.Empty(Files(_folder.File("runs"), "*.tmp"));
    }

    static string[] Files(string folder, string pattern) => Directory.GetFiles(folder, pattern, SearchOption.AllDirectories);

    /// <summary>Who cannot join is told so with code 2, and has not waited for long.</summary>
    void AssertToldWhy(string problem, string verb, string address, params string[] more)
    {
        string[] work = verb == "sweep" ? ["td3", "Pendulum-v1", "batch_size=8,12"] : [];
        var (console, start) = (new TestConsole(), TimeProvider.System.GetTimestamp());
        Assert.Equal(2, console.Run([verb, .. work, "--runs", _folder.File("none"), "--cluster", address, .. more]));
        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.Contains(problem, console.Error);
        Assert.False(Directory.Exists(_folder.File("none")));
    }

    /// <summary>Every run of the sweep has the bytes of one that was trained here.</summary>
    void AssertAsAlone(string[] options, params int[] batches)
    {
        foreach (var (trial, batch) in batches.Index())
        {
            var run = $"t{trial:0000}-s0";
            using var alone = Training.Run("td3", "Pendulum-v1", new() { Assignments = [.. options, $"batch_size={batch}"], Runs = _folder.Path, Name = run });
            foreach (var file in new[] { "policy.safetensors", "best.safetensors", "evaluation.csv" })
            {
                Assert.Equal(File.ReadAllBytes(_folder.File(run, file)), File.ReadAllBytes(_folder.File("runs", "a", run, file)));
            }
        }
    }

    [Fact]
    public void Sweep_AWorkerThatADatabaseKnows_EndsWithTheBytesOfOneMachine()
    {
        Assert.SkipWhen(PostgresServer.Programs is null, "PostgreSQL is not installed (apt-get install postgresql-15)");
        using var server = new PostgresServer(Directory.CreateDirectory(_folder.File("server")).FullName, FreePort());
        var console = new TestConsole();
        AssertToldWhy("is not prepared for a cluster; `./rl cluster init` does that.", "sweep", server.ConnectionString);
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(0, console.Run("cluster", "init", "--cluster", server.ConnectionString));
        }

        StartWorker(server.ConnectionString);
        string[] options = [.. _options, "total_steps=400", "evaluation_interval=200"];
        var code = console.Run(
            ["sweep", "td3", "Pendulum-v1", "batch_size=8,12", "--search", "grid", "--name", "a", "--runs", _folder.File("runs"), "--cluster", server.ConnectionString, .. options]);
        Assert.True(code == 0, console.Error);
        AssertAsAlone(options, 8, 12);
        // Before the database.
        _workers.ForEach(worker => worker.Dispose());
        _workers.Clear();
    }

    /// <summary>A file with a self-made certificate and its key.</summary>
    string Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=rl", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(_folder.File(name), $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return _folder.File(name);
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
        using var room = new WorkerRoom(_folder.File("runs"), processes, 1, _ => { });
        const string Empty = "{\"run\":{\"folder\":\"\"}}";
        Assert.Equal(_folder.File("runs", "a", "t0000-s0"), room.Job(new(3, "a/t0000-s0"), "{\"run\":{\"folder\":\"\",\"pause_at\":7}}")!.Folder);
        Assert.Null(room.Job(new(3, "../elsewhere"), Empty));
        Assert.Null(room.Job(new(3, "/etc"), Empty));
        Assert.Null(room.Job(new(3, ".."), Empty));
        Assert.Null(room.Job(new(3, "a"), "{\"run\":{\"folder\":\"\",\"assemblies\":[\"evil.dll\"]}}"));
        Assert.Null(room.FilesOf(new(3, "a"), Empty));
        Assert.Null(room.FilesOf(new(3, "a"), "{\"of another version\":1}"));
        Assert.Null(room.FilesOf(new(3, "../elsewhere"), "{\"run\":{\"folder\":\"\"},\"sends_files\":true}"));
        using var files = room.FilesOf(new(3, "a/t0000-s0"), "{\"run\":{\"folder\":\"\"},\"sends_files\":true}");
        Assert.StartsWith(_folder.File("runs", ".sent") + "/", files!.Folder, StringComparison.Ordinal);
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
        Assert.Equal(2, console.Run("worker", "--cluster", address, "--runs", _folder.File("runs")));
        Assert.Contains(problem, console.Error);
        Assert.DoesNotContain("secret", console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Sweep_NoWorkerAnswers_EndsWith2AndWritesNothing()
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run("sweep", "td3", "Pendulum-v1", "batch_size=8,12", "--runs", _folder.File("runs"), "--cluster", $"localhost:{FreePort()}"));
        Assert.Contains("No worker of the cluster answers", console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData("sweep")]
    [InlineData("worker")]
    public void Cluster_ADatabaseThatDoesNotAnswer_IsNamed(string verb)
    {
        var port = FreePort();
        AssertToldWhy($"The database rl at 127.0.0.1:{port} cannot be used: Failed to connect", verb, $"Host=127.0.0.1;Port={port};Database=rl;Username=rl");
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
