using System.Net;
using System.Net.Sockets;
using Orleans.Configuration;
using Orleans.Hosting;

namespace RL.Cluster;

/// <summary>How workers and clients join a cluster.</summary>
static class ClusterNetwork
{
    const string Name = "rl";
    const string Provider = "Npgsql";

    /// <summary>As long as an answer is waited for.</summary>
    public static readonly TimeSpan Response = TimeSpan.FromSeconds(5);

    static readonly TimeSpan _probe = TimeSpan.FromSeconds(2);

    /// <summary>A client.</summary>
    public static void Join(IClientBuilder client, ClusterAddress address)
    {
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

        silo.Configure<ClusterOptions>(SetName);
        silo.Configure<ClusterMembershipOptions>(options => options.ProbeTimeout = _probe);
        silo.Configure<SiloMessagingOptions>(options => options.ResponseTimeout = Response);
    }

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
