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
        using var train = EnvironmentCatalog.Make(environment, training.Copies);
        using var evaluation = EnvironmentCatalog.Make(environment, 5);
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
}
