using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RL.Cluster;

/// <summary>Where the workers of a cluster find each other.</summary>
/// <param name="Port">Port of the first worker of this machine; its gateway for clients is the next one. 0 if there is a database.</param>
/// <param name="Database">Connection string of a PostgreSQL database that knows the workers; null: workers of this machine alone.</param>
public sealed record ClusterAddress(int Port, string? Database)
{
    /// <summary>The certificate of the cluster, with its key: everything is encrypted, and whoever has not the same one is refused. Null: none.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>
    /// Whether the files of runs travel to the workers and back, because these share no folder with whoever gives them runs.
    /// </summary>
    public bool SendsFiles { get; init; }

    /// <summary>Environment variable that the connection string may be in.</summary>
    public const string Variable = "RL_CLUSTER";

    const string Local = "localhost";
    const string FromFile = "file:";
    const int DefaultPort = 11_111;

    /// <summary>Highest port that has a next one.</summary>
    const int LastPort = 65_534;

    /// <summary>
    /// Reads an address: "localhost", "localhost:PORT", a connection string "Host=…;Database=…", or "file:PATH", a file that holds one. A password
    /// belongs into such a file or into the environment variable <see cref="Variable"/>, which "env" names, because command lines are seen by
    /// everybody and are recorded with runs.
    /// </summary>
    /// <exception cref="UserException">It is none of these.</exception>
    public static ClusterAddress Parse(string text) => Parse(text, isHidden: false);

    /// <summary>The same cluster, whose workers have the certificate of a file.</summary>
    /// <param name="file">A PEM file with the certificate and its key; null: none.</param>
    /// <exception cref="UserException">It is no such file.</exception>
    public ClusterAddress WithCertificate(string? file)
    {
        if (file is null)
        {
            return this;
        }

        try
        {
            return this with { Certificate = X509Certificate2.CreateFromPemFile(file) };
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new UserException($"--certificate is {Shown.Short(file)}, which cannot be read: {exception.Message} Allowed: a PEM file with a certificate and its private key.");
        }
    }

    static ClusterAddress Parse(string text, bool isHidden)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split(':');
        if (parts[0] == Local && parts.Length <= 2)
        {
            var isPort = int.TryParse(parts.Length == 2 ? parts[1] : DefaultPort.ToString(CultureInfo.InvariantCulture), NumberStyles.None, CultureInfo.InvariantCulture, out var port);
            return isPort && port is > 0 and <= LastPort
                ? new(port, null)
                : throw new UserException($"--cluster is {Shown.Short(text)}; allowed: a port from 1 to {LastPort}.");
        }

        if (text == "env")
        {
            return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value
                ? Parse(value, isHidden: true)
                : throw new UserException($"--cluster is env, and the environment variable {Variable} is not set.");
        }

        if (text.StartsWith(FromFile, StringComparison.Ordinal))
        {
            return File.Exists(text[FromFile.Length..])
                ? Parse(File.ReadAllText(text[FromFile.Length..]).Trim(), isHidden: true)
                : throw new UserException($"--cluster is {Shown.Short(text)}; there is no such file.");
        }

        return new(0, Connection(text, isHidden));
    }

    /// <summary>The gateway of the first worker of this machine.</summary>
    public IPEndPoint Gateway => new(IPAddress.Loopback, Port + 1);

    static string Connection(string text, bool isHidden)
    {
        try
        {
            var connection = new Npgsql.NpgsqlConnectionStringBuilder(text);
            if (!isHidden && !string.IsNullOrEmpty(connection.Password))
            {
                throw new UserException($"--cluster has a password, which a command line shows to everybody; allowed: file:PATH, or env for the environment variable {Variable}.");
            }

            return connection is { Host.Length: > 0, Database.Length: > 0 } ? connection.ToString() : throw Unknown();
        }
        catch (ArgumentException)
        {
            throw Unknown();
        }
    }

    /// <remarks>What was given may hold a password, so that it is not repeated.</remarks>
    static UserException Unknown() => new(
        "--cluster is no address; allowed: localhost, localhost:PORT, \"Host=…;Database=…\" of a PostgreSQL database, file:PATH with such a text in it, or "
        + $"env for the environment variable {Variable}.");
}
