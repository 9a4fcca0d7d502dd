using Npgsql;

namespace RL.Cluster;

/// <summary>The database in which the workers of several machines find each other.</summary>
public static class ClusterDatabase
{
    /// <summary>Creates the tables in it; those that are there stay as they are.</summary>
    /// <exception cref="UserException">The address is that of no database.</exception>
    /// <exception cref="NpgsqlException">It does not answer, or refuses.</exception>
    public static void Create(ClusterAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var text = address.Database
            ?? throw new UserException("--cluster is localhost, which needs no preparation; allowed: \"Host=…;Database=…\", file:PATH or env.");
        using var script = new StreamReader(typeof(ClusterDatabase).Assembly.GetManifestResourceStream("Membership.sql")!);
        using var connection = new NpgsqlConnection(text);
        connection.Open();
        using var transaction = connection.BeginTransaction();
        using var command = new NpgsqlCommand(script.ReadToEnd(), connection, transaction);
        // What stands in quotes there are parameters of statements that are only stored.
        command.ExecuteNonQuery();
        transaction.Commit();
    }
}
