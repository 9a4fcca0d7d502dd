using RL.Environments;

namespace RL.Agents.Tests;

public class UpdateScheduleTests
{
    static int[] Updates(UpdateAt updateAt, int startSteps, int copies, params bool[][] finished)
    {
        var space = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);
        var schedule = new UpdateSchedule(updateAt, startSteps);
        return [.. finished.Select(ends =>
        {
            var outcome = new StepOutcome(space, space, 0, copies);
            ends.CopyTo(outcome.Truncated, 0);
            schedule.Observe(outcome);
            return schedule.Take();
        })];
    }

    [Fact]
    public void Take_EveryStep_OneUpdatePerStepAfterWarmUp() =>
        Assert.Equal([0, 0, 1, 1], Updates(UpdateAt.Step, 2, 1, [false], [true], [false], [false]));

    [Fact]
    public void Take_EveryStepTwoCopies_OneUpdatePerTransition() =>
        Assert.Equal([1, 2], Updates(UpdateAt.Step, 1, 2, [false, false], [false, false]));

    [Fact]
    public void Take_EpisodeEnd_AsManyUpdatesAsTheEpisodeHadSteps() =>
        Assert.Equal([0, 0, 3, 0, 2], Updates(UpdateAt.EpisodeEnd, 1, 1, [false], [false], [true], [false], [true]));

    [Fact]
    public void Take_EpisodeEndTwoCopies_CountsEachCopy() =>
        Assert.Equal([1, 2], Updates(UpdateAt.EpisodeEnd, 0, 2, [true, false], [false, true]));
}
