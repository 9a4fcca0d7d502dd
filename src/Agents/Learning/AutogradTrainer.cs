using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The plain version, on tensors: any device, gradients by autograd. The fast one is held against it.</summary>
sealed class AutogradTrainer : INetworkTrainer
{
    const string Kind = "autograd";

    readonly ActorCritic _networks;
    readonly Adam _actorOptimizer, _criticOptimizer;

    public AutogradTrainer(ActorCritic networks, Rates rates)
    {
        _networks = networks;
        _actorOptimizer = optim.Adam(networks.Actor.parameters(), rates.Actor);
        _criticOptimizer = optim.Adam(
            networks.Critics.SelectMany(critic => critic.parameters()), rates.Critics, weight_decay: rates.CriticWeightDecay);
    }

    public Tensor Act(Actor actor, Tensor s)
    {
        using var noGrad = no_grad();
        return actor.call(s);
    }

    public Tensor Value(Critic critic, Tensor s, Tensor a)
    {
        using var noGrad = no_grad();
        return critic.call(s, a);
    }

    public (double Loss, double Value) DescendCritics(Tensor s, Tensor a, Tensor y)
    {
        var values = Array.ConvertAll(_networks.Critics, critic => critic.call(s, a));
        var loss = values.Select(q => nn.functional.mse_loss(q, y)).Aggregate((sum, term) => sum + term);
        _criticOptimizer.zero_grad();
        loss.backward();
        _criticOptimizer.step();
        return (loss.ToSingle(), values[0].mean().ToSingle());
    }

    public double AscendActor(Tensor s)
    {
        // No gradient of θ₁ is needed.
        using var frozen = _networks.Critics[0].Freeze();
        var loss = -_networks.Critics[0].call(s, _networks.Actor.call(s)).mean();
        _actorOptimizer.zero_grad();
        loss.backward();
        _actorOptimizer.step();
        return -loss.ToSingle();
    }

    public void MoveTargets(double tau)
    {
        foreach (var (target, critic) in _networks.TargetCritics.Zip(_networks.Critics))
        {
            target.MoveTowards(critic, tau);
        }

        _networks.TargetActor.MoveTowards(_networks.Actor, tau);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Kind);
        _actorOptimizer.save_state_dict(writer);
        _criticOptimizer.save_state_dict(writer);
    }

    public void Load(BinaryReader reader)
    {
        TrainerState.Expect(reader, Kind);
        _actorOptimizer.load_state_dict(reader);
        _criticOptimizer.load_state_dict(reader);
    }

    public void Dispose()
    {
        _actorOptimizer.Dispose();
        _criticOptimizer.Dispose();
    }
}

/// <summary>The optimizers' state of one method is not that of another.</summary>
static class TrainerState
{
    public static void Expect(BinaryReader reader, string kind)
    {
        var saved = reader.ReadString();
        if (saved != kind)
        {
            throw new InvalidDataException(
                $"The saved optimizers are those of gradients by {saved}; here gradients are by {kind} (training.gradients).");
        }
    }
}
