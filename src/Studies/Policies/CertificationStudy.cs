using System.Globalization;
using RL.Agents;
using RL.Drawing;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>
/// What any bounded perturbation of the observation can do to a policy, on states of clean play: attack first, then bounds for what it leaves open.
/// </summary>
/// <param name="Clean">What `./rl evaluate` gives.</param>
/// <param name="Unit">What ε is measured in.</param>
/// <param name="IsDiscrete">Whether actions are discrete.</param>
/// <param name="Results">By ε, the smallest first.</param>
/// <param name="WholeEpisodes">Episodes all of whose steps were looked at; null where states were sampled.</param>
/// <param name="Radii">By state; null where they were not asked for.</param>
/// <param name="Sheet">The most fragile frames; null where observations are not images.</param>
public sealed record CertificationStudy(
    EvaluationResult Clean, EpsilonUnit Unit, bool IsDiscrete, IReadOnlyList<EpsilonCertificates> Results, int? WholeEpisodes,
    IReadOnlyList<StateRadius>? Radii, ContactSheet? Sheet)
{
    const int Between = 3;

    /// <summary>How far an element of a continuous action may move in a state that counts as certified: a quarter of its range, in units of half of it.</summary>
    public const double LargestChange = PolicyBounds.Flip;

    /// <summary>Checks options for a policy.</summary>
    /// <exception cref="ArgumentException">Says which is not allowed, or what of the policy has no bounds.</exception>
    public static void ThrowUnlessFits(IPolicyNetwork policy, Space observations, CertificationOptions options, TimeProvider clock)
    {
        options.Checked();
        options.EpsilonFor(!ObservationUnits.NeedDeviation(observations));
        _ = new PolicyBounds(policy, options, clock);
    }

    /// <summary>Plays clean, then attacks and bounds.</summary>
    /// <param name="policy">Plays.</param>
    /// <param name="environment">Is played.</param>
    /// <param name="options">What to look at, and how.</param>
    /// <param name="episodes">To play.</param>
    /// <param name="seed">Of the first states, and of what attacks draw.</param>
    /// <param name="clock">For the time limit of branch and bound: a <see cref="CpuClock"/> where it is to mean CPU seconds.</param>
    /// <param name="report">Takes a line on each ε as soon as it is done.</param>
    /// <param name="shards">Parts that the states are divided into; results depend on their number.</param>
    /// <param name="elsewhere">Attacks and bounds the shards, all of them at the same time; null: that is done here, one after the other.</param>
    /// <param name="progress">Told after every state that is done here how far the study is; the text is made when it is asked for.</param>
    /// <param name="stop">
    /// Ends it after the state that is looked at: the study is that of the ε that are done, or of the states that are done with the first one,
    /// without radii.
    /// </param>
    /// <exception cref="ArgumentException">An option does not fit the policy, or there are no bounds for its layers.</exception>
    /// <exception cref="InvalidOperationException">A certificate and an attack contradict each other: one of them is wrong.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before anything was known.</exception>
    public static CertificationStudy Run(
        IPolicyNetwork policy, IVectorEnvironment environment, CertificationOptions options, int episodes, ulong seed,
        TimeProvider clock, Action<string>? report = null, int shards = 1, IShardCertifier? elsewhere = null,
        Action<Func<string>>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentOutOfRangeException.ThrowIfLessThan(shards, 1);
        options.Checked();
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var radii = options.EpsilonFor(!ObservationUnits.NeedDeviation(environment.ObservationSpace));
        var bounds = new PolicyBounds(policy, options, clock);
        var sample = new StateSample(policy, environment, options, episodes, Between);
        var play = CleanPlay.Run(policy, environment, episodes, seed, explore: false, sample.Shown, stop);
        var drawn = Seeds.Of((long)seed, Purpose.Attack);
        var (at, done) = (double.NaN, 0);
        void Certified(double epsilon)
        {
            (at, done) = (epsilon, epsilon == at ? done + 1 : 1);
            progress?.Invoke(() => string.Create(CultureInfo.InvariantCulture, $"ε {AttackStudyOptions.Text(at)}: {done:N0}/{sample.Inputs.Count:N0} states"));
        }

        var states = new CertifiedStates(policy, bounds, options, play.Units, stack(sample.Inputs), drawn) { Certified = Certified };
        var parts = StateShard.Split(stack(sample.Inputs), play.Deviations, drawn, shards);
        report?.Invoke(string.Create(CultureInfo.InvariantCulture, $"clean: return {play.Evaluation.Mean:N1}; {states.Count} state{(states.Count == 1 ? "" : "s")}"));

        var certifier = elsewhere ?? new LocalCertifier(
            shard => parts.Count == 1 ? states : new CertifiedStates(policy, bounds, options, play.Units, shard.Inputs, shard.Seed) { Certified = Certified });
        // Elsewhere everything is asked for at once, here when its turn has come.
        var asked = radii.Select(epsilon => parts.Select(shard => certifier.Certify(shard, epsilon, stop)));
        var askedRadii = options.Radius ? parts.Select(shard => certifier.Radii(shard, radii[^1], stop)) : null;
        if (elsewhere is not null)
        {
            (asked, askedRadii) = (asked.Select(each => each.ToList()).ToList(), askedRadii?.ToList());
        }

        var results = new List<EpsilonCertificates>();
        Tensor? attacked = null;
        foreach (var (epsilon, answers) in radii.Zip(asked))
        {
            if (results.Count > 0 && stop.IsCancellationRequested)
            {
                break;
            }

            var (found, inputs, milliseconds) = Whole(answers, parts, elsewhere is null ? null : scope, stop);
            var isWhole = found.Count == states.Count;
            if (results.Count > 0 && !isWhole)
            {
                break;
            }

            if (found.Count == 0)
            {
                throw new OperationCanceledException(stop);
            }

            attacked = inputs;
            var text = AttackStudyOptions.Text(epsilon);
            var whole = !isWhole ? null : sample.Episodes?.GroupBy(each => each.Episode).Count(
                episode => episode.All(step => found[step.Row].Verdict == StateVerdict.Certified));
            var result = new EpsilonCertificates(epsilon, text, found, milliseconds, whole);
            ThrowIfContradicting(results.LastOrDefault(), result);
            results.Add(result);
            report?.Invoke(string.Create(
                CultureInfo.InvariantCulture,
                $"ε = {text}: {result.Share(StateVerdict.Certified):P1} certified, {result.Share(StateVerdict.Open):P1} open, {result.Share(StateVerdict.Broken):P1} broken"));
        }

        return new(
            play.Evaluation, play.Unit, policy.Head == PolicyHead.Logits, results,
            sample.Episodes?.Select(each => each.Episode).Distinct().Count(),
            AllRadii(askedRadii, stop), states.Draw(results[^1], attacked, $"{environment.Spec.Id}, ε = {results[^1].EpsilonText}: most fragile frames"));
    }

    /// <summary>
    /// What shards came to together: the first ones that are done, if it was stopped, and of the last of them the first states that are. Tensors
    /// from elsewhere, which are in no scope, come into this one.
    /// </summary>
    static ShardCertificates Whole(IEnumerable<Task<ShardCertificates>> answers, IReadOnlyList<StateShard> shards, DisposeScope? scope, CancellationToken stop)
    {
        var (states, attacked, milliseconds, count) = (new List<StateCertificate>(), new List<Tensor>(), 0.0, 0);
        foreach (var (answer, shard) in answers.Zip(shards))
        {
            ShardCertificates part;
            try
            {
                part = answer.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                break;
            }

            states.AddRange(part.States);
            (milliseconds, count) = (milliseconds + (part.AttackMilliseconds * shard.Count), count + shard.Count);
            if (part.Attacked is { } inputs)
            {
                attacked.Add(inputs);
                scope?.Attach(inputs);
            }

            if (part.States.Count < shard.Count)
            {
                break;
            }
        }

        return new(states, attacked.Count == 0 ? null : cat(attacked), milliseconds / Math.Max(count, 1));
    }

    /// <summary>Null where none were asked for, or if it was stopped before the last one was done.</summary>
    static List<StateRadius>? AllRadii(IEnumerable<Task<IReadOnlyList<StateRadius>>>? asked, CancellationToken stop)
    {
        try
        {
            return asked is null || stop.IsCancellationRequested ? null : [.. asked.SelectMany(answer => answer.GetAwaiter().GetResult())];
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Shares of the states over ε.</summary>
    public CurveChart Chart(string title)
    {
        var isRange = Unit == EpsilonUnit.Range;
        double[] x = [.. Results.Select(result => result.Epsilon * (isRange ? 255 : 1))];
        return new(title, isRange ? "ε [1/255 of the range]" : "ε [standard deviations]", "share of the states")
        {
            Curves = [.. new[] { StateVerdict.Certified, StateVerdict.Open, StateVerdict.Broken }.Select(
                verdict => new Curve(verdict.ToString().ToLowerInvariant(), x, [.. Results.Select(result => result.Share(verdict))]))],
        };
    }

    /// <summary>What is broken within a smaller ε cannot be certified within a larger one.</summary>
    static void ThrowIfContradicting(EpsilonCertificates? smaller, EpsilonCertificates larger)
    {
        for (var state = 0; smaller is not null && state < larger.States.Count; state++)
        {
            if (smaller.States[state].Verdict == StateVerdict.Broken && larger.States[state].Verdict == StateVerdict.Certified)
            {
                throw new InvalidOperationException(
                    $"State {state} is broken within ε = {smaller.EpsilonText} and certified within {larger.EpsilonText}: a certificate is wrong.");
            }
        }
    }

    /// <summary>Observations of clean play: some of all copies in turn, or all of whole episodes.</summary>
    sealed class StateSample(IPolicyNetwork policy, IVectorEnvironment environment, CertificationOptions options, int episodes, int between)
    {
        readonly bool[] _isOver = new bool[environment.Count];
        int _step;

        public List<Tensor> Inputs { get; } = [];

        /// <summary>The steps of whole episodes; null where states are sampled.</summary>
        public List<(int Episode, int Row)>? Episodes { get; } = options.WholeEpisodes is null ? null : [];

        public void Shown(StepOutcome? outcome)
        {
            if (Episodes is null)
            {
                if (Inputs.Count < options.States && _step++ % between == 0)
                {
                    Inputs.Add(policy.Inputs(environment.Observations)[Inputs.Count % environment.Count].clone());
                }
                return;
            }
            var count = Math.Min(Math.Min(options.WholeEpisodes!.Value, episodes), environment.Count);
            var inputs = policy.Inputs(environment.Observations);
            for (var copy = 0; copy < count; copy++)
            {
                // In what an episode ends, nobody acts.
                _isOver[copy] |= outcome?.IsFinished(copy) ?? false;
                if (!_isOver[copy])
                {
                    Episodes.Add((copy, Inputs.Count));
                    Inputs.Add(inputs[copy].clone());
                }
            }
        }
    }
}
