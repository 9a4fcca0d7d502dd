namespace RL.Environments;

/// <summary>One copy of a task that takes fewer actions than the task itself: everything but the actions is the task's.</summary>
abstract class RestrictedEnvironment<TObservation>(SingleEnvironment<TObservation, float> task) : SingleEnvironment<TObservation, float>
    where TObservation : unmanaged
{
    /// <summary>The task that is restricted; owned.</summary>
    public SingleEnvironment<TObservation, float> Task => task;

    public override Space ObservationSpace => task.ObservationSpace;

    public override Space ActionSpace => task.ActionSpace;

    public override IReadOnlyList<string> RewardTerms => task.RewardTerms;

    public override IReadOnlyList<string> Measures => task.Measures;

    public override IReadOnlyList<string> Warnings => task.Warnings;

    public override bool HasFixedSeed => task.HasFixedSeed;

    public override void Seed(Pcg64 random) => task.Seed(random);

    public override IEnvironmentRenderer? MakeRenderer(int width, int height) => task.MakeRenderer(width, height);

    public override void Reset(Pcg64 random, Span<TObservation> observation) => task.Reset(random, observation);

    public override void Measure(Span<double> values) => task.Measure(values);

    public override void Save(BinaryWriter writer) => task.Save(writer);

    public override void Load(BinaryReader reader) => task.Load(reader);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            task.Dispose();
        }

        base.Dispose(disposing);
    }
}
