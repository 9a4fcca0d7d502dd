using System.Globalization;
using RL.Agents;
using RL.Environments;

namespace RL.Runs;

/// <summary>Trains agents. `./rl train` is a call of this class.</summary>
public static class Training
{
    /// <summary>Trains an agent on a task until the last step, or until it is stopped.</summary>
    /// <example>
    /// <code>
    /// using var result = Training.Run("td3", "Pendulum-v1", new() { Assignments = ["total_steps=20000"], Runs = "runs" });
    /// Console.WriteLine(result.Best!.Mean);
    /// </code>
    /// </example>
    /// <param name="agent">A name of <see cref="AgentCatalog"/>.</param>
    /// <param name="environment">An id of <see cref="EnvironmentCatalog"/>.</param>
    /// <param name="settings">Options, and where to keep the run; null: the defaults, nothing on disk.</param>
    /// <param name="callbacks">Called during training; null: nothing.</param>
    /// <param name="clock">For time stamps and speeds; null: the system clock.</param>
    /// <param name="stop">Ends the run after its current step, with a checkpoint if it has a folder.</param>
    /// <exception cref="UserException">A name is unknown or a value not allowed. Nothing has been written.</exception>
    public static TrainingResult Run(
        string agent,
        string environment,
        TrainingSettings? settings = null,
        TrainingCallbacks? callbacks = null,
        TimeProvider? clock = null,
        CancellationToken stop = default)
    {
        (settings, callbacks, clock) = (settings ?? new(), callbacks ?? new(), clock ?? TimeProvider.System);
        var (options, origin) = Resolve(agent, environment, settings, callbacks);

        RunFolder? Open(RunOptions made, RunningMoments? moments) => settings.Runs is { } runs
            ? RunFolder.Create(runs, settings.Name, made, Session(made, settings.CommandLine, 0, clock), clock, moments)
            : null;
        return Run(options, Open, origin, null, callbacks, clock, stop);
    }

    /// <summary>
    /// Creates the folder of a run without training: <see cref="Resume"/> begins it there, in this process or another. Everything is checked
    /// as before a training run.
    /// </summary>
    /// <param name="agent">A name of <see cref="AgentCatalog"/>.</param>
    /// <param name="environment">An id of <see cref="EnvironmentCatalog"/>.</param>
    /// <param name="settings">Options, and the folder of the runs, which must be given.</param>
    /// <param name="callbacks">Told of notes; null: nobody.</param>
    /// <param name="clock">For the name of the folder; null: the system clock.</param>
    /// <returns>The run's folder.</returns>
    /// <exception cref="UserException">A name is unknown or a value not allowed. Nothing has been written.</exception>
    public static string Prepare(
        string agent, string environment, TrainingSettings settings, TrainingCallbacks? callbacks = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(settings);
        clock ??= TimeProvider.System;
        var runs = settings.Runs ?? throw new UserException("A run that is prepared needs a folder: settings.Runs is null.");
        var (options, origin) = Resolve(agent, environment, settings, callbacks ?? new());
        using var train = RunFactory.MakeTraining(options);
        options = options with { ModelSha256 = train.Spec.Model?.Sha256 };
        using var learner = RunFactory.MakeAgent(options, train, clock);
        origin?.Load(learner, origin.Read().Networks);
        return RunFolder.Prepare(runs, settings.Name, options, clock);
    }

    /// <summary>
    /// Continues a run from its newest checkpoint, bit-identical to a run that was never interrupted. A finished run stays as it is
    /// unless <paramref name="assignments"/> raise its number of steps.
    /// </summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="assignments">"training.total_steps=N" or nothing; all other options are those that the run started with.</param>
    /// <param name="callbacks">Called during training; null: nothing.</param>
    /// <param name="commandLine">Command line to record in run.json; null: this process's.</param>
    /// <param name="clock">For time stamps and speeds; null: the system clock.</param>
    /// <param name="assemblies">Assemblies with user-defined environments, as for <see cref="Policy.Load"/>.</param>
    /// <param name="stop">Ends the run after its current step, with a checkpoint.</param>
    /// <exception cref="UserException">There is no such run or no checkpoint, it is in use, or a change is not allowed.</exception>
    public static TrainingResult Resume(
        string folder,
        IReadOnlyList<string>? assignments = null,
        TrainingCallbacks? callbacks = null,
        string? commandLine = null,
        TimeProvider? clock = null,
        IReadOnlyList<string>? assemblies = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(folder);
        return Continue(new(folder) { Assignments = assignments ?? [], Assemblies = assemblies ?? [] }, callbacks ?? new(), commandLine, clock ?? TimeProvider.System, stop);
    }

    /// <summary>As <see cref="Resume"/>, also for a run of which another attempt may be begun elsewhere (<see cref="RunJob.Epoch"/>).</summary>
    /// <exception cref="IOException">Another attempt has the run by now.</exception>
    internal static TrainingResult Continue(RunJob job, TrainingCallbacks callbacks, string? commandLine, TimeProvider clock, CancellationToken stop)
    {
        UserAssemblies.Load(job.Assemblies);
        var path = RunNames.Find(".", job.Folder);
        var epoch = job.Epoch is { } number ? new RunEpoch(path, number) : null;
        using var resumption = Resumption.Open(path, warning => callbacks.Warned?.Invoke(warning), epoch, clock);
        var (options, checkpoint) = (resumption.Options(job.Assignments), resumption.Checkpoint);
        if (checkpoint is null && resumption.Document.Sessions.Count > 0)
        {
            callbacks.Noted?.Invoke("The run has no checkpoint yet; it begins anew from its run.json.");
        }
        else if (checkpoint is not null && options.Training.TotalSteps <= checkpoint.Step
            && RunResult.ReadUndamaged(path, damaged => callbacks.Warned?.Invoke($"{damaged} The run goes on from its checkpoint and writes it anew."))
                is { Status: RunResult.Finished } result)
        {
            callbacks.Noted?.Invoke($"The run is finished; use --steps with more than {options.Training.TotalSteps} to extend it.");
            return new TrainingResult(result, TrainedPolicy.Find(".", path).Open(clock));
        }

        if (options.AgentOptions is PpoOptions { AnnealLearningRate: true } && resumption.IsLonger(options))
        {
            callbacks.Noted?.Invoke(
                $"The learning rate falls to 0 at training.total_steps, now {options.Training.TotalSteps}: from here on it is the longer run's, so that the "
                + "run is neither what it was to be nor what it would be had it been that long from the start.");
        }

        RunFolder Open(RunOptions made, RunningMoments? moments) => RunFolder.Resume(
            resumption,
            made,
            Session(made, commandLine ?? new TrainingSettings().CommandLine, checkpoint?.Step ?? 0, clock),
            clock,
            moments);
        return Run(options, Open, checkpoint is null ? Origin(options) : null, checkpoint, callbacks, clock, stop);
    }

    /// <summary>The options of a new run, checked, and the policy that it starts from, if any.</summary>
    static (RunOptions Options, TrainedPolicy? Origin) Resolve(
        string agent, string environment, TrainingSettings settings, TrainingCallbacks callbacks)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(environment);
        if (agent == ImportedPolicy.Entry.Name)
        {
            throw new UserException(
                $"Imported policies are not trained; allowed: {string.Join(", ", AgentCatalog.Entries.Keys)}. `./rl import` makes policy files that play.");
        }

        var options = RunOptions.Resolve(agent, environment, settings);
        foreach (var note in options.Notes)
        {
            callbacks.Noted?.Invoke(note);
        }

        var origin = settings.From is { } from ? Origin(from, settings.Runs, options) : null;
        return (origin is null ? options : options with { From = Described(origin) }, origin);
    }

    static TrainingResult Run(
        RunOptions options,
        Func<RunOptions, RunningMoments?, RunFolder?> open,
        TrainedPolicy? origin,
        CheckpointFile? checkpoint,
        TrainingCallbacks callbacks,
        TimeProvider clock,
        CancellationToken stop)
    {
        // The folder comes last: what cannot be made leaves none.
        using var train = RunFactory.MakeTraining(options);
        var moments = RunFactory.MomentsOf(train);
        options = options with { ModelSha256 = train.Spec.Model?.Sha256 };
        using var evaluation = RunFactory.MakeEvaluation(options, options.Training.EvaluationEpisodes, moments);
        RunFactory.RefuseWithoutPictures(options, evaluation);
        var agent = RunFactory.MakeAgent(options, train, clock);
        try
        {
            origin?.Load(agent, origin.Read().Networks);
            using var folder = open(options, moments);
            var summary = Run(options, agent, train, evaluation, folder, checkpoint, callbacks, clock, stop);
            return new TrainingResult(summary, new Policy(options, agent, moments, train));
        }
        catch
        {
            agent.Dispose();
            throw;
        }
    }

    static RunResult Run(
        RunOptions options,
        IAgent agent,
        IVectorEnvironment train,
        IVectorEnvironment evaluation,
        RunFolder? folder,
        CheckpointFile? checkpoint,
        TrainingCallbacks callbacks,
        TimeProvider clock,
        CancellationToken stop)
    {
        var start = clock.GetTimestamp();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var meter = new RunMeter(Path.GetFileName(folder?.Path) ?? "", checkpoint?.Step ?? 0);
        var run = new ObservedRun(agent, folder, callbacks, meter, ended.Cancel, clock);
        var loop = new TrainingLoop(agent, train, evaluation, options.Training, run, clock);
        checkpoint?.Restore(loop.Load);
        callbacks.Started?.Invoke(folder?.Path, new(loop.Step, run.Last, run.Best), options.Training.TotalSteps);
        try
        {
            var isFinished = loop.Run(ended.Token);
            var result = new RunResult(
                folder?.Path,
                options.Agent.Name,
                options.Environment.Spec.Id,
                options.Training.Seed,
                isFinished ? RunResult.Finished : RunResult.Stopped,
                loop.Step,
                run.Last,
                run.Best,
                Math.Round(clock.GetElapsedTime(start).TotalSeconds, 3));
            folder?.End(result);
            return result;
        }
        catch (NonFiniteValueException exception) when (exception.Environment.Length > 0)
        {
            // The task knows the step of its episode only.
            var where = string.Create(CultureInfo.InvariantCulture, $"After {loop.Step:N0} steps of training: {exception.Message}");
            var located = new NonFiniteValueException(where, exception);
            folder?.Fail(located);
            throw located;
        }
        catch (Exception exception) when (folder is not null)
        {
            folder.Fail(exception);
            if (exception is IOException or UnauthorizedAccessException)
            {
                KeepCheckpoint(run, loop, callbacks);
            }

            throw;
        }
        finally
        {
            foreach (var warning in train.Warnings.Concat(evaluation.Warnings))
            {
                callbacks.Warned?.Invoke(warning);
            }
        }
    }

    static void KeepCheckpoint(ObservedRun run, TrainingLoop loop, TrainingCallbacks callbacks)
    {
        try
        {
            run.TryAgain(loop.Step, loop.Save);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NonFiniteValueException)
        {
            callbacks.Warned?.Invoke($"No checkpoint could be kept of step {loop.Step}: {exception.Message}");
        }
    }

    /// <summary>The policy whose networks the run starts from.</summary>
    /// <exception cref="UserException">It does not fit the run.</exception>
    static TrainedPolicy Origin(string name, string? runs, RunOptions options)
    {
        var policy = TrainedPolicy.Find(runs ?? ".", name);
        if (policy.Options.Agent != options.Agent)
        {
            throw new UserException($"--from {name} is a policy of {policy.Options.Agent.Name}; allowed: policies of {options.Agent.Name}.");
        }

        // Continuing a policy's running moments would need their count, which a policy file does not hold.
        return policy.Options.Training.Normalize.Observations || options.Training.Normalize.Observations
            ? throw new UserException(
                $"--from {name}: networks cannot be taken over where observations are normalised, because every run has its own statistics; "
                + "allowed: policies and runs with training.normalize.observations=false.")
            : policy;
    }

    /// <summary>As run.json records the policy that a run starts from.</summary>
    static string Described(TrainedPolicy origin) => $"{Path.GetFullPath(origin.File)} (SHA-256 {TrustedAssemblies.HashOf(origin.File)})";

    /// <summary>The policy that a recorded run without a checkpoint starts from; null if it starts with new networks.</summary>
    /// <exception cref="UserException">The policy is gone or another one by now.</exception>
    static TrainedPolicy? Origin(RunOptions options)
    {
        if (options.From is not { } recorded)
        {
            return null;
        }

        var file = recorded[..Math.Max(0, recorded.LastIndexOf(" (SHA-256 ", StringComparison.Ordinal))];
        var origin = Origin(file, null, options);
        return Described(origin) == recorded ? origin : throw new UserException(
            $"The run is to start from the policy {recorded}, and has no checkpoint yet; the file is another one now (SHA-256 "
            + $"{TrustedAssemblies.HashOf(origin.File)}).");
    }

    static RunSession Session(RunOptions options, string commandLine, long step, TimeProvider clock)
    {
        var (commit, isDirty) = Versions.Git();
        return new RunSession(clock.GetUtcNow(), step, commandLine, Versions.All(options.Environment.Family), commit, isDirty);
    }
}
