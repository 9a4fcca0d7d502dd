using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The plain version, on tensors: any device, gradients by autograd. The fast one is held against it.</summary>
sealed class AutogradTrainer : INetworkTrainer
{
    const string Kind = "autograd";

    readonly ActorCritic _networks;
    readonly Rates _rates;
    readonly ParameterVector _critics, _targetCritics;
    readonly ParameterVector[] _actors, _targetActors;
    readonly FlatAdam[] _actorAdams;
    readonly FlatAdam _criticAdam;

    public AutogradTrainer(ActorCritic networks, Rates rates)
    {
        (_networks, _rates) = (networks, rates);
        _critics = new ParameterVector(networks.Critics.SelectMany(critic => critic.parameters()));
        _targetCritics = new ParameterVector(networks.TargetCritics.SelectMany(critic => critic.parameters()));
        _actors = Array.ConvertAll(networks.Actors, actor => new ParameterVector(actor.parameters()));
        _targetActors = Array.ConvertAll(networks.TargetActors, actor => new ParameterVector(actor.parameters()));
        _actorAdams = Array.ConvertAll(_actors, actor => new FlatAdam(actor));
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

    public double AscendActor(int actor, Tensor s, ActorGuide? guide = null)
    {
        // No gradient of θ₁ is needed.
        using var frozen = _networks.Critics[0].Freeze();
        var a = _networks.Actors[actor].call(s);
        var value = _networks.Critics[0].call(s, a).mean();
        var loss = guide is null ? -value : guide.Loss(a) - value;
        _actors[actor].ZeroGradient();
        loss.backward();
        _actorAdams[actor].Step(_rates.Actor);
        return value.ToSingle();
    }

    public void MoveTargets(double tau)
    {
        _targetCritics.MoveTowards(_critics, tau);
        foreach (var (target, actor) in _targetActors.Zip(_actors))
        {
            target.MoveTowards(actor, tau);
        }
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Kind);
        Array.ForEach(_actorAdams, adam => adam.Save(writer));
        _criticAdam.Save(writer);
    }

    public void Load(BinaryReader reader)
    {
        SavedOptimizers.Expect(reader, Kind);
        Array.ForEach(_actorAdams, adam => adam.Load(reader));
        _criticAdam.Load(reader);
    }

    public void Dispose()
    {
        IDisposable[] owned = [.. _actorAdams, _criticAdam, .. _actors, _critics, .. _targetActors, _targetCritics];
        Array.ForEach(owned, item => item.Dispose());
    }
}

/// <summary>The optimizers' state of one method is not that of another.</summary>
static class SavedOptimizers
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
