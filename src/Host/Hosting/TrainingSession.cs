using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RL.Agents;
using RL.Environments;

namespace RL.Host;

/// <summary>Runs the training loop of one run from where it stands to its end or until it is told to stop.</summary>
sealed partial class TrainingSession(
    IAgent agent,
    [FromKeyedServices("train")] IVectorEnvironment train,
    [FromKeyedServices("evaluation")] IVectorEnvironment evaluation,
    RunFolder run,
    RunOptions options,
    ProgressLine progress,
    StatusLine status,
    TimeProvider clock,
    ILogger<TrainingSession> logger)
{
    /// <param name="checkpoint">Where to go on from; null to begin.</param>
    /// <param name="stop">Ends the run after its current step.</param>
    public RunResult Run(CheckpointFile? checkpoint, CancellationToken stop)
    {
        var start = clock.GetTimestamp();
        var loop = new TrainingLoop(agent, train, evaluation, options.Training, new ReportedRun(run, progress), clock);
        checkpoint?.Restore(loop.Load);
        LogStart(run.Path, loop.Step);
        progress.Begin(loop.Step, options.Training.TotalSteps, run.Last, run.Best);
        try
        {
            var isFinished = loop.Run(stop);
            return run.Finish(loop.Step, isFinished, clock.GetElapsedTime(start));
        }
        catch (Exception exception)
        {
            File.WriteAllText(Path.Combine(run.Path, "error.log"), exception.ToString());
            throw;
        }
        finally
        {
            status.End();
            foreach (var warning in train.Warnings.Concat(evaluation.Warnings))
            {
                LogWarning(warning);
            }
        }
    }

    /// <summary>A run that also says how far it is.</summary>
    sealed class ReportedRun(RunFolder run, ProgressLine progress) : ITrainingRun
    {
        public void Scalar(string tag, double value, long step) => run.Scalar(tag, value, step);

        public void Evaluated(EvaluationResult result, IAgent agent)
        {
            run.Evaluated(result, agent);
            progress.Evaluated(run.Last!, run.Best!);
        }

        public void Progress(long step) => progress.Report(step);

        public void Checkpoint(long step, Action<BinaryWriter> save) => run.Checkpoint(step, save);
    }

    [LoggerMessage(LogLevel.Information, "{Run}: from step {Step}")]
    partial void LogStart(string run, long step);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    partial void LogWarning(string warning);
}
