using System.CommandLine;

namespace RL.Host;

/// <summary>The options that name a cluster; shared by several verbs.</summary>
/// <param name="gives">Whether the verb gives runs to workers.</param>
sealed class ClusterArguments(bool gives)
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

    readonly Option<bool> _sendsFiles = new("--send-files")
    {
        Description = "The workers have no folder in common with this machine: files travel to them and back. Default: --runs is one folder for all.",
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> Options => gives ? [_cluster, _certificate, _sendsFiles] : [_cluster, _certificate];

    /// <summary>Adds them to a verb.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in Options)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The cluster; null if none is named.</summary>
    /// <exception cref="UserException">It is no address, or the certificate cannot be read.</exception>
    public ClusterAddress? Address(ParseResult parsed)
    {
        var (address, certificate) = (parsed.GetValue(_cluster), parsed.GetValue(_certificate));
        var sendsFiles = gives && parsed.GetValue(_sendsFiles);
        return address is not null ? ClusterAddress.Parse(address).WithCertificate(certificate) with { SendsFiles = sendsFiles }
            : certificate is not null ? throw new UserException("--certificate is given without --cluster; allowed: both.")
            : sendsFiles ? throw new UserException("--send-files is given without --cluster; allowed: both.")
            : null;
    }
}
