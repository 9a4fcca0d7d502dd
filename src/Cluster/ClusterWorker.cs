using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Hosting;
using Orleans.Runtime;

namespace RL.Cluster;

/// <summary>A worker of a cluster: an Orleans silo that executes runs in processes of its own.</summary>
public static class ClusterWorker
{
    /// <summary>As long as runs may take to write their checkpoints when the worker ends.</summary>
    static readonly TimeSpan _shutdown = TimeSpan.FromMinutes(2);

    /// <summary>Looks whether a worker can join, as the first or beside others.</summary>
    /// <exception cref="UserException">The database does not answer, or the other workers have another certificate.</exception>
    public static void ThrowUnlessWelcome(ClusterAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        ClusterProbe.ThrowIfRefused(address).GetAwaiter().GetResult();
    }

    /// <summary>Adds a worker to a host, which then is one as long as it runs.</summary>
    /// <param name="builder">The host.</param>
    /// <param name="address">The cluster.</param>
    /// <param name="listen">Address of this machine at which the others reach it.</param>
    /// <param name="runs">Folder of the runs, which all workers share.</param>
    /// <param name="executor">Executes runs on this machine.</param>
    /// <param name="workers">Runs at a time.</param>
    /// <param name="report">Told what whoever looks after the worker may want to know, one sentence.</param>
    /// <param name="clock">The clock.</param>
    public static void Add(
        IHostApplicationBuilder builder, ClusterAddress address, IPAddress listen, string runs, IRunExecutor executor, int workers, Action<string> report, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services
            .Configure<HostOptions>(options => options.ShutdownTimeout = _shutdown)
            .AddSingleton(clock)
            .AddSingleton(_ => new WorkerRoom(runs, executor, workers, report))
            .AddSingleton<IWorkerRooms, OwnRoom>();
        builder.UseOrleans(silo =>
        {
            ClusterNetwork.Join(silo, address, listen);
            silo.AddPlacementDirector<WorkerPlacement, WorkerPlacementDirector>();
        });
        // After the silo, so that it is begun after it and ended before it.
        builder.Services.AddHostedService(services => new WorkerAnnouncer(
            services.GetRequiredService<WorkerRoom>(), OwnRoom.Name(services.GetRequiredService<ILocalSiloDetails>()), services.GetRequiredService<IGrainFactory>(), clock));
    }
}
