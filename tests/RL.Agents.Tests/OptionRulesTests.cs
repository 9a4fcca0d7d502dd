using RL.Environments;
using RL.InputOpt;

namespace RL.Agents.Tests;

/// <summary>Agents made in code refuse what the command line would have refused.</summary>
public sealed class OptionRulesTests
{
    static readonly Space _observations = BoxSpace.Uniform(ElementType.Float32, [3], -1, 1);
    static readonly Space _actions = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);

    static void Refuses(Func<IAgent> make, string expected) =>
        Assert.Equal(expected, Assert.Throws<ArgumentException>(() => make().Dispose()).Message);

    static Td3 NewTd3(Td3Options options, TrainingOptions? training = null) =>
        new(options, _observations, _actions, training ?? new(), TimeProvider.System);

    [Fact]
    public void Td3_DiscountAboveOne_NamesItAndWhatIsAllowed() =>
        Refuses(() => NewTd3(new() { Discount = 1.4 }), "Td3Options.Discount is 1.4; allowed: a number from 0 to 1.");

    [Fact]
    public void Td3_NotANumber_IsRefused() =>
        Refuses(() => NewTd3(new() { Tau = double.NaN }), "Td3Options.Tau is NaN; allowed: a number from 0 to 1.");

    [Fact]
    public void Td3_OptionOfARecordWithin_IsNamedWithItsPath() => Refuses(
        () => NewTd3(new() { Refine = new() { Sharp = new SharpOptions { Passes = -1 } } }),
        $"Td3Options.Refine.Sharp.Passes is -1; allowed: {OptionRules.Describe(typeof(SharpOptions).GetProperty(nameof(SharpOptions.Passes))!)}.");

    [Fact]
    public void Td3_TrainingOptions_AreCheckedToo() =>
        Refuses(() => NewTd3(new(), new() { Copies = 0 }), "TrainingOptions.Copies is 0; allowed: an integer from 1 to 65536.");

    [Fact]
    public void Td3_AListThatIsNone_IsRefused() => Refuses(
        () => NewTd3(new() { HiddenLayers = [8, 0] }),
        "Td3Options.HiddenLayers is [8,0]; allowed: a list such as [256,256] (one or more layer sizes, each from 1 to 65536).");

    [Fact]
    public void Td3_NullWhereNoneIsAllowed_IsRefused() =>
        Assert.StartsWith(
            "Td3Options.HiddenLayers is null; allowed: ",
            Assert.Throws<ArgumentException>(() => NewTd3(new() { HiddenLayers = null! }).Dispose()).Message);

    [Fact]
    public void Ddpg_EnumThatIsNone_NamesThoseThatAre() => Refuses(
        () => new Ddpg(new() { Noise = new() { Kind = (NoiseKind)7 } }, _observations, _actions, new(), TimeProvider.System),
        "DdpgOptions.Noise.Kind is 7; allowed: Gaussian, OrnsteinUhlenbeck.");

    [Fact]
    public void Ppo_NullableOutOfRange_SaysThatNullIsAllowed() => Refuses(
        () => new Ppo(new() { TargetKl = -1 }, _observations, _actions, new()),
        "PpoOptions.TargetKl is -1; allowed: a number from 1E-06 to 100, or null.");
}
