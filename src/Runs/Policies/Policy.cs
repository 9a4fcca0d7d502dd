using System.Numerics;
using RL.Agents;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// A trained policy with everything that acting needs: networks, normalisation of observations, scaling of actions, and the options
/// and the task it was trained with. Its actions equal those of `./rl evaluate` bit for bit. Not thread-safe.
/// </summary>
/// <example>
/// <code>
/// using var policy = Policy.Load("models/coinrun-easy-200.safetensors");
/// var action = policy.Act(observation);
/// </code>
/// </example>
public sealed class Policy : IDisposable
{
    readonly RunOptions _options;
    readonly RunningMoments? _moments;
    readonly IPolicyNetwork? _network;
    readonly SpaceBuffer _one, _action;
    SpaceBuffer? _normalized;

    /// <summary>
    /// Takes ownership of <paramref name="agent"/>, which sees observations normalised by <paramref name="moments"/>, and takes the
    /// spaces of <paramref name="environment"/>.
    /// </summary>
    internal Policy(RunOptions options, IAgent agent, RunningMoments? moments, IVectorEnvironment environment)
    {
        (_options, Agent, _moments) = (options, agent, moments);
        _network = (agent as IAttackable)?.PolicyNetwork;
        var task = environment is NormalizedEnvironment normalized ? normalized.Task : environment;
        (_one, _action) = (new SpaceBuffer(task.ObservationSpace, 1), new SpaceBuffer(task.ActionSpace, 1));
    }

    /// <summary>Name of the algorithm that trained it.</summary>
    public string Algorithm => _options.Agent.Name;

    /// <summary>The task that it was trained on.</summary>
    public EnvironmentSpec Environment => _options.Environment.Spec;

    /// <summary>Options of the algorithm, such as <see cref="Td3Options"/>.</summary>
    public object AgentOptions => _options.AgentOptions;

    /// <summary>Length, seed and evaluation of its training.</summary>
    public TrainingOptions Training => _options.Training;

    /// <summary>The task's options, with the changes that were given.</summary>
    public object EnvironmentOptions => _options.EnvironmentOptions;

    /// <summary>
    /// The greedy policy as a network of the (normalised) observation, to be attacked or bounded; null if it is none. It stays this policy's.
    /// </summary>
    public IPolicyNetwork? Network => _network;

    /// <summary>Space of the observations that it takes: the task's own, not normalised.</summary>
    public Space ObservationSpace => _one.Space;

    /// <summary>Space of its actions.</summary>
    public Space ActionSpace => _action.Space;

    /// <summary>The agent inside, which sees normalised observations where those were normalised in training.</summary>
    internal IAgent Agent { get; }

    internal RunOptions Options => _options;

    /// <summary>The moments that observations are normalised by; null where they are not.</summary>
    internal RunningMoments? Moments => _moments;

    /// <summary>Loads a policy.</summary>
    /// <param name="path">A policy file (*.safetensors) or a run's folder.</param>
    /// <param name="best">Of a run's folder: the policy of the best evaluation instead of the last.</param>
    /// <param name="changes">
    /// Changes to the options of its training, key=value: options of the task ("env.num_levels=0"), training.device, training.threads, and
    /// of the refinement of its actions ("refine.evaluate.method=sharp").
    /// </param>
    /// <param name="clock">For the time that refinement takes; null: the system clock.</param>
    /// <param name="assemblies">
    /// Assemblies with environments of your own. No file has code loaded by naming it: a policy of such an environment needs its assembly
    /// here, unless it was given before in this process or the user trusts it (`--trust-assembly`).
    /// </param>
    /// <param name="checkpoint">Of a run's folder: the step of a checkpoint, or "last", its newest, instead of a policy file.</param>
    /// <exception cref="UserException">There is none, it cannot be read, or a change is not allowed.</exception>
    public static Policy Load(
        string path,
        bool best = false,
        IReadOnlyList<string>? changes = null,
        TimeProvider? clock = null,
        IReadOnlyList<string>? assemblies = null,
        string? checkpoint = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        UserAssemblies.Load(assemblies);
        return TrainedPolicy.Find(".", path, best ? "best" : checkpoint, changes, null, TrainedPolicy.Playing).Open(clock ?? TimeProvider.System);
    }

    /// <summary>The action for one observation.</summary>
    /// <param name="observation">As the task gives it, in row-major order [ObservationSpace.Size].</param>
    /// <param name="random">Samples the action as in training; null: the greedy action.</param>
    /// <returns>The action in the task's units [ActionSpace.Size]; of a discrete action its number.</returns>
    /// <exception cref="ArgumentException">The observation has another size.</exception>
    /// <exception cref="InvalidOperationException">An action is to be sampled, but the policy is deterministic.</exception>
    public double[] Act<T>(ReadOnlySpan<T> observation, Pcg64? random = null)
        where T : unmanaged, INumber<T>
    {
        if (observation.Length != ObservationSpace.Size)
        {
            throw new ArgumentException(
                $"The observation has {observation.Length} elements; {Environment.Id} has {ObservationSpace.Size}: {ObservationSpace}.",
                nameof(observation));
        }

        for (var i = 0; i < observation.Length; i++)
        {
            _one.Set(0, i, double.CreateChecked(observation[i]));
        }

        Act(_one, _action, random);
        return [.. Enumerable.Range(0, ActionSpace.Size).Select(i => _action.Get(0, i))];
    }

    /// <summary>Actions for a batch of observations.</summary>
    /// <param name="observations">As the task gives them [N × ObservationSpace.Size].</param>
    /// <param name="actions">[N × ActionSpace.Size], written.</param>
    /// <param name="random">Samples the actions as in training; null: greedy actions.</param>
    /// <exception cref="ArgumentException">The buffers are not of the task's spaces.</exception>
    /// <exception cref="InvalidOperationException">Actions are to be sampled, but the policy is deterministic.</exception>
    public void Act(SpaceBuffer observations, SpaceBuffer actions, Pcg64? random = null)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(actions);
        ThrowUnlessFits(observations, ObservationSpace, nameof(observations));
        ThrowUnlessFits(actions, ActionSpace, nameof(actions));
        if (observations.Count != actions.Count)
        {
            throw new ArgumentException($"There are {observations.Count} observations and room for {actions.Count} actions.", nameof(actions));
        }

        var seen = _moments is null ? observations : Normalize(observations, _moments);
        if (random is null)
        {
            Agent.Act(seen, actions, explore: false);
        }
        else if (_network?.NewRandom() is null)
        {
            throw new InvalidOperationException($"The policy of {Algorithm} is deterministic; allowed: greedy actions (random is null).");
        }
        else
        {
            using var scope = TorchSharp.torch.NewDisposeScope();
            _network.Act(_network.Inputs(seen), actions, random);
        }
    }

    /// <summary>Copies of the task that the policy was trained on.</summary>
    /// <param name="copies">Copies that are stepped together.</param>
    /// <exception cref="UserException">An option, or a file that the task needs, is invalid.</exception>
    public IVectorEnvironment MakeEnvironment(int copies = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(copies, 1);
        return RunFactory.MakeTask(_options, copies);
    }

    /// <summary>Plays episodes greedily, as `./rl evaluate` does.</summary>
    /// <param name="episodes">Number of episodes; null: as many as an evaluation in training.</param>
    /// <param name="seed">Seed of the first states; null: that of the evaluations in training.</param>
    public EvaluationResult Evaluate(int? episodes = null, long? seed = null)
    {
        var count = episodes ?? Training.EvaluationEpisodes;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(episodes));
        using var environment = RunFactory.MakeEvaluation(_options, count, _moments);
        return Evaluation.Run(Agent, environment, count, SeedOf(seed), 0);
    }

    /// <summary>Plays the same episodes clean and with attacked observations, as `./rl attack` does.</summary>
    /// <param name="options">How to attack. For images of bytes ε is a fraction of their range, otherwise in standard deviations of the observation.</param>
    /// <param name="episodes">Number of episodes, played clean and attacked; null: as many as an evaluation in training.</param>
    /// <param name="seed">Seed of the first states; null: that of the evaluations in training.</param>
    /// <exception cref="ArgumentException">The options do not fit the policy, or the policy is not a network of the observation.</exception>
    public PolicyAttack Attack(ObservationAttackOptions options, int? episodes = null, long? seed = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        var count = episodes ?? Training.EvaluationEpisodes;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(episodes));
        if (_network is null)
        {
            throw new ArgumentException($"The policy of {Algorithm} cannot be attacked, because it is not a network of the observation.", nameof(options));
        }

        ObservationAttack.ThrowUnlessFits(_network, options);
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var environment = RunFactory.MakeEvaluation(_options, count, _moments);
        var clean = CleanPlay.Run(_network, environment, count, SeedOf(seed));
        return new(
            clean.Evaluation, AttackedEvaluation.Run(_network, environment, clean.Units, options, count, SeedOf(seed)), clean.Unit);
    }

    /// <inheritdoc/>
    public void Dispose() => Agent.Dispose();

    /// <summary>An environment for evaluation, with observations normalised as in training.</summary>
    internal IVectorEnvironment MakeEvaluation(int episodes) => RunFactory.MakeEvaluation(_options, episodes, _moments);

    ulong SeedOf(long? seed) => (ulong)(seed ?? (long)Seeds.Of(Training.Seed, Purpose.Evaluation));

    SpaceBuffer Normalize(SpaceBuffer observations, RunningMoments moments)
    {
        if (_normalized?.Count != observations.Count)
        {
            _normalized = new SpaceBuffer(NormalizedEnvironment.Shown(ObservationSpace, Training.Normalize), observations.Count);
        }

        var vector = new double[ObservationSpace.Size];
        for (var row = 0; row < observations.Count; row++)
        {
            NormalizedEnvironment.Normalize(observations, row, moments, Training.Normalize, vector, _normalized);
        }

        return _normalized;
    }

    static void ThrowUnlessFits(SpaceBuffer buffer, Space space, string name)
    {
        if (buffer.Space.ElementType != space.ElementType || buffer.Space.Size != space.Size)
        {
            throw new ArgumentException($"The buffer is of {buffer.Space}; allowed: {space}.", name);
        }
    }
}

/// <summary>A policy's episodes, clean and attacked.</summary>
/// <param name="Clean">Without an attack.</param>
/// <param name="Attacked">The same first states under the attack: returns, flipped actions, losses, cost.</param>
/// <param name="Unit">What ε was measured in.</param>
public sealed record PolicyAttack(EvaluationResult Clean, AttackedEvaluationResult Attacked, EpsilonUnit Unit);
