using RL.Agents;

namespace RL.Sweeps.Tests;

public sealed class SweepParameterTests
{
    static SweepParameter? Read(string name, string text) =>
        SweepParameter.Read(RunOptions.Defaults(AgentCatalog.Entries["td3"], null).Find(name, text), name, text);

    [Theory]
    [InlineData("batch_size", "128,256", "128", "256", "256")]
    [InlineData("hidden_layers", "[64,64],[256]", "[64,64]", "[256]", "[256]")]
    [InlineData("discount", "0.9..0.99", "0.9", "0.945", "0.9899")]
    [InlineData("critic_learning_rate", "1e-4..1e-2:log", "0.0001", "0.001", "0.009954")]
    [InlineData("policy_delay", "1..4", "1", "3", "4")]
    [InlineData("batch_size", "16..256:log", "16", "64", "256")]
    [InlineData("batch_size", "16..256:log:3", "16", "64", "256")]
    [InlineData("discount", "0.9..0.99:4", "0.9", "0.96", "0.99")]
    public void At_APlace_IsTheValueThere(string name, string text, string first, string middle, string last)
    {
        var parameter = Read(name, text)!;
        Assert.Equal([first, middle, last], [parameter.At(0), parameter.At(0.5), parameter.At(0.999)]);
        Assert.Equal(0, parameter.Place(first), 1e-12);
        Assert.InRange(parameter.Place(last), 0.97, 1);
    }

    [Theory]
    [InlineData("batch_size", "128")]
    [InlineData("hidden_layers", "64,64")]
    [InlineData("refine.explore.method", "adr-gd")]
    public void Read_OneValue_IsNothingToSearch(string name, string text) => Assert.Null(Read(name, text));

    [Theory]
    [InlineData("batch_size", "0,128", "batch_size is 0; allowed")]
    [InlineData("batch_size", "128,128", "batch_size is 128,128; allowed: each value once")]
    [InlineData("discount", "0.99..0.9", "allowed: a range from a number to a larger one")]
    [InlineData("discount", "0..0.9:log", "allowed: a logarithmic range of numbers above 0")]
    [InlineData("discount", "0.5..1.5", "discount is 1.5; allowed")]
    [InlineData("discount", "0.5..0.9:int", "allowed: a range between whole numbers")]
    [InlineData("discount", "0.5..0.9:1", "allowed: a range such as")]
    [InlineData("discount", "0.5..0.9:loog", "allowed: a range such as")]
    [InlineData("discount", "0.5..0.6..0.9", "allowed: a range such as")]
    [InlineData("discount", "0.5..x", "discount is x; allowed")]
    [InlineData("refine.explore.method", "none,shrap", "did you mean sharp")]
    public void Read_WhatIsNotAllowed_NamesIt(string name, string text, string problem) =>
        Assert.Contains(problem, Assert.Throws<UserException>(() => Read(name, text)).Message);
}
