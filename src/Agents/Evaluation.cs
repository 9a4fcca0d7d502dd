using RL.Environments;

namespace RL.Agents;

/// <summary>Writes an action for every copy.</summary>
/// <param name="observations">[N × observation]</param>
/// <param name="actions">[N × action], written.</param>
/// <param name="isPlaying">Which copies' episodes still count [N]; the actions of the others are executed too.</param>
public delegate void ActInEvaluation(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying);

/// <summary>Plays episodes, with the greedy policy unless told otherwise.</summary>
public static class Evaluation
{
    /// <summary>
    /// Plays <paramref name="episodes"/> episodes, shared out among the copies before they start (taking the first to finish
    /// would favour short ones). The result depends on the networks, the environment and the seed alone.
    /// </summary>
    /// <param name="agent">Plays.</param>
    /// <param name="environment">Is played.</param>
    /// <param name="episodes">In all.</param>
    /// <param name="seed">Of the first states.</param>
    /// <param name="step">Environment steps of training before it, for the result.</param>
    /// <param name="explore">Act as in training instead of greedily, which moves the agent's generators on.</param>
    /// <param name="shown">
    /// Called whenever the environment shows something new, to record it, say: after its reset (with null) and after each step, before
    /// finished copies are reset.
    /// </param>
    public static EvaluationResult Run(
        IAgent agent, IVectorEnvironment environment, int episodes, ulong seed, long step, Action<StepOutcome?>? shown = null,
        bool explore = false)
    {
        ArgumentNullException.ThrowIfNull(agent);
        return Run(
            (observations, actions, _) => agent.Act(observations, actions, explore),
            environment,
            episodes,
            seed,
            step,
            shown);
    }

    /// <summary>The same with actions from elsewhere.</summary>
    /// <param name="act">Plays.</param>
    /// <param name="environment">Is played.</param>
    /// <param name="episodes">In all.</param>
    /// <param name="seed">Of the first states.</param>
    /// <param name="step">Environment steps of training before it, for the result.</param>
    /// <param name="shown">As of the other.</param>
    /// <param name="finished">Called after each episode that counts, with its return.</param>
    /// <param name="stop">Ends it after the current step: the result is that of the episodes that are finished.</param>
    /// <exception cref="OperationCanceledException">It was stopped before the first episode was finished.</exception>
    public static EvaluationResult Run(
        ActInEvaluation act, IVectorEnvironment environment, int episodes, ulong seed, long step,
        Action<StepOutcome?>? shown = null, Action<double>? finished = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(act);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentOutOfRangeException.ThrowIfLessThan(episodes, 1);
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        var tracker = new EpisodeTracker(environment.Count);
        var wanted = Enumerable.Range(0, environment.Count)
            .Select(copy => (episodes / environment.Count) + (copy < episodes % environment.Count ? 1 : 0)).ToArray();
        var means = new StepMeans(environment);
        var results = wanted.Select(_ => new List<(double Return, int Length)>()).ToArray();
        var isPlaying = wanted.Select(count => count > 0).ToArray();
        environment.Reset(seed);
        shown?.Invoke(null);
        while (isPlaying.Contains(true) && !stop.IsCancellationRequested)
        {
            act(environment.Observations, actions, isPlaying);
            PolicyActions.ThrowUnlessFinite(actions, null);
            var outcome = environment.Step(actions);
            means.Add(outcome, isPlaying);
            tracker.Observe(outcome, (copy, episodeReturn, length) =>
            {
                if (isPlaying[copy])
                {
                    results[copy].Add((episodeReturn, length));
                    isPlaying[copy] = results[copy].Count < wanted[copy];
                    finished?.Invoke(episodeReturn);
                }
            });
            shown?.Invoke(outcome);
            environment.ResetFinished();
        }

        var played = results.SelectMany(result => result).ToList();
        if (played.Count == 0)
        {
            throw new OperationCanceledException("Stopped before the first episode was finished.", stop);
        }

        return new EvaluationResult(step, [.. played.Select(p => p.Return)], [.. played.Select(p => p.Length)])
        {
            StepMeans = means.ByTag(),
        };
    }

    /// <summary>The tag of a part of the reward.</summary>
    internal static string RewardTag(string term) => $"reward/{term}";

    /// <summary>Adds up what is reported of every step that counts.</summary>
    sealed class StepMeans(IVectorEnvironment environment)
    {
        readonly double[] _terms = new double[environment.RewardTerms.Count];
        readonly double[] _measures = new double[environment.Measures.Count];
        long _steps;

        public void Add(StepOutcome outcome, bool[] isPlaying)
        {
            for (var copy = 0; copy < isPlaying.Length; copy++)
            {
                if (isPlaying[copy])
                {
                    Add(_terms, outcome.RewardTerms, copy);
                    Add(_measures, outcome.Measures, copy);
                    _steps++;
                }
            }
        }

        public Dictionary<string, double> ByTag() => environment.RewardTerms.Select(RewardTag).Zip(_terms)
            .Concat(environment.Measures.Zip(_measures))
            .ToDictionary(pair => pair.First, pair => pair.Second / _steps);

        static void Add(double[] sums, double[] rows, int row)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += rows[(row * sums.Length) + i];
            }
        }
    }
}
