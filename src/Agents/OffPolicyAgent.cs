using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// What agents that learn from a replay buffer have in common: they act, remember each step, and make the updates that are due. An agent adds its networks
/// and what an update is.
/// </summary>
public abstract class OffPolicyAgent : IAgent
{
    /// <param name="options">The agent's options.</param>
    /// <param name="observationSpace">A flat box.</param>
    /// <param name="actionSpace">A bounded box.</param>
    /// <param name="training">Seed and device.</param>
    /// <param name="trained">Networks that it trains.</param>
    /// <param name="targets">Networks that follow them.</param>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, networks or replay buffer do not fit into memory, or the spaces are not a flat box of observations and a bounded box of actions.
    /// </exception>
    private protected OffPolicyAgent(
        IOffPolicyOptions options, Space observationSpace, Space actionSpace, TrainingOptions training, int trained, int targets)
    {
        ArgumentNullException.ThrowIfNull(training);
        training.Checked();
        Scaling = new ActionScaling(actionSpace);
        ObservationLength = ObservationSize.Of(observationSpace);
        LearnerMemory.Check(ObservationLength + Scaling.Size, options.HiddenLayers, Scaling.Size, trained, targets, options.BatchSize);
        Device = device(training.Device);
        Input = new ObservationInput(observationSpace, Device);
        Replay = new ReplayBuffer(options.ReplayCapacity, ObservationLength, Scaling.Size);
        Batch = new Batch(options.BatchSize, ObservationLength, Scaling.Size, Device);
        Schedule = new UpdateSchedule(options.UpdateAt, options.StartSteps);
        Random = new Pcg64((ulong)training.Seed, (uint)Purpose.Agent);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Networks => Modules.Tensors();

    /// <summary>Of exploration, minibatches and noise.</summary>
    private protected Pcg64 Random { get; }

    /// <summary>The transitions that an update learns from.</summary>
    private protected Batch Batch { get; }

    private protected ReplayBuffer Replay { get; }

    private protected UpdateSchedule Schedule { get; }

    /// <summary>To [−1, 1] and back.</summary>
    private protected ActionScaling Scaling { get; }

    private protected ObservationInput Input { get; }

    /// <summary>Numbers of an observation.</summary>
    private protected int ObservationLength { get; }

    private protected Device Device { get; }

    /// <summary>All networks, under the names by which they are saved.</summary>
    private protected abstract NamedModules Modules { get; }

    /// <summary>Computes the gradients.</summary>
    private protected abstract INetworkTrainer Trainer { get; }

    /// <summary>Chooses the actions.</summary>
    private protected abstract BehaviourPolicy Behaviour { get; }

    /// <inheritdoc/>
    public void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore) => Behaviour.Act(observations, actions, explore);

    /// <inheritdoc/>
    public virtual void Observe(StepOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        Replay.Add(outcome, Scaling);
        Behaviour.Observe(outcome);
        Schedule.Observe(outcome);
    }

    /// <inheritdoc/>
    public virtual void Update(IMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        Behaviour.Report(metrics);
        for (var due = Schedule.Take(); due > 0; due--)
        {
            Learn(metrics);
        }
    }

    /// <summary>One update.</summary>
    internal abstract void Learn(IMetrics metrics);

    /// <inheritdoc/>
    public void LoadNetworks(IReadOnlyDictionary<string, Tensor> tensors) => Modules.Load(tensors);

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Modules.Save(writer);
        Trainer.Save(writer);
        Random.Save(writer);
        Schedule.Save(writer);
        Behaviour.Save(writer);
        Replay.Save(writer);
        SaveOwn(writer);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Modules.Load(reader);
        Trainer.Load(reader);
        Random.Load(reader);
        Schedule.Load(reader);
        Behaviour.Load(reader);
        Replay.Load(reader);
        LoadOwn(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        DisposeOwn();
        Input.Dispose();
        Trainer.Dispose();
        Modules.Dispose();
        Batch.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes what the agent has beside these.</summary>
    private protected abstract void SaveOwn(BinaryWriter writer);

    /// <summary>Restores what <see cref="SaveOwn"/> wrote.</summary>
    private protected abstract void LoadOwn(BinaryReader reader);

    private protected abstract void DisposeOwn();

    /// <summary>Histograms of an update: of all networks with their gradients, of the minibatch's actions and of Q₁(s, a).</summary>
    private protected void ReportHistograms(IMetrics metrics, Critic critic)
    {
        if (metrics.TakeHistograms() is { } histograms)
        {
            histograms.AddNetworks(Modules);
            histograms.Add("batch/actions", Batch.Actions);
            histograms.Add("batch/q1", Trainer.Value(critic, Batch.Observations, Batch.Actions));
        }
    }
}
