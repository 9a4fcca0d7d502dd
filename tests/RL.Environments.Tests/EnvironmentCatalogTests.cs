namespace RL.Environments.Tests;

public class EnvironmentCatalogTests
{
    [Fact]
    public void Make_UnknownId_NamesItTheNearestAndTheList()
    {
        var exception = Assert.Throws<ArgumentException>(() => EnvironmentCatalog.Make("HalfChetah-v5"));
        Assert.Contains("'HalfChetah-v5'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("did you mean HalfCheetah-v5", exception.Message, StringComparison.Ordinal);
        Assert.Contains("./rl list environments", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_OptionOutOfRange_NamesOptionValueAndRange()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => EnvironmentCatalog.Make("HalfCheetah-v5", 1, new HalfCheetahOptions { FrameSkip = 0 }));
        Assert.Contains("FrameSkip is 0", exception.Message, StringComparison.Ordinal);
        Assert.Contains("from 1 to 1000", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(10.4)]
    [InlineData(-0.4)]
    [InlineData(double.NaN)]
    public void Make_NumberBeyondARangeOfIntegers_IsNotRoundedIntoIt(double noise)
    {
        var exception = Assert.Throws<ArgumentException>(
            () => EnvironmentCatalog.Make("HalfCheetah-v5", 1, new HalfCheetahOptions { ResetNoiseScale = noise }));
        Assert.Contains(
            string.Create(System.Globalization.CultureInfo.InvariantCulture, $"ResetNoiseScale is {noise}"), exception.Message, StringComparison.Ordinal);
        Assert.Contains("from 0 to 10", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_RangeUpsideDown_NamesBothEnds()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => EnvironmentCatalog.Make("Walker2d-v5", 1, new Walker2dOptions { HealthyZMin = 3 }));
        Assert.Contains("HealthyZMin is 3, Walker2dOptions.HealthyZMax is 2: the first must not exceed", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_OptionsOfAnotherTask_AreRefused() =>
        Assert.Throws<ArgumentException>(() => EnvironmentCatalog.Make("HalfCheetah-v5", 1, new HopperOptions()));

    [Theory]
    [InlineData("Pendulum-v1", 200, null, 3, 1)]
    [InlineData("CartPole-v1", 500, 475.0, 4, 1)]
    [InlineData("HalfCheetah-v4", 1000, 4800.0, 17, 6)]
    [InlineData("HalfCheetah-v5", 1000, 4800.0, 17, 6)]
    [InlineData("Hopper-v4", 1000, 3800.0, 11, 3)]
    [InlineData("Hopper-v5", 1000, 3800.0, 11, 3)]
    [InlineData("Walker2d-v4", 1000, null, 17, 6)]
    [InlineData("Walker2d-v5", 1000, null, 17, 6)]
    [InlineData("Ant-v4", 1000, 6000.0, 27, 8)]
    [InlineData("Ant-v5", 1000, 6000.0, 105, 8)]
    [InlineData("Humanoid-v4", 1000, null, 376, 17)]
    [InlineData("Humanoid-v5", 1000, null, 348, 17)]
    [InlineData("HumanoidStandup-v4", 1000, null, 376, 17)]
    [InlineData("HumanoidStandup-v5", 1000, null, 348, 17)]
    [InlineData("Swimmer-v4", 1000, 360.0, 8, 2)]
    [InlineData("Swimmer-v5", 1000, 360.0, 8, 2)]
    [InlineData("Reacher-v4", 50, -3.75, 11, 2)]
    [InlineData("Reacher-v5", 50, -3.75, 10, 2)]
    [InlineData("Pusher-v4", 100, 0.0, 23, 7)]
    [InlineData("Pusher-v5", 100, 0.0, 23, 7)]
    [InlineData("InvertedPendulum-v4", 1000, 950.0, 4, 1)]
    [InlineData("InvertedPendulum-v5", 1000, 950.0, 4, 1)]
    [InlineData("InvertedDoublePendulum-v4", 1000, 9100.0, 11, 1)]
    [InlineData("InvertedDoublePendulum-v5", 1000, 9100.0, 9, 1)]
    public void Make_EveryTask_HasTheReferencesSizesAndLimits(
        string id, int limit, double? threshold, int observation, int action)
    {
        using var environment = EnvironmentCatalog.Make(id, 2);
        Assert.Equal(new EnvironmentSpec(id, limit, threshold), environment.Spec);
        Assert.Equal(2, environment.Count);
        Assert.Equal(observation, environment.ObservationSpace.Size);
        Assert.Equal(action, environment.ActionSpace.Size);
    }
}
