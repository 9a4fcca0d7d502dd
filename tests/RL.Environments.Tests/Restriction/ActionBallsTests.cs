namespace RL.Environments.Tests;

public class ActionBallsTests
{
    [Fact]
    public void Centres_AreRandomState123RowAfterRow()
    {
        var balls = new ActionBalls(3, 1);
        Assert.Equal(99 * 3, balls.Centres.Length);
        Assert.Equal([0.6964691855978616, 0.28613933495037946, 0.2268514535642031, 0.5513147690828912], balls.Centres[..4].ToArray());
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, Math.PI)]
    [InlineData(3, 4 * Math.PI / 3)]
    [InlineData(6, Math.PI * Math.PI * Math.PI / 6)]
    [InlineData(8, Math.PI * Math.PI * Math.PI * Math.PI / 24)]
    public void Radius_OfEveryDimension_GivesABallOfTheDefinedVolume(int dimensions, double unitBall)
    {
        const double Size = 1.25;
        var volume = unitBall * Math.Pow(new ActionBalls(dimensions, Size).Radius, dimensions);
        Assert.Equal(0.6 * dimensions / (33 * dimensions) * Size, volume, 1e-15);
    }

    [Fact]
    public void Contain_NearACentre_IsTrueStrictlyWithinTheRadius()
    {
        // So small that balls do not meet.
        var balls = new ActionBalls(2, 1e-4);
        double[] point = [balls.Centres[10], balls.Centres[11]];
        Assert.True(balls.Contain(point));
        point[0] += balls.Radius * 0.999;
        Assert.True(balls.Contain(point));
        point[0] = balls.Centres[10] + (balls.Radius * 1.001);
        Assert.False(balls.Contain(point));
    }

    // The shares of docs/environments.md, by 100,000 uniform actions; their standard error is at most 0.0016.
    [Theory]
    [InlineData("InvertedPendulum-v4", null, 0.79845)]
    [InlineData("InvertedDoublePendulum-v4", null, 0.79845)]
    [InlineData("Swimmer-v4", null, 0.90314)]
    [InlineData("Hopper-v4", null, 0.81472)]
    [InlineData("Hopper-v4", 1.65, 0.87906)]
    [InlineData("HalfCheetah-v4", null, 0.37735)]
    [InlineData("HalfCheetah-v4", 1.0, 0.76632)]
    [InlineData("Walker2d-v4", null, 0.37735)]
    [InlineData("Walker2d-v4", 1.0, 0.76632)]
    [InlineData("Ant-v4", null, 0.5253)]
    public void IsValid_UniformActions_HasTheDocumentedShare(string id, double? size, double share)
    {
        const int Samples = 100_000;
        var options = (RestrictableTaskOptions)EnvironmentCatalog.Entries[id].DefaultOptions with { Restrict = ActionRestriction.Balls };
        options = size is { } given ? options with { RestrictSize = given } : options;
        using var environment = (VectorEnvironment<double, float>)EnvironmentCatalog.Make(id, 1, options);
        var restricted = (RestrictedBalls)environment.Copies[0];
        var (random, action) = (new Pcg64(0), new SpaceBuffer(environment.ActionSpace, 1));
        var valid = 0;
        for (var i = 0; i < Samples; i++)
        {
            environment.ActionSpace.Sample(random, action, 0);
            valid += restricted.IsValid(action.Row<float>(0)) ? 1 : 0;
        }

        Assert.Equal(share, (double)valid / Samples, 1e-9);
    }
}
