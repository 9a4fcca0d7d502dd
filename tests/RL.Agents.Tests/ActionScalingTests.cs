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
    public void Constructor_UnboundedBox_SaysWhatIsAllowed()
    {
        var space = new BoxSpace(ElementType.Float32, [1], ImmutableArray.Create(double.NegativeInfinity), [1.0]);
        Assert.Contains("bounded", Assert.Throws<ArgumentException>(() => new ActionScaling(space)).Message, StringComparison.Ordinal);
    }
}
