using System.CommandLine;

namespace RL.Host;

/// <summary>The options that divide work on a policy and say who does it; shared by several verbs.</summary>
/// <param name="what">What is divided.</param>
sealed class PieceArguments(string what)
{
    readonly Option<int?> _shards = new("--shards")
    {
        Description = $"Parts that {what} are divided into, to be looked at apart. Default: 1. Results depend on their number, and not on who does them.",
        HelpName = "N",
    };

    readonly Option<int?> _workers = new("--workers")
    {
        Description = "Processes at a time. Default: none, all is done in this one; with --cluster the number of cores.",
        HelpName = "N",
    };

    readonly ClusterArguments _cluster = new(gives: true);

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_shards);
        command.Options.Add(_workers);
        _cluster.AddTo(command);
    }

    /// <summary>The number of parts.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="most">As many as there can be.</param>
    /// <exception cref="UserException">It is not allowed.</exception>
    public int Shards(ParseResult parsed, int most)
    {
        var shards = parsed.GetValue(_shards) ?? 1;
        Require.Within("--shards", shards, 1, most);
        return shards;
    }

    /// <summary>The cluster, and the processes at a time; null where they are not given.</summary>
    /// <exception cref="UserException">They are not allowed.</exception>
    public (ClusterAddress? Cluster, int? Workers) Place(ParseResult parsed)
    {
        Require.Within("--workers", parsed.GetValue(_workers) ?? 1, 1, 1024);
        return (_cluster.Address(parsed), parsed.GetValue(_workers));
    }
}
