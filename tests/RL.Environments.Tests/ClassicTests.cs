namespace RL.Environments.Tests;

public class ClassicTests
{
    [Fact]
    public void Pendulum_OneStep_FollowsTheEquations()
    {
        using var environment = EnvironmentCatalog.Make("Pendulum-v1");
        environment.Reset(42);
        // np.random.default_rng(42).uniform([-pi, -1], [pi, 1])
        var theta = -Math.PI + (2 * Math.PI * 0.7739560485559633);
        var speed = -1 + (2 * 0.4388784397520523);
        Assert.Equal(
            [(float)Math.Cos(theta), (float)Math.Sin(theta), (float)speed], environment.Observations.Row<float>(0).ToArray());

        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        actions.Row<float>(0)[0] = 5; // clipped to 2 by the task
        var outcome = environment.Step(actions);
        Assert.Equal(-((theta * theta) + (0.1 * speed * speed) + (0.001 * 4)), outcome.Rewards[0], 1e-9);
        var nextSpeed = speed + (((15 * Math.Sin(theta)) + (3 * 2)) * 0.05);
        Assert.Equal(nextSpeed, outcome.NextObservations.Row<float>(0)[2], 1e-6);
        Assert.Equal(Math.Cos(theta + (nextSpeed * 0.05)), outcome.NextObservations.Row<float>(0)[0], 1e-6);
    }

    [Fact]
    public void CartPole_OneStep_FollowsTheEquations()
    {
        using var environment = EnvironmentCatalog.Make("CartPole-v1");
        environment.Reset(42);
        var s = environment.Observations.Row<float>(0).ToArray();
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        actions.Row<int>(0)[0] = 1;
        var next = environment.Step(actions).NextObservations.Row<float>(0);

        var k = (10 + (0.05 * s[3] * s[3] * Math.Sin(s[2]))) / 1.1;
        var thetaAcceleration = ((9.8 * Math.Sin(s[2])) - (Math.Cos(s[2]) * k))
            / (0.5 * ((4.0 / 3) - (0.1 * Math.Cos(s[2]) * Math.Cos(s[2]) / 1.1)));
        Assert.Equal(s[0] + (0.02 * s[1]), next[0], 1e-6);
        Assert.Equal(s[1] + (0.02 * (k - (0.05 * thetaAcceleration * Math.Cos(s[2]) / 1.1))), next[1], 1e-6);
        Assert.Equal(s[2] + (0.02 * s[3]), next[2], 1e-6);
        Assert.Equal(s[3] + (0.02 * thetaAcceleration), next[3], 1e-6);
    }

    [Fact]
    public void CartPole_SuttonBartoReward_PaysOnlyTheFall()
    {
        using var environment = EnvironmentCatalog.Make("CartPole-v1", 1, new CartPoleOptions { SuttonBartoReward = true });
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        StepOutcome outcome;
        do
        {
            outcome = environment.Step(actions);
            Assert.Equal(outcome.Terminated[0] ? -1 : 0, outcome.Rewards[0]);
        }
        while (!outcome.IsFinished(0));
    }
}
