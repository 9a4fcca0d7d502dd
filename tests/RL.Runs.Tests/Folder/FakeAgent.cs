using RL.Agents;
using RL.Environments;
using TorchSharp;

namespace RL.Runs.Tests;

/// <summary>An agent whose one network says how often it was evaluated.</summary>
sealed class FakeAgent : IAgent
{
    readonly torch.Tensor _weight = torch.zeros(2);

    public void Spoil(float value) => _weight[0] = value;

    public IReadOnlyDictionary<string, torch.Tensor> Networks => new Dictionary<string, torch.Tensor> { ["actor.weight"] = _weight };

    public void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore)
    {
    }

    public void Observe(StepOutcome outcome)
    {
    }

    public void Update(IMetrics metrics)
    {
    }

    public void LoadNetworks(IReadOnlyDictionary<string, torch.Tensor> tensors)
    {
    }

    public void Save(BinaryWriter writer)
    {
    }

    public void Load(BinaryReader reader)
    {
    }

    public void Dispose() => _weight.Dispose();
}
