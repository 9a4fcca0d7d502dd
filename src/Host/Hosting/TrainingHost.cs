using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RL.Agents;
using RL.Environments;

namespace RL.Host;

/// <summary>Puts a training run together: lifetime, logging and services of one process that trains one agent.</summary>
static class TrainingHost
{
    /// <summary>Most copies of the environment that evaluate together; more episodes are played one after the other.</summary>
    const int MostEvaluationCopies = 16;

    /// <param name="options">What to train on what.</param>
    /// <param name="status">Where it speaks.</param>
    /// <param name="isQuiet">Only warnings, no progress.</param>
    /// <param name="clock">Clock of everything.</param>
    /// <param name="open">Opens the run folder; called when agent and environments stand.</param>
    public static IHost Build(
        RunOptions options, StatusLine status, bool isQuiet, TimeProvider clock, Func<RunningMoments?, RunFolder> open)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(new StatusLineLoggerProvider(status))
            .SetMinimumLevel(isQuiet ? LogLevel.Warning : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning);
        builder.Services
            // A checkpoint takes as long as it takes.
            .Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan)
            .AddSingleton<IHostLifetime, SignalLifetime>()
            .AddSingleton(status)
            .AddSingleton(clock)
            .AddSingleton(options)
            .AddSingleton(new ProgressLine(isQuiet ? null : status, clock))
            .AddKeyedSingleton("train", (_, _) => MakeTraining(options))
            .AddKeyedSingleton("evaluation", (services, _) => MakeEvaluation(
                options, options.Training.EvaluationEpisodes, MomentsOf(services.GetRequiredKeyedService<IVectorEnvironment>("train"))))
            .AddSingleton(services => MakeAgent(options, services.GetRequiredKeyedService<IVectorEnvironment>("train"), clock))
            .AddSingleton(services => open(MomentsOf(services.GetRequiredKeyedService<IVectorEnvironment>("train"))))
            .AddSingleton<TrainingSession>();
        return builder.Build();
    }

    /// <summary>
    /// Copies to evaluate <paramref name="episodes"/> episodes with; <paramref name="moments"/> are those of normalised observations.
    /// </summary>
    public static IVectorEnvironment MakeEvaluation(RunOptions options, int episodes, RunningMoments? moments)
    {
        var task = Make(options, Math.Min(episodes, MostEvaluationCopies));
        return moments is null ? task : new NormalizedEnvironment(task, options.Training.Normalize, moments);
    }

    /// <summary>The agent of a run for an environment.</summary>
    /// <exception cref="UserException">They do not fit together, or the device is not there.</exception>
    public static IAgent MakeAgent(RunOptions options, IVectorEnvironment environment, TimeProvider clock)
    {
        var training = options.Training;
        TorchSharp.torch.set_num_threads(training.Threads);
        if (training.Device != "cpu" && !TorchSharp.torch.cuda.is_available())
        {
            throw new UserException($"training.device is {training.Device}; allowed: cpu, because this libtorch sees no CUDA device.");
        }

        try
        {
            return options.Agent.Create(
                options.AgentOptions, environment.ObservationSpace, environment.ActionSpace, training, clock);
        }
        catch (ArgumentException exception)
        {
            throw new UserException($"{options.Agent.Name} cannot learn {options.Environment.Spec.Id}: {exception.Message}");
        }
    }

    static IVectorEnvironment MakeTraining(RunOptions options)
    {
        var task = Make(options, options.Training.Copies);
        try
        {
            return options.Training.Normalize is { Observations: false, Rewards: false }
                ? task
                : new NormalizedEnvironment(task, options.Training.Normalize);
        }
        catch (ArgumentException exception)
        {
            task.Dispose();
            throw new UserException($"training.normalize.observations is true: {exception.Message}");
        }
    }

    static IVectorEnvironment Make(RunOptions options, int copies) =>
        RunOptions.Create(options.Environment, options.EnvironmentOptions, copies, options.Training.EnvironmentThreads);

    static RunningMoments? MomentsOf(IVectorEnvironment environment) =>
        environment is NormalizedEnvironment { ObservationsAreNormalized: true } normalized ? normalized.Moments : null;
}
