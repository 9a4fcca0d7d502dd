using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>In which units inputs are given does not matter.</summary>
public sealed class UnitsTests
{
    public static TheoryData<string> Names => [.. InputOptimizerCatalog.Entries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_InputsInOtherUnits_GivesTheSameBits(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        // Powers of two: nothing is rounded.
        double[] powers = [8, 0.25, 1, 1.0 / 1024, 64, 2];
        foreach (var dtype in new[] { ScalarType.Float32, ScalarType.Float64 })
        {
            var units = tensor(powers, dtype: dtype);
            var network = RandomProblem.Network(generator, dtype, 9, 20, 16, 1);
            var (weight, bias) = network.Layers[0];
            var scaled = new ReluNetwork(
                [new(cat([weight.narrow(1, 0, 3), weight.narrow(1, 3, 6) / units], 1), bias), .. network.Layers.Skip(1)]);
            var given = RandomProblem.Points(generator, dtype, 4, 3);
            var starts = RandomProblem.Points(generator, dtype, 8, 6).reshape(4, 2, 6);
            var ball = Box.Ball(starts.select(1, 0), 0.6, -1, 1);
            var flat = new Box(ball.Lower, where(arange(6).eq(2), ball.Lower, ball.Upper));
            foreach (var box in new[] { Box.Between(-1, 1, starts[0]), ball, flat })
            {
                var other = new Box(box.Lower * units, box.Upper * units);
                foreach (var onTensors in new[] { false, true })
                {
                    InputOptimum Found(ReluNetwork of, Tensor from, Box within)
                    {
                        using var seeded = new Generator(7);
                        IReluNetwork visible = of.Given(given);
                        // With fewer layers visible it is no fully connected network any more.
                        return InputOptimizerCatalog.Create(name, 80, seeded)
                            .Maximize(new(onTensors ? PartialNetwork.Of(visible, [-1]) : visible), from, within, trace: true);
                    }

                    var found = Found(network, starts, box);
                    var scaledFound = Found(scaled, starts * units, other);
                    Assert.True(found.Trace!.Values.IsSameAs(scaledFound.Trace!.Values), $"{name}, {dtype}, on tensors: {onTensors}");
                    Assert.True((found.X * units).IsSameAs(scaledFound.X), $"{name}, {dtype}, on tensors: {onTensors}");
                    Assert.True(found.Value.IsSameAs(scaledFound.Value));
                }
            }
        }
    }

    /// <summary>Scores that are not linear are searched on tensors; the cube is in units of 1, the other box is not.</summary>
    [Theory]
    [InlineData("adr-gd")]
    [InlineData("adr-gd-rl")]
    [InlineData("sharp")]
    public void Maximize_AMarginInOtherUnits_GivesTheSameBits(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var units = tensor(new float[] { 8, 0.25f, 1, 1f / 1024, 64, 2, 0.5f, 16, 1, 4, 0.125f, 32 });
        var network = RandomProblem.Network(generator, ScalarType.Float32, 12, 9, 8, 7, 3);
        var (weight, bias) = network.Layers[0];
        var scaled = new ReluNetwork([new(weight / units, bias), .. network.Layers.Skip(1)]);
        var starts = RandomProblem.Points(generator, ScalarType.Float32, 40, 12);
        var score = Score.Margin(randint(3, [40], generator: generator).to(int64));
        InputOptimum Found(ReluNetwork of, Tensor from, Box within)
        {
            using var seeded = new Generator(7);
            return InputOptimizerCatalog.Create(name, 30, seeded).Maximize(new(of, score), from, within);
        }

        var found = Found(network, starts, Box.Between(-1, 1, starts));
        var other = Found(scaled, starts * units, new Box(-units, units));

        Assert.True((found.X * units).IsSameAs(other.X));
    }

    [Theory]
    [InlineData(1.0, 1.0, 1.0)]
    [InlineData(1.00001, 1.0, 1.0)]             // rounding
    [InlineData(0.51, 1.0, 1.0)]
    [InlineData(0.5, 1.0, 0.5)]
    [InlineData(1.01, 1.0, 2.0)]
    [InlineData(0.1, 0.25, 0.5)]
    [InlineData(8.0, 1.0, 8.0)]
    [InlineData(0.0, 1.0, 0.0)]
    [InlineData(0.0, 0.0, 1.0)]
    [InlineData(8.0, 0.0, 1.0)]
    public void AdrGdUnits_OfHalfWidths_ArePowersOfTwo(double halfWidth, double published, double expected) =>
        Assert.Equal(expected, AdrGdUnits.Of(halfWidth, published));
}
