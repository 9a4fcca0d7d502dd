using RL.Environments;

namespace RL.Agents.Tests;

public class RefinementAuditTests
{
    static RefinementAudit Run(double radius, int copies = 1)
    {
        using var environment = EnvironmentCatalog.Make("Pendulum-v1", copies);
        using var agent = new Td3(
            new Td3Options
            {
                HiddenLayers = [16], Refine = new() { Evaluate = new() { Method = "gradient", Critic = "online", Radius = radius } },
            },
            environment.ObservationSpace, environment.ActionSpace, new TrainingOptions(), TimeProvider.System);
        return RefinementAudit.Run(agent, environment, 2, seed: 3, discount: 0.9);
    }

    [Fact]
    public void Run_NothingMayChange_PromisesAndGainsNothing()
    {
        var audit = Run(radius: 0);

        Assert.Equal([0, 0], audit.Promised);
        Assert.Equal([0, 0], audit.Gained);
        Assert.Equal(audit.Plain.Returns, audit.Refined.Returns);
    }

    /// <summary>An untrained critic is about 0, and Pendulum's rewards are negative: it over-estimates, and promises what it does not keep.</summary>
    [Fact]
    public void Run_AnUntrainedCritic_PromisesMoreThanNothingAndOverestimates()
    {
        var audit = Run(radius: 1);

        Assert.All(audit.Promised, promised => Assert.InRange(promised, 1e-3, 10));
        Assert.All(audit.Overestimation, excess => Assert.InRange(excess, 0.5, 200));
        Assert.NotEqual(audit.Plain.Returns, audit.Refined.Returns);
        Assert.Equal((2, 2), (audit.Gained.Count, audit.Overestimation.Count));
    }

    [Fact]
    public void Run_SeveralCopies_SaysWhatIsAllowed() =>
        Assert.Contains("There are 2 copies; allowed: 1", Assert.Throws<ArgumentException>(() => Run(1, copies: 2)).Message, StringComparison.Ordinal);
}
