using System.Collections.Immutable;
using RL.Environments;

namespace RL.Agents.Tests;

public class ActionScalingTests
{
    [Fact]
    public void Denormalize_MapsTheUnitBoxOntoTheBounds()
    {
        var scaling = new ActionScaling(new BoxSpace(ElementType.Float32, [2], [-3.0, 1.0], [3.0, 2.0]));
        var action = new float[2];
        scaling.Denormalize([1, -1], action);
        Assert.Equal([3f, 1f], action);
        var normalized = new float[2];
        scaling.Normalize(action, normalized);
        Assert.Equal([1f, -1f], normalized);
    }

    [Fact]
    public void Normalize_ElementWithOneValue_IsZeroAndComesBackAsThatValue()
    {
        var scaling = new ActionScaling(new BoxSpace(ElementType.Float32, [2], [-1.0, 0.5], [1.0, 0.5]));
        var normalized = new float[2];
        scaling.Normalize([0.25f, 0.5f], normalized);
        Assert.Equal([0.25f, 0f], normalized);
        var action = new float[2];
        scaling.Denormalize([0.25f, 0.9f], action);
        Assert.Equal([0.25f, 0.5f], action);
    }

    [Theory]
    [InlineData("Humanoid-v5", 0.4f)]
    [InlineData("Pusher-v5", 2f)]
    [InlineData("InvertedPendulum-v5", 3f)]
    public void Act_TaskWithOtherBounds_FillsThemAndNoMore(string id, float bound)
    {
        using var environment = EnvironmentCatalog.Make(id);
        var options = new Td3Options { HiddenLayers = [8], StartSteps = 20, Noise = new() { Sigma = 2 } };
        using var agent = new Td3(
            options, environment.ObservationSpace, environment.ActionSpace, new TrainingOptions(), TimeProvider.System);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        environment.Reset(0);
        // Random actions first, then the actor's with noise that is far too large.
        foreach (var _ in new[] { "random", "noisy" })
        {
            var most = 0f;
            for (var step = 0; step < 20; step++)
            {
                agent.Act(environment.Observations, actions, explore: true);
                most = Math.Max(most, actions.Values<float>().ToArray().Max(Math.Abs));
            }

            Assert.InRange(most, 0.8f * bound, bound);
        }

        agent.Act(environment.Observations, actions, explore: false);
        Assert.InRange(actions.Values<float>().ToArray().Max(Math.Abs), 0, bound);
    }

    [Fact]
    public void Constructor_UnboundedBox_SaysWhatIsAllowed()
    {
        var space = new BoxSpace(ElementType.Float32, [1], ImmutableArray.Create(double.NegativeInfinity), [1.0]);
        Assert.Contains("bounded", Assert.Throws<ArgumentException>(() => new ActionScaling(space)).Message, StringComparison.Ordinal);
    }
}
