using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace RL.Cluster;

/// <summary>The database in which the workers of several machines find each other.</summary>
public static class ClusterDatabase
{
    /// <summary>Seconds that a connection may take at most.</summary>
    const int Patience = 10;

    /// <summary>Creates the tables in it; those that are there stay as they are.</summary>
    /// <exception cref="UserException">The address is that of no database, or it does not answer, or refuses.</exception>
    public static void Create(ClusterAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var text = address.Database
            ?? throw new UserException("--cluster is localhost, which needs no preparation; allowed: \"Host=…;Database=…\", file:PATH or env.");
        using var script = new StreamReader(typeof(ClusterDatabase).Assembly.GetManifestResourceStream("Membership.sql")!);
        using var connection = Open(text).GetAwaiter().GetResult();
        using var transaction = connection.BeginTransaction();
        using var command = new NpgsqlCommand(script.ReadToEnd(), connection, transaction);
        // What stands in quotes there are parameters of statements that are only stored.
        command.ExecuteNonQuery();
        transaction.Commit();
    }

    /// <summary>Where the workers that it knows can be reached by others.</summary>
    /// <exception cref="UserException">It does not answer, or refuses, or is not prepared.</exception>
    internal static async Task<List<IPEndPoint>> Gateways(ClusterAddress address)
    {
        var connection = await Open(address.Database!).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // 3 is an active one.
            var command = new NpgsqlCommand("SELECT Address, ProxyPort FROM OrleansMembershipTable WHERE DeploymentId = @name AND Status = 3 AND ProxyPort > 0", connection);
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.AddWithValue("name", ClusterNetwork.Name);
                try
                {
                    var rows = await command.ExecuteReaderAsync().ConfigureAwait(false);
                    await using (rows.ConfigureAwait(false))
                    {
                        var gateways = new List<IPEndPoint>();
                        while (await rows.ReadAsync().ConfigureAwait(false))
                        {
                            gateways.Add(new(IPAddress.Parse(rows.GetString(0)), rows.GetInt32(1)));
                        }

                        return gateways;
                    }
                }
                catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UndefinedTable)
                {
                    throw new UserException($"The database {Name(address.Database!)} is not prepared for a cluster; `./rl cluster init` does that.");
                }
            }
        }
    }

    static async Task<NpgsqlConnection> Open(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder(text);
        settings.Timeout = Math.Min(settings.Timeout, Patience);
        var connection = new NpgsqlConnection(settings.ToString());
        try
        {
            await connection.OpenAsync().ConfigureAwait(false);
            return connection;
        }
        catch (Exception exception) when (exception is NpgsqlException or SocketException or TimeoutException or IOException)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new UserException($"The database {Name(text)} cannot be used: {exception.Sentence()}");
        }
    }

    /// <remarks>Without the password.</remarks>
    static string Name(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder(text);
        return $"{settings.Database} at {settings.Host}:{settings.Port}";
    }
}
