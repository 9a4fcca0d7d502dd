using Orleans.Placement;
using Orleans.Runtime;
using Orleans.Runtime.Placement;

namespace RL.Cluster;

/// <summary>Places a grain on the worker that its key begins with (<see cref="RunGrain.Key"/>).</summary>
[GenerateSerializer, Immutable]
[Alias("rl.worker")]
sealed class WorkerPlacement : PlacementStrategy;

/// <summary>Marks grains that are placed so.</summary>
[AttributeUsage(AttributeTargets.Class)]
sealed class WorkerPlacementAttribute() : PlacementAttribute(new WorkerPlacement());

/// <remarks>If the worker is gone, any other one will do: the grain there answers that it knows nothing of the run.</remarks>
sealed class WorkerPlacementDirector : IPlacementDirector
{
    /// <inheritdoc/>
    public Task<SiloAddress> OnAddActivation(PlacementStrategy strategy, PlacementTarget target, IPlacementContext context)
    {
        var named = RunGrain.Worker(target.GrainIdentity.Key.ToString()!);
        var workers = context.GetCompatibleSilos(target);
        return Task.FromResult(workers.FirstOrDefault(worker => worker.ToParsableString() == named) ?? workers[0]);
    }
}
