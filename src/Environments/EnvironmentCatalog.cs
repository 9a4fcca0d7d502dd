namespace RL.Environments;

/// <summary>One task of the catalogue.</summary>
/// <param name="Spec">Id, time limit, reward threshold.</param>
/// <param name="Family">"classic", "mujoco", "procgen", or what a user calls it.</param>
/// <param name="Summary">One line for lists.</param>
/// <param name="DefaultOptions">A sealed record; its ranges are DataAnnotations on its properties.</param>
/// <param name="Create">(options, number of copies, threads that step them) → the environment.</param>
public sealed record EnvironmentEntry(
    EnvironmentSpec Spec, string Family, string Summary, object DefaultOptions, Func<object, int, int, IVectorEnvironment> Create)
{
    /// <summary>
    /// (options, number of copies, threads that step them) → the environment. What it observes and rewards is checked to be numbers, also
    /// where the entry makes an environment of its own kind.
    /// </summary>
    public Func<object, int, int, IVectorEnvironment> Create { get; init; } = (options, count, threads) =>
        Create(options, count, threads) is var made && IsChecked(made) ? made : new CheckedEnvironment(made);

    /// <summary>A promise of this task beside those that all tasks make: (options) → whether it is kept; null if none.</summary>
    public Func<object, CheckResult>? FurtherCheck { get; init; }

    /// <summary>Checks all promises of the task with <paramref name="options"/>: the contract's, those of restricted actions, and its own.</summary>
    /// <returns>A result per promise, in a fixed order.</returns>
    public IReadOnlyList<CheckResult> Check(object options)
    {
        CheckResult?[] further =
        [
            RestrictionChecker.Check(given => Create(given, 1, 1), options),
            FurtherCheck?.Invoke(options),
        ];
        return [.. EnvironmentChecker.Check(count => Create(options, count, 1)), .. further.OfType<CheckResult>()];
    }

    /// <summary>The entry of a task that is written as a single copy.</summary>
    /// <param name="spec">Id, time limit, reward threshold.</param>
    /// <param name="family">What it belongs to, for lists.</param>
    /// <param name="summary">One line for lists.</param>
    /// <param name="defaults">The task's options, a sealed record.</param>
    /// <param name="create">Options → a copy.</param>
    public static EnvironmentEntry Of<TOptions, TObservation, TAction>(
        EnvironmentSpec spec,
        string family,
        string summary,
        TOptions defaults,
        Func<TOptions, SingleEnvironment<TObservation, TAction>> create)
        where TOptions : class
        where TObservation : unmanaged
        where TAction : unmanaged =>
        new(spec, family, summary, defaults, (options, count, threads) => new VectorEnvironment<TObservation, TAction>(
            spec,
            options,
            CopyFactory.Make(count, i => ActionRestrictions.Apply(Made(spec.Id, i, () => create((TOptions)options)), options)),
            threads: threads));

    /// <exception cref="ArgumentException">The task refuses its options, or there is no copy.</exception>
    /// <exception cref="EnvironmentFailureException">The task's code failed.</exception>
    static T Made<T>(string id, int copy, Func<T?> make)
        where T : class
    {
        try
        {
            return make() ?? throw new ArgumentException($"{id}: copy {copy} is missing (null).");
        }
        catch (Exception exception) when (exception is not (ArgumentException or MujocoException or FileNotFoundException))
        {
            throw new EnvironmentFailureException(id, "when it was made", copy, exception);
        }
    }

    static bool IsChecked(IVectorEnvironment environment) =>
        environment.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(VectorEnvironment<,>);
}

/// <summary>Every task by id. A new task is one file and one line here.</summary>
public static partial class EnvironmentCatalog
{
    static readonly OrderedDictionary<string, EnvironmentEntry> _entries = new(
        ClassicTasks().Concat(MujocoTasks()).Concat(ProcgenTasks()).Select(entry => KeyValuePair.Create(entry.Spec.Id, entry)),
        StringComparer.Ordinal);

    /// <summary>The tasks in the order of the documentation, then what was added; ids are case-sensitive.</summary>
    public static IReadOnlyDictionary<string, EnvironmentEntry> Entries => _entries;

    /// <summary>Makes <paramref name="count"/> copies of the task <paramref name="id"/>.</summary>
    /// <param name="id">An id of <see cref="Entries"/>, or mujoco:FILE.xml.</param>
    /// <param name="count">Copies that are stepped together.</param>
    /// <param name="options">The task's options record; null for the defaults.</param>
    /// <param name="threads">Threads that step the copies, the calling one included: 1 does it all there. Results do not depend on it.</param>
    /// <exception cref="ArgumentException">Unknown id, options of another task, or an option out of its range.</exception>
    public static IVectorEnvironment Make(string id, int count = 1, object? options = null, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        if (Find(id) is not { } entry)
        {
            throw new ArgumentException(
                $"There is no environment '{id}'{Nearest.Suggestion(id, Entries.Keys)} `./rl list environments` shows them all.");
        }

        options ??= entry.DefaultOptions;
        if (options.GetType() != entry.DefaultOptions.GetType())
        {
            throw new ArgumentException(
                $"{id} takes {entry.DefaultOptions.GetType().Name}, not {options.GetType().Name}.");
        }

        options.Checked();
        return entry.Create(options, count, threads);
    }

    static IEnumerable<EnvironmentEntry> ClassicTasks() =>
    [
        EnvironmentEntry.Of(new EnvironmentSpec("Pendulum-v1", 200, null), "classic", "swing a rod up and hold it",
            new PendulumOptions(), o => new Pendulum(o)),
        EnvironmentEntry.Of(new EnvironmentSpec("CartPole-v1", 500, 475), "classic", "balance a pole, pushing left or right",
            new CartPoleOptions(), o => new CartPole(o)),
    ];

    static IEnumerable<EnvironmentEntry> MujocoTasks() =>
    [
        Mujoco("HalfCheetah-v4", 1000, 4800, "half_cheetah", "run, planar, 6 joints",
            new HalfCheetahOptions(), (m, o) => new HalfCheetah(m, o)),
        Mujoco("HalfCheetah-v5", 1000, 4800, "half_cheetah", "run, planar, 6 joints",
            new HalfCheetahOptions(), (m, o) => new HalfCheetah(m, o)),
        Mujoco("Hopper-v4", 1000, 3800, "hopper", "hop on one leg, planar, 3 joints",
            new HopperOptions(), (m, o) => new Hopper(m, o, TaskVersion.V4)),
        Mujoco("Hopper-v5", 1000, 3800, "hopper", "hop on one leg, planar, 3 joints",
            new HopperOptions(), (m, o) => new Hopper(m, o, TaskVersion.V5)),
        Mujoco("Walker2d-v4", 1000, null, "walker2d", "walk on two legs, planar, 6 joints",
            new Walker2dOptions(), (m, o) => new Walker2d(m, o, TaskVersion.V4)),
        Mujoco("Walker2d-v5", 1000, null, "walker2d_v5", "walk on two legs, planar, 6 joints",
            new Walker2dOptions(), (m, o) => new Walker2d(m, o, TaskVersion.V5)),
        Mujoco("Ant-v4", 1000, 6000, "ant", "run on four legs, 8 joints", new AntV4Options(), (m, o) => new AntV4(m, o)),
        Mujoco("Ant-v5", 1000, 6000, "ant", "run on four legs, 8 joints", new AntV5Options(), (m, o) => new AntV5(m, o)),
        Mujoco("Humanoid-v4", 1000, null, "humanoid", "walk on two legs, 17 joints",
            new HumanoidV4Options(), (m, o) => new HumanoidV4(m, o)),
        Mujoco("Humanoid-v5", 1000, null, "humanoid", "walk on two legs, 17 joints",
            new HumanoidV5Options(), (m, o) => new HumanoidV5(m, o)),
        Mujoco("HumanoidStandup-v4", 1000, null, "humanoidstandup", "stand up from lying, 17 joints",
            new HumanoidStandupOptions(), (m, o) => new HumanoidStandup(m, o, TaskVersion.V4)),
        Mujoco("HumanoidStandup-v5", 1000, null, "humanoidstandup", "stand up from lying, 17 joints",
            new HumanoidStandupOptions(), (m, o) => new HumanoidStandup(m, o, TaskVersion.V5)),
        Mujoco("Swimmer-v4", 1000, 360, "swimmer", "swim with three links, 2 joints",
            new SwimmerOptions(), (m, o) => new Swimmer(m, o)),
        Mujoco("Swimmer-v5", 1000, 360, "swimmer", "swim with three links, 2 joints",
            new SwimmerOptions(), (m, o) => new Swimmer(m, o)),
        Mujoco("Reacher-v4", 50, -3.75, "reacher", "touch a target with a two-link arm",
            new ReacherOptions(), (m, o) => new Reacher(m, o, TaskVersion.V4)),
        Mujoco("Reacher-v5", 50, -3.75, "reacher", "touch a target with a two-link arm",
            new ReacherOptions(), (m, o) => new Reacher(m, o, TaskVersion.V5)),
        Mujoco("Pusher-v4", 100, 0, "pusher", "push an object to a goal, 7 joints",
            new PusherOptions(), (m, o) => new Pusher(m, o, TaskVersion.V4)),
        Mujoco("Pusher-v5", 100, 0, "pusher_v5", "push an object to a goal, 7 joints",
            new PusherOptions(), (m, o) => new Pusher(m, o, TaskVersion.V5)),
        Mujoco("InvertedPendulum-v4", 1000, 950, "inverted_pendulum", "balance a pole on a cart",
            new InvertedPendulumOptions(), (m, o) => new InvertedPendulum(m, o, TaskVersion.V4)),
        Mujoco("InvertedPendulum-v5", 1000, 950, "inverted_pendulum", "balance a pole on a cart",
            new InvertedPendulumOptions(), (m, o) => new InvertedPendulum(m, o, TaskVersion.V5)),
        Mujoco("InvertedDoublePendulum-v4", 1000, 9100, "inverted_double_pendulum", "balance two poles on a cart",
            new InvertedDoublePendulumOptions(), (m, o) => new InvertedDoublePendulum(m, o, TaskVersion.V4)),
        Mujoco("InvertedDoublePendulum-v5", 1000, 9100, "inverted_double_pendulum", "balance two poles on a cart",
            new InvertedDoublePendulumOptions(), (m, o) => new InvertedDoublePendulum(m, o, TaskVersion.V5)),
    ];

    static IEnumerable<EnvironmentEntry> ProcgenTasks() =>
    [
        Procgen(new CoinRunOptions()),
        Procgen(new FruitBotOptions()),
        Procgen(new BigFishOptions()),
        Procgen(new MazeOptions()),
        Procgen(new LeaperOptions()),
    ];

    static EnvironmentEntry Procgen(ProcgenOptions defaults)
    {
        var task = defaults.Task;
        var spec = new EnvironmentSpec($"procgen:{task.Name}", task.TimeLimit, null);
        return new EnvironmentEntry(spec, "procgen", task.Summary, defaults, (given, count, threads) =>
        {
            var options = (ProcgenOptions)given;
            // In a sequence of levels each has its own limit.
            return new VectorEnvironment<byte, int>(
                options.UseSequentialLevels ? spec with { MaxEpisodeSteps = null } : spec,
                options,
                options.Backend == ProcgenBackend.Builtin ? BuiltIn(options, count) : Libenv(options, count),
                threads: threads);
        })
        {
            FurtherCheck = ProcgenConformance.Check,
        };

        static SingleEnvironment<byte, int>[] BuiltIn(ProcgenOptions options, int count) =>
            CopyFactory.Make(count, i => new ProcgenEnvironment(options, i));

        static SingleEnvironment<byte, int>[] Libenv(ProcgenOptions options, int count)
        {
            var library = LibenvLibrary.Load();
            var starts = new LibenvStarts(library, options, count);
            return CopyFactory.Make(count, i => new LibenvEnvironment(library, options, i, starts));
        }
    }

    static EnvironmentEntry Mujoco<TOptions>(
        string id,
        int maxSteps,
        double? threshold,
        string model,
        string summary,
        TOptions defaults,
        Func<MujocoModel, TOptions, MujocoEnvironment> create)
        where TOptions : class
    {
        var spec = new EnvironmentSpec(id, maxSteps, threshold);
        return new EnvironmentEntry(spec, "mujoco", summary, defaults, (options, count, threads) =>
        {
            // One compiled model for all copies.
            var shared = MujocoModel.LoadEmbedded(model);
            return new VectorEnvironment<double, float>(
                spec,
                options,
                CopyFactory.Make(count, _ => ActionRestrictions.Apply(create(shared, (TOptions)options), options)),
                shared,
                threads);
        });
    }
}
