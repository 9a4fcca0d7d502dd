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
    readonly ParameterVector? _actor, _targetActor;
    readonly FlatAdam? _actorAdam;
    readonly FlatAdam _criticAdam;

    public AutogradTrainer(ActorCritic networks, Rates rates)
    {
        (_networks, _rates) = (networks, rates);
        _critics = new ParameterVector(networks.Critics.SelectMany(critic => critic.parameters()));
        _targetCritics = new ParameterVector(networks.TargetCritics.SelectMany(critic => critic.parameters()));
        if (networks is { Actor: { } actor, TargetActor: { } targetActor })
        {
            (_actor, _targetActor) = (new ParameterVector(actor.parameters()), new ParameterVector(targetActor.parameters()));
            _actorAdam = new FlatAdam(_actor);
        }

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

    public double AscendActor(Tensor s, ActorGuide? guide = null)
    {
        if (_networks.Actor is not { } actor)
        {
            throw new InvalidOperationException("There is no actor to ascend.");
        }

        // No gradient of θ₁ is needed.
        using var frozen = _networks.Critics[0].Freeze();
        var a = actor.call(s);
        var value = _networks.Critics[0].call(s, a).mean();
        var loss = guide is null ? -value : guide.Loss(a) - value;
        _actor!.ZeroGradient();
        loss.backward();
        _actorAdam!.Step(_rates.Actor);
        return value.ToSingle();
    }

    public void MoveTargets(double tau)
    {
        _targetCritics.MoveTowards(_critics, tau);
        _targetActor?.MoveTowards(_actor!, tau);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Kind);
        _actorAdam?.Save(writer);
        _criticAdam.Save(writer);
    }

    public void Load(BinaryReader reader)
    {
        TrainerState.Expect(reader, Kind);
        _actorAdam?.Load(reader);
        _criticAdam.Load(reader);
    }

    public void Dispose()
    {
        IDisposable?[] owned = [_actorAdam, _criticAdam, _actor, _critics, _targetActor, _targetCritics];
        Array.ForEach(owned, item => item?.Dispose());
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
