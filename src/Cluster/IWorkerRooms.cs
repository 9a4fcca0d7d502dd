using Orleans.Runtime;

namespace RL.Cluster;

/// <summary>The workers that a silo is: one, but where many are simulated.</summary>
interface IWorkerRooms
{
    /// <summary>The room of a worker; null of one that is not here.</summary>
    WorkerRoom? Find(string worker);
}

/// <summary>The one worker of a silo, which is called as the silo is.</summary>
sealed class OwnRoom(WorkerRoom room, ILocalSiloDetails silo) : IWorkerRooms
{
    /// <summary>The name of a silo's worker.</summary>
    public static string Name(ILocalSiloDetails silo) => silo.SiloAddress.ToParsableString();

    /// <inheritdoc/>
    public WorkerRoom? Find(string worker) => worker == Name(silo) ? room : null;
}
