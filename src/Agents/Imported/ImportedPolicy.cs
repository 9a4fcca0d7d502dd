using System.ComponentModel.DataAnnotations;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>How an imported policy draws continuous actions.</summary>
public enum ImportedDeviation
{
    /// <summary>Not at all: it is deterministic.</summary>
    None,

    /// <summary>From a Gaussian with the same log σ in every state.</summary>
    Constant,

    /// <summary>From a Gaussian whose log σ is a linear layer beside the network's last one.</summary>
    Layer,
}

/// <summary>Options of <see cref="ImportedPolicy"/>: what its network is.</summary>
public sealed record ImportedOptions
{
    /// <summary>Layers from the observation to the outputs, such as "linear 64; tanh; linear 2" (docs/exchange.md).</summary>
    [MinLength(1)] public string Network { get; init; } = "linear 1";

    /// <summary>What the outputs of continuous actions are: tanh of them is the action, or they are (linear), in units of half its range.</summary>
    [AllowedValues("tanh", "linear")] public string Head { get; init; } = "tanh";

    /// <summary>How continuous actions are drawn.</summary>
    public ImportedDeviation Deviation { get; init; } = ImportedDeviation.None;

    /// <summary>Layers of Q(s, a), a network of [s; a], such as "linear 64; relu; linear 1"; null if there is none.</summary>
    public string? Critic { get; init; }

    /// <summary>The file that it was read from, and its SHA-256.</summary>
    public string Source { get; init; } = "";
}

/// <summary>A policy of another program: a network that acts, and does not learn.</summary>
public sealed class ImportedPolicy : IAgent, IAttackable
{
    readonly ImportedOptions _options;
    readonly ObservationInput _input;
    readonly IActionDistribution _distribution;
    readonly nn.Module<Tensor, Tensor> _network;
    readonly nn.Module<Tensor, Tensor>? _critic;
    readonly Linear? _deviation;
    readonly Lazy<IReluNetwork> _outputs;
    readonly Pcg64 _random;
    readonly long _seed;

    /// <summary>A policy whose weights are 0, to be loaded.</summary>
    /// <exception cref="ArgumentException">The network does not fit the spaces.</exception>
    public ImportedPolicy(ImportedOptions options, Space observationSpace, Space actionSpace, TrainingOptions training)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(training);
        (_options, _seed) = (options.Checked(), training.Seed);
        var device = torch.device(training.Device);
        _random = new Pcg64((ulong)training.Seed, (uint)Purpose.Agent);
        _input = new ObservationInput(observationSpace, device);
        _distribution = actionSpace is DiscreteSpace discrete
            ? new Categorical(discrete.Count)
            : new DiagonalGaussian(new ActionScaling(actionSpace), 0, device);
        if (options.Deviation != ImportedDeviation.None && _distribution is Categorical)
        {
            throw new ArgumentException($"deviation is {options.Deviation.ToString().ToLowerInvariant()}; allowed for discrete actions: none.");
        }

        _network = Build(options.Network, "network", _input.Shape, _distribution.Outputs).to(device);
        _outputs = new(() => Of(_network, _input.Shape));
        _critic = options.Critic is { } critic && !_input.IsImage
            ? Build(critic, "critic", [observationSpace.Size + _distribution.Size], 1).to(device)
            : null;
        if (options.Deviation == ImportedDeviation.Layer)
        {
            _deviation = Layers[^1] is Linear last
                ? nn.Linear(last.in_features, last.out_features).to(device)
                : throw new ArgumentException($"network is '{options.Network}'; allowed with deviation layer: one that ends with a linear layer.");
        }
    }

    /// <summary>Entry of the agent for runs and policy files; it is none that could be trained.</summary>
    public static AgentEntry Entry { get; } = new(
        "imported", "A policy of another program, which does not learn", new ImportedOptions(),
        (options, observations, actions, training, _) => new ImportedPolicy((ImportedOptions)options, observations, actions, training));

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Networks => Modules.Tensors();

    /// <inheritdoc/>
    public IPolicyNetwork PolicyNetwork => With(_options.Deviation switch
    {
        ImportedDeviation.Constant => new(((DiagonalGaussian)_distribution).LogDeviation, null),
        ImportedDeviation.Layer => new(null, Of(Whole(), _input.Shape)),
        _ => null,
    });

    IReadOnlyList<nn.Module> Layers => [.. _network.children()];

    NamedModules Modules
    {
        get
        {
            var modules = new List<(string, nn.Module)> { ("policy", _network) };
            if (_critic is not null)
            {
                modules.Add(("critic", _critic));
            }

            if (_deviation is not null)
            {
                modules.Add(("deviation", _deviation));
            }
            else if (_options.Deviation == ImportedDeviation.Constant)
            {
                modules.Add(("distribution", (DiagonalGaussian)_distribution));
            }

            return new([.. modules]);
        }
    }

    /// <inheritdoc/>
    public void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore)
    {
        using var scope = NewDisposeScope();
        var policy = explore ? PolicyNetwork : With(null);
        policy.Act(policy.Inputs(observations), actions, explore && policy.NewRandom() is not null ? _random : null);
    }

    /// <summary>Nothing: the policy does not learn.</summary>
    public void Observe(StepOutcome outcome)
    {
    }

    /// <summary>Nothing: the policy does not learn.</summary>
    public void Update(IMetrics metrics)
    {
    }

    /// <inheritdoc/>
    public void LoadNetworks(IReadOnlyDictionary<string, Tensor> tensors) => Modules.Load(tensors);

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Modules.Save(writer);
        _random.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Modules.Load(reader);
        _random.Load(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Modules.Dispose();
        (_distribution as IDisposable)?.Dispose();
        _input.Dispose();
    }

    ImportedPolicyNetwork With(PolicyNoise? noise)
    {
        var head = _distribution is Categorical ? PolicyHead.Logits : _options.Head == "tanh" ? PolicyHead.Tanh : PolicyHead.Linear;
        var critic = _critic is null ? null : ReluNetwork.FromModule(_critic);
        return new(_input, _outputs.Value, head, _distribution, noise, critic, _seed);
    }

    static nn.Module<Tensor, Tensor> Build(string text, string option, IReadOnlyList<long> inputShape, long outputs)
    {
        var (module, made) = LayerText.Build(text, inputShape);
        return made == outputs ? module : throw new ArgumentException($"{option} has {made} outputs; allowed: {outputs}.");
    }

    /// <summary>The network with log σ beside its outputs; its weights are copies, which belong to the current dispose scope.</summary>
    nn.Module<Tensor, Tensor> Whole()
    {
        using var noGrad = no_grad();
        var mean = (Linear)Layers[^1];
        var both = nn.Linear(mean.in_features, 2 * mean.out_features).to(mean.weight!.device);
        both.weight!.copy_(cat([mean.weight!, _deviation!.weight!]));
        both.bias!.copy_(cat([mean.bias!, _deviation.bias!]));
        return nn.Sequential([.. Layers.SkipLast(1).Cast<nn.Module<Tensor, Tensor>>(), both]);
    }

    /// <summary>Linear layers with a ReLU between any two are what the fast optimisers read.</summary>
    static IReluNetwork Of(nn.Module<Tensor, Tensor> network, IReadOnlyList<long> inputShape)
    {
        var layers = network.children().ToList();
        var isPlain = layers.Count % 2 == 1 && layers.Select((layer, i) => i % 2 == 0 ? layer is Linear : layer is ReLU).All(fits => fits);
        return isPlain ? ReluNetwork.FromModule(network) : new ReluModule(network, inputShape);
    }
}
