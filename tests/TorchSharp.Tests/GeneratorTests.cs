using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

[Collection(nameof(Alone))]
public sealed class GeneratorTests
{
    [Fact]
    public void State_PutBack_RepeatsTheDraws()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        _ = randn(5, generator: generator);
        var state = generator.get_state();
        var first = Draw(generator);
        generator.set_state(state);
        Assert.Equal(first, Draw(generator));
        Assert.NotEqual(first, Draw(generator));
        Assert.Equal(7, generator.initial_seed());
    }

    [Fact]
    public void Seed_Same_SameDraws()
    {
        using var scope = NewDisposeScope();
        using var a = new Generator(3);
        using var b = new Generator().manual_seed(3);
        Assert.Equal(Draw(a), Draw(b));
    }

    [Fact]
    public void DefaultGenerator_StateRoundTrips()
    {
        using var scope = NewDisposeScope();
        var state = random.get_rng_state();
        var first = rand(4).data<float>().ToArray();
        random.set_rng_state(state);
        Assert.Equal(first, rand(4).data<float>().ToArray());
    }

    [Fact]
    public void Draws_LieWhereTheyShould()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), randperm(20, generator: generator).data<long>().Order());
        Assert.All(randint(2, 5, [100], generator: generator).data<long>(), value => Assert.InRange(value, 2, 4));
        Assert.All(zeros(100).uniform_(-2, 3, generator).data<float>(), value => Assert.InRange(value, -2, 3));
        Assert.All(
            multinomial(tensor(new float[] { 0, 1, 0 }), 10, true, generator).data<long>(), value => Assert.Equal(1, value));
    }

    static float[] Draw(Generator generator) =>
        [.. randn(8, generator: generator).data<float>(), .. rand(8, generator: generator).data<float>()];
}
