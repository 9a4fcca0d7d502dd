using System.CommandLine;

namespace RL.Host;

/// <summary>The options that name a cluster; shared by several verbs.</summary>
sealed class ClusterArguments
{
    readonly Option<string?> _cluster = new("--cluster")
    {
        Description = "The cluster: localhost[:PORT] (workers of this machine), \"Host=…;Database=…\" (PostgreSQL), file:PATH with such a text, or env for "
            + "the environment variable RL_CLUSTER.",
        HelpName = "ADDRESS",
    };

    readonly Option<string?> _certificate = new("--certificate")
    {
        Description = "PEM file with the certificate of the cluster and its private key: connections are encrypted, and whoever has another one is refused.",
        HelpName = "FILE",
    };

    /// <summary>Both options.</summary>
    public IEnumerable<Option> Options => [_cluster, _certificate];

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_cluster);
        command.Options.Add(_certificate);
    }

    /// <summary>The cluster; null if none is named.</summary>
    /// <exception cref="UserException">It is no address, or the certificate cannot be read.</exception>
    public ClusterAddress? Address(ParseResult parsed)
    {
        var (address, certificate) = (parsed.GetValue(_cluster), parsed.GetValue(_certificate));
        return address is not null ? ClusterAddress.Parse(address).WithCertificate(certificate)
            : certificate is null ? null
            : throw new UserException("--certificate is given without --cluster; allowed: both.");
    }
}
