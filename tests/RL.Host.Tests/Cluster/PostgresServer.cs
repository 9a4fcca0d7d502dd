using System.Diagnostics;

namespace RL.Host.Tests;

/// <summary>A PostgreSQL server of a test's own, on the loopback, with its data in a folder; as a user without rights, because it refuses others.</summary>
sealed class PostgresServer : IDisposable
{
    const string Versions = "/usr/lib/postgresql";

    readonly string _data;
    readonly int _port;

    /// <summary>Makes and starts it.</summary>
    /// <param name="folder">Empty; the data goes there.</param>
    /// <param name="port">Free.</param>
    public PostgresServer(string folder, int port)
    {
        (_data, _port) = (Path.Combine(folder, "data"), port);
        // The other user has to come there.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(Path.GetDirectoryName(folder)!, (UnixFileMode)0b_111_101_101);
            File.SetUnixFileMode(folder, (UnixFileMode)0b_111_111_111);
        }

        Run("initdb", "-D", _data, "-U", "rl", "--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8");
        Run("pg_ctl", "-D", _data, "-w", "-l", Path.Combine(_data, "log"), "-o", $"-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -k {folder}", "start");
    }

    /// <summary>Where its programs are; null if it is not installed.</summary>
    public static string? Programs { get; } = Directory.Exists(Versions)
        ? Directory.GetDirectories(Versions).Select(version => Path.Combine(version, "bin")).Where(bin => File.Exists(Path.Combine(bin, "initdb"))).Max()
        : null;

    /// <summary>To a database that every server has.</summary>
    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Database=postgres;Username=rl";

    public void Dispose() => Run("pg_ctl", "-D", _data, "-m", "immediate", "stop");

    static void Run(string program, params string[] arguments)
    {
        string[] rights = Environment.IsPrivilegedProcess ? ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] : [];
        using var process = new Process
        {
            // What it starts must not hold the test's output open.
            StartInfo = new("setpriv", [.. rights, "sh", "-c", "exec \"$0\" \"$@\" >/dev/null 2>&1", Path.Combine(Programs!, program), .. arguments]) { WorkingDirectory = "/" },
        };
        process.Start();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} ended with code {process.ExitCode}.");
    }
}
