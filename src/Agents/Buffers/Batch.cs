using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>A minibatch of transitions on the learner's device. The tensors are filled anew by every <see cref="ReplayBuffer.Sample"/>.</summary>
public sealed class Batch : IDisposable
{
    readonly StagedTensor _observations, _actions, _rewards, _nextObservations, _continues;

    /// <summary>An empty batch of <paramref name="size"/> transitions.</summary>
    public Batch(int size, int observationSize, int actionSize, Device device)
    {
        Size = size;
        _observations = new StagedTensor(device, size, observationSize);
        _actions = new StagedTensor(device, size, actionSize);
        _rewards = new StagedTensor(device, size, 1);
        _nextObservations = new StagedTensor(device, size, observationSize);
        _continues = new StagedTensor(device, size, 1);
    }

    /// <summary>Number of transitions, B.</summary>
    public int Size { get; }

    /// <summary>s. [B × observation]</summary>
    public Tensor Observations => _observations.Value;

    /// <summary>a, in [−1, 1]. [B × action]</summary>
    public Tensor Actions => _actions.Value;

    /// <summary>r. [B × 1]</summary>
    public Tensor Rewards => _rewards.Value;

    /// <summary>s′. [B × observation]</summary>
    public Tensor NextObservations => _nextObservations.Value;

    /// <summary>1 − d: 0 where the task terminated, 1 elsewhere (also where a time limit cut the episode off). [B × 1]</summary>
    public Tensor Continues => _continues.Value;

    internal Rows Host => new(this);

    internal void Upload()
    {
        _observations.Upload();
        _actions.Upload();
        _rewards.Upload();
        _nextObservations.Upload();
        _continues.Upload();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _observations.Dispose();
        _actions.Dispose();
        _rewards.Dispose();
        _nextObservations.Dispose();
        _continues.Dispose();
    }

    /// <summary>The host memory to fill.</summary>
    internal readonly ref struct Rows(Batch batch)
    {
        public Span<float> Observations { get; } = batch._observations.Host;

        public Span<float> Actions { get; } = batch._actions.Host;

        public Span<float> Rewards { get; } = batch._rewards.Host;

        public Span<float> NextObservations { get; } = batch._nextObservations.Host;

        public Span<float> Continues { get; } = batch._continues.Host;
    }
}
