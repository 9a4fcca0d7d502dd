using RL.Agents;
using RL.Environments;

namespace RL.Runs;

/// <summary>Makes what a run consists of: environments and agent.</summary>
static class RunFactory
{
    /// <summary>Most copies of the environment that evaluate together; more episodes are played one after the other.</summary>
    const int MostEvaluationCopies = 16;

    /// <summary>Environment copies to train on.</summary>
    /// <exception cref="UserException">An option of the task is not allowed, or its observations cannot be normalised.</exception>
    public static IVectorEnvironment MakeTraining(RunOptions options)
    {
        var task = MakeTask(options, options.Training.Copies);
        try
        {
            return options.Training.Normalize is { Observations: false, Rewards: false }
                ? task
                : new NormalizedEnvironment(task, options.Training.Normalize);
        }
        catch (ArgumentException exception)
        {
            task.Dispose();
            throw new UserException($"training.normalize.observations is true: {exception.Sentence()}");
        }
    }

    /// <summary>
    /// Copies to evaluate <paramref name="episodes"/> episodes with; <paramref name="moments"/> are those of normalised observations.
    /// </summary>
    public static IVectorEnvironment MakeEvaluation(RunOptions options, int episodes, RunningMoments? moments)
    {
        var task = MakeTask(options, Math.Min(episodes, MostEvaluationCopies));
        return moments is null ? task : new NormalizedEnvironment(task, options.Training.Normalize, moments);
    }

    /// <summary>Copies of the task as it is.</summary>
    /// <exception cref="UserException">An option is not allowed, or the model is not the one that the run began with.</exception>
    public static IVectorEnvironment MakeTask(RunOptions options, int copies)
    {
        var task = RunOptions.Create(options.Environment, options.EnvironmentOptions, copies, options.Training.EnvironmentThreads);
        if (options.ModelSha256 is { } then && task.Spec.Model is { } now && now.Sha256 != then)
        {
            task.Dispose();
            throw new UserException(
                $"The model {now.Path} has changed since the run began (SHA-256 {now.Sha256}, was {then}); allowed: the model as it was. "
                + "A changed model is another task, for a new run.");
        }

        return task;
    }

    /// <summary>The agent of a run for an environment.</summary>
    /// <exception cref="UserException">Agent and environment do not fit together, or the device is missing.</exception>
    public static IAgent MakeAgent(RunOptions options, IVectorEnvironment environment, TimeProvider clock)
    {
        var training = options.Training;
        TorchSharp.torch.set_num_threads(training.Threads);
        if (training.Device != "cpu" && !TorchSharp.torch.cuda.is_available())
        {
            throw new UserException(
                $"training.device is {training.Device}, and this libtorch sees no CUDA device; allowed: cpu, or CUDA's libtorch built in: "
                + "on a machine with an NVIDIA driver set the environment variable LibTorchPackage=libtorch-cuda-12.8-linux-x64 and build "
                + "again (docs/architecture.md, TorchSharp).");
        }

        try
        {
            return options.Agent.Create(
                options.AgentOptions, environment.ObservationSpace, environment.ActionSpace, training, clock);
        }
        catch (ArgumentException exception) when (options.Agent == ImportedPolicy.Entry)
        {
            throw new UserException($"The imported policy does not fit {options.Environment.Spec.Id}: {exception.Sentence()}");
        }
        catch (ArgumentException exception)
        {
            throw new UserException(
                $"{options.Agent.Name} cannot be trained on {options.Environment.Spec.Id}: {exception.Sentence()}{Others(options.Agent, environment)}");
        }
    }

    /// <summary>Draws a picture if the run is to log some, so that what is missing is told before it starts.</summary>
    /// <exception cref="UserException">The task cannot be drawn, here or at all.</exception>
    public static void RefuseWithoutPictures(RunOptions options, IVectorEnvironment environment)
    {
        if (options.Training.Log.Images == 0)
        {
            return;
        }

        string? problem;
        try
        {
            using var renderer = environment.MakeRenderer(0, 1, 1);
            problem = renderer is null ? $"{environment.Spec.Id} cannot be drawn" : null;
        }
        catch (MujocoException exception)
        {
            problem = exception.Message.TrimEnd('.');
        }

        if (problem is not null)
        {
            throw new UserException($"training.log.images is {options.Training.Log.Images}; allowed: 0, because {problem}.");
        }
    }

    /// <summary>The agents that can learn an environment, if it is the environment that the agent does not suit.</summary>
    static string Others(AgentEntry agent, IVectorEnvironment environment)
    {
        bool Suits(AgentEntry entry)
        {
            try
            {
                entry.Create(
                    entry.DefaultOptions, environment.ObservationSpace, environment.ActionSpace, new(), TimeProvider.System).Dispose();
                return true;
            }
            catch (ArgumentException)
            {
                return false;
            }
        }

        var suitable = AgentCatalog.Entries.Values.Where(Suits).ToList();
        return suitable.Contains(agent) || suitable.Count == 0
            ? "" : $" Agents that can: {string.Join(", ", suitable.Select(entry => entry.Name))}.";
    }

    /// <summary>The moments of an environment that shows normalised observations; null of any other.</summary>
    public static RunningMoments? MomentsOf(IVectorEnvironment environment) =>
        environment is NormalizedEnvironment { ObservationsAreNormalized: true } normalized ? normalized.Moments : null;
}
