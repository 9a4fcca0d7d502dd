using RL.Environments;

namespace RL.Agents.Tests;

public class PolicyActionsTests
{
    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void ThrowUnlessFinite_AnElementThatIsNot_NamesStepCopyAndElement(float value)
    {
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5", count: 3);
        var actions = new SpaceBuffer(environment.ActionSpace, 3);
        actions.Values<float>().Fill(float.MaxValue);
        PolicyActions.ThrowUnlessFinite(actions, 1200);

        actions.Row<float>(2)[4] = value;

        var message = Assert.Throws<NonFiniteValueException>(() => PolicyActions.ThrowUnlessFinite(actions, 1200)).Message;
        Assert.StartsWith("After 1,200 steps of training the policy's action for copy 2, element 4, is ", message, StringComparison.Ordinal);
        Assert.StartsWith("The policy's action", Assert.Throws<NonFiniteValueException>(() => PolicyActions.ThrowUnlessFinite(actions, null)).Message, StringComparison.Ordinal);
    }
}
