using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Orleans.Configuration;
using Orleans.Connections.Security;
using Orleans.Hosting;

namespace RL.Cluster;

/// <summary>How workers and clients join a cluster.</summary>
static class ClusterNetwork
{
    /// <summary>Of the cluster, and of the host that certificates are asked for.</summary>
    public const string Name = "rl";

    const string Provider = "Npgsql";

    /// <summary>As long as an answer is waited for.</summary>
    public static readonly TimeSpan Response = TimeSpan.FromSeconds(5);

    static readonly TimeSpan _probe = TimeSpan.FromSeconds(2);

    /// <summary>A client.</summary>
    public static void Join(IClientBuilder client, ClusterAddress address)
    {
        if (address.Certificate is { } certificate)
        {
            client.UseTls(certificate, options => Demand(options, certificate));
        }

        if (address.Database is { } database)
        {
            client.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Provider, database));
            client.Configure<ClusterOptions>(SetName);
        }
        else
        {
            client.UseStaticClustering(address.Gateway).Configure<ClusterOptions>(SetName);
        }
    }

    /// <summary>A worker.</summary>
    /// <param name="silo">The worker.</param>
    /// <param name="address">The cluster.</param>
    /// <param name="listen">Address of this machine at which others reach it; the loopback unless told otherwise.</param>
    public static void Join(ISiloBuilder silo, ClusterAddress address, IPAddress listen)
    {
        if (address.Database is { } database)
        {
            silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = (Provider, database));
            silo.ConfigureEndpoints(listen, FreePort(listen), FreePort(listen), listenOnAnyHostAddress: false);
        }
        else
        {
            // The first worker of this machine keeps the list of all of them.
            var first = new IPEndPoint(IPAddress.Loopback, address.Port);
            var isFirst = IsFree(first);
            silo.UseDevelopmentClustering(first);
            silo.ConfigureEndpoints(
                IPAddress.Loopback,
                isFirst ? address.Port : FreePort(IPAddress.Loopback),
                isFirst ? address.Port + 1 : FreePort(IPAddress.Loopback),
                listenOnAnyHostAddress: false);
        }

        if (address.Certificate is { } certificate)
        {
            silo.UseTls(certificate, options => Demand(options, certificate));
        }

        silo.Configure<ClusterOptions>(SetName);
        silo.Configure<ClusterMembershipOptions>(options => options.ProbeTimeout = _probe);
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = Response);
    }

    /// <summary>Both ends show the certificate of the cluster; that it is the very same is all that counts, not who has signed it or for which host.</summary>
    static void Demand(TlsOptions options, X509Certificate2 certificate)
    {
        options.LocalCertificate = certificate;
        options.RemoteCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.ClientCertificateMode = RemoteCertificateMode.RequireCertificate;
        options.RemoteCertificateValidation = (other, _, _) => other is not null && AreSame(other, certificate);
        options.SslProtocols = SslProtocols.Tls13;
        options.OnAuthenticateAsClient = (_, authentication) =>
        {
            authentication.TargetHost = Name;
            authentication.ClientCertificates = [certificate];
        };
    }

    /// <summary>Whether two certificates are the very same.</summary>
    public static bool AreSame(X509Certificate2 one, X509Certificate2 other) => one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);

    static void SetName(ClusterOptions options) => (options.ClusterId, options.ServiceId) = (Name, Name);

    static bool IsFree(IPEndPoint place)
    {
        try
        {
            using var probe = new TcpListener(place);
            probe.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    static int FreePort(IPAddress address)
    {
        using var probe = new TcpListener(address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
