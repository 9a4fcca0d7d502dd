using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The plain version, on tensors: any device, gradients by autograd. The fast one is held against it.</summary>
sealed class AutogradTrainer : INetworkTrainer
{
    const string Kind = "autograd";

    readonly ActorCritic _networks;
    readonly Rates _rates;
    readonly ParameterVector _actor, _critics, _targetActor, _targetCritics;
    readonly FlatAdam _actorAdam, _criticAdam;

    public AutogradTrainer(ActorCritic networks, Rates rates)
    {
        (_networks, _rates) = (networks, rates);
        _actor = new ParameterVector(networks.Actor.parameters());
        _critics = new ParameterVector(networks.Critics.SelectMany(critic => critic.parameters()));
        _targetActor = new ParameterVector(networks.TargetActor.parameters());
        _targetCritics = new ParameterVector(networks.TargetCritics.SelectMany(critic => critic.parameters()));
        _actorAdam = new FlatAdam(_actor);
        _criticAdam = new FlatAdam(_critics, weightDecay: rates.CriticWeightDecay);
        NativeHeap.KeepLargeBlocks();
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
        _critics.ZeroGradient();
        loss.backward();
        _criticAdam.Step(_rates.Critics);
        return (loss.ToSingle(), values[0].mean().ToSingle());
    }

    public double AscendActor(Tensor s)
    {
        // No gradient of θ₁ is needed.
        using var frozen = _networks.Critics[0].Freeze();
        var loss = -_networks.Critics[0].call(s, _networks.Actor.call(s)).mean();
        _actor.ZeroGradient();
        loss.backward();
        _actorAdam.Step(_rates.Actor);
        return -loss.ToSingle();
    }

    public void MoveTargets(double tau)
    {
        _targetCritics.MoveTowards(_critics, tau);
        _targetActor.MoveTowards(_actor, tau);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Kind);
        _actorAdam.Save(writer);
        _criticAdam.Save(writer);
    }

    public void Load(BinaryReader reader)
    {
        TrainerState.Expect(reader, Kind);
        _actorAdam.Load(reader);
        _criticAdam.Load(reader);
    }

    public void Dispose()
    {
        IDisposable[] owned = [_actorAdam, _criticAdam, _actor, _critics, _targetActor, _targetCritics];
        Array.ForEach(owned, item => item.Dispose());
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
