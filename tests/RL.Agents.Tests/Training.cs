using RL.Environments;

namespace RL.Agents.Tests;

/// <summary>Trains an agent of the catalogue on an environment of the catalogue, in memory.</summary>
static class Training
{
    public static RecordedRun Run(
        string agent, string environment, object options, TrainingOptions training,
        byte[]? resumeFrom = null, RecordedRun? run = null, CancellationToken stop = default)
    {
        run ??= new RecordedRun();
        using var train = Normalized(EnvironmentCatalog.Make(environment, training.Copies), training, null);
        using var evaluation = Normalized(
            EnvironmentCatalog.Make(environment, 5), training, (train as NormalizedEnvironment)?.Moments);
        using var learner = AgentCatalog.Entries[agent].Create(
            options, train.ObservationSpace, train.ActionSpace, training, TimeProvider.System);
        var loop = new TrainingLoop(learner, train, evaluation, training, run, TimeProvider.System);
        if (resumeFrom is not null)
        {
            using var reader = new BinaryReader(new MemoryStream(resumeFrom));
            loop.Load(reader);
        }

        loop.Run(stop);
        return run;
    }

    static IVectorEnvironment Normalized(IVectorEnvironment environment, TrainingOptions training, RunningMoments? moments) =>
        training.Normalize.Observations ? new NormalizedEnvironment(environment, training.Normalize, moments) : environment;
}
