using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace RL.Agents;

/// <summary>
/// The fast version for networks on the CPU: forward and backward passes written out on the parameters' own memory
/// (<see cref="FastMlp"/>), Adam and the targets' move in one pass each. A step allocates nothing. Tests hold gradients and whole
/// updates against <see cref="AutogradTrainer"/>.
/// </summary>
sealed unsafe class FastTrainer : INetworkTrainer
{
    const string Kind = "hand";

    readonly ActorCritic _networks; // the parameters' memory lives as long as these
    readonly int _rows, _observations, _actions;
    readonly (object Module, FastMlp Net, Tensor Output)[] _all;
    readonly FastMlp[] _actors, _critics;
    readonly (nint Target, nint Source, int Length)[] _targets;
    readonly FastMlp.Pass? _actorPass;
    readonly FastMlp.Pass _criticPass;
    readonly (ParameterVector Target, ParameterVector Source)[] _vectors; // the actors' first
    readonly Rates _rates;
    readonly FlatAdam[] _actorAdams, _criticAdams;
    readonly nint[] _actorGradients, _criticGradients;
    readonly NativeFloats _input, _action, _value, _delta, _actionDelta;

    public FastTrainer(ActorCritic networks, Rates rates, int batchSize)
    {
        _networks = networks;
        (_rows, _rates) = (batchSize, rates);
        (ParameterVector Target, ParameterVector Source)[] actors = [.. networks.TargetActors.Zip(networks.Actors, Pair)];
        (ParameterVector Target, ParameterVector Source)[] critics = [.. networks.TargetCritics.Zip(networks.Critics, Pair)];
        _vectors = [.. actors, .. critics];
        (_observations, _actions) = networks.Critics[0].Sizes;
        _actors = Array.ConvertAll(networks.Actors, actor => new FastMlp(actor.Net));
        var targetActors = Array.ConvertAll(networks.TargetActors, actor => new FastMlp(actor.Net));
        _actorPass = _actors.Length > 0 ? new FastMlp.Pass(_actors[0], batchSize) : null;
        _actorAdams = Array.ConvertAll(actors, pair => new FlatAdam(pair.Source));
        _actorGradients = Array.ConvertAll(actors, pair => AddressOf(pair.Source.Gradient));
        _critics = Array.ConvertAll(networks.Critics, critic => new FastMlp(critic.Net));
        var targetCritics = Array.ConvertAll(networks.TargetCritics, critic => new FastMlp(critic.Net));
        _targets = Array.ConvertAll(
            _vectors, pair => (AddressOf(pair.Target.Values), AddressOf(pair.Source.Values), (int)pair.Source.Values.numel()));
        _all =
        [
            .. networks.Actors.Zip(_actors, Entry),
            .. networks.TargetActors.Zip(targetActors, Entry),
            .. networks.Critics.Zip(_critics, Entry),
            .. networks.TargetCritics.Zip(targetCritics, Entry),
        ];
        _criticPass = new FastMlp.Pass(_critics[0], batchSize);
        _criticAdams = Array.ConvertAll(critics, pair => new FlatAdam(pair.Source, weightDecay: rates.CriticWeightDecay));
        _criticGradients = Array.ConvertAll(critics, pair => AddressOf(pair.Source.Gradient));
        _input = new NativeFloats(batchSize * (_observations + _actions));
        _action = new NativeFloats(batchSize * _actions);
        _actionDelta = new NativeFloats(batchSize * _actions);
        _value = new NativeFloats(batchSize);
        _delta = new NativeFloats(batchSize);

        static (ParameterVector Target, ParameterVector Source) Pair(nn.Module target, nn.Module source) =>
            (new(target.parameters()), new(source.parameters()));
        static nint AddressOf(Tensor tensor) => (nint)FastMlp.PointerOf(tensor);
        (object, FastMlp, Tensor) Entry(object module, FastMlp net) =>
            (module, net, zeros(batchSize, net.Sizes[^1]).DetachFromDisposeScope());
    }

    public Tensor Act(Actor actor, Tensor s)
    {
        var (net, output) = Find(actor);
        var a = FastMlp.PointerOf(output);
        Act(net, FastMlp.PointerOf(s), a);
        return output;
    }

    public Tensor Value(Critic critic, Tensor s, Tensor a)
    {
        var (net, output) = Find(critic);
        Join(s, FastMlp.PointerOf(a));
        net.Forward(_criticPass, _input.Pointer, FastMlp.PointerOf(output));
        return output;
    }

    public (double Loss, double Value) DescendCritics(Tensor s, Tensor a, Tensor y)
    {
        var target = FastMlp.PointerOf(y);
        Join(s, FastMlp.PointerOf(a));
        var (loss, value) = (0.0, 0.0);
        for (var i = 0; i < _critics.Length; i++)
        {
            _critics[i].Forward(_criticPass, _input.Pointer, _value.Pointer);
            // ∂/∂Q N⁻¹ Σ (y − Q)² = 2 N⁻¹ (Q − y)
            for (var row = 0; row < _rows; row++)
            {
                var difference = _value.Pointer[row] - target[row];
                loss += (double)difference * difference / _rows;
                value += i == 0 ? (double)_value.Pointer[row] / _rows : 0;
                _delta.Pointer[row] = 2f / _rows * difference;
            }

            _critics[i].Backward(_criticPass, _input.Pointer, _delta.Pointer, (float*)_criticGradients[i]);
            _criticAdams[i].Step(_rates.Critics);
        }

        return (loss, value);
    }

    public double AscendActor(int actor, Tensor s, ActorGuide? guide = null)
    {
        var observations = FastMlp.PointerOf(s);
        var a = _action.Pointer;
        var da = _actionDelta.Pointer;
        Act(_actors[actor], observations, a);
        Join(s, a);
        _critics[0].Forward(_criticPass, _input.Pointer, _value.Pointer);
        _delta.Span.Fill(-1f / _rows);
        _critics[0].BackwardToInput(_criticPass, _delta.Pointer, _observations, da);
        if (guide is not null)
        {
            AddGradient(guide, a, da);
        }

        // a = tanh z, ∂a/∂z = 1 − a²
        for (var i = 0; i < _rows * _actions; i++)
        {
            da[i] *= 1 - (a[i] * a[i]);
        }

        _actors[actor].Backward(_actorPass!, observations, da, (float*)_actorGradients[actor]);
        _actorAdams[actor].Step(_rates.Actor);
        return TensorPrimitives.Sum<float>(_value.Span) / _rows;
    }

    public void MoveTargets(double tau)
    {
        foreach (var (target, source, length) in _targets)
        {
            Kernels.MoveTowards((float*)target, (float*)source, length, (float)tau);
        }
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(Kind);
        Array.ForEach(_actorAdams, adam => adam.Save(writer));
        Array.ForEach(_criticAdams, adam => adam.Save(writer));
    }

    public void Load(BinaryReader reader)
    {
        SavedOptimizers.Expect(reader, Kind);
        Array.ForEach(_actorAdams, adam => adam.Load(reader));
        Array.ForEach(_criticAdams, adam => adam.Load(reader));
    }

    public void Dispose()
    {
        foreach (var (_, _, output) in _all)
        {
            output.Dispose();
        }

        IDisposable?[] owned =
            [_actorPass, _criticPass, .. _actorAdams, .. _criticAdams, _input, _action, _value, _delta, _actionDelta];
        Array.ForEach(owned, item => item?.Dispose());
        foreach (var (target, source) in _vectors)
        {
            target.Dispose();
            source.Dispose();
        }

        GC.KeepAlive(_networks);
    }

    /// <summary>∂/∂a λ N⁻¹ Σ gain ‖a − a*‖² = 2 λ N⁻¹ gain (a − a*), row by row.</summary>
    void AddGradient(ActorGuide guide, float* a, float* da)
    {
        var better = FastMlp.PointerOf(guide.Actions);
        var gains = FastMlp.PointerOf(guide.Gains);
        var factor = (float)(2 * guide.Weight / _rows);
        for (var i = 0; i < _rows * _actions; i++)
        {
            da[i] += factor * gains[i / _actions] * (a[i] - better[i]);
        }
    }

    /// <summary>a ← tanh(net(s)).</summary>
    void Act(FastMlp net, float* s, float* a)
    {
        net.Forward(_actorPass!, s, a);
        var span = new Span<float>(a, _rows * _actions);
        TensorPrimitives.Tanh<float>(span, span);
    }

    /// <summary>[s, a] row by row, as critics read it.</summary>
    void Join(Tensor s, float* a)
    {
        var observations = FastMlp.PointerOf(s);
        for (var row = 0; row < _rows; row++)
        {
            var to = _input.Span.Slice(row * (_observations + _actions), _observations + _actions);
            new ReadOnlySpan<float>(observations + (row * _observations), _observations).CopyTo(to);
            new ReadOnlySpan<float>(a + (row * _actions), _actions).CopyTo(to[_observations..]);
        }
    }

    (FastMlp Net, Tensor Output) Find(object module)
    {
        foreach (var (known, net, output) in _all)
        {
            if (ReferenceEquals(known, module))
            {
                return (net, output);
            }
        }

        throw new ArgumentException("The network is not one that this trainer was made with.", nameof(module));
    }
}
