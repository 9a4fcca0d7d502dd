using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class MinibatchAscentTests
{
    const int Rows = 12, Fixed = 5, Free = 3;

    static Span<float> Numbers(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    static (Tensor X, Tensor Gains) Maximize(MinibatchAscent ascent, Tensor states, Tensor starts, double radius)
    {
        var (best, gains) = (empty_like(starts), empty(starts.shape[0]));
        ascent.Maximize(Numbers(states), Numbers(starts), radius, -1, 1, Numbers(best), Numbers(gains));
        return (best, gains);
    }

    [Theory]
    [InlineData(64, false)]         // by what flips
    [InlineData(64, true)]
    [InlineData(24, false)]         // layer by layer
    [InlineData(24, true)]
    public void Maximize_RandomCritics_FollowsTheSearchOnGivenInputs(int width, bool isMinimum)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(3);
        var first = RandomProblem.Network(generator, ScalarType.Float32, Fixed + Free, width, 32, 1);
        var second = RandomProblem.Network(generator, ScalarType.Float32, Fixed + Free, width, 32, 1);
        var options = ProjectedGradientOptions.WarmStart(10);
        var ascent = new MinibatchAscent(first, Fixed, options, isMinimum ? second : null);
        foreach (var radius in new[] { 1, 0.25, 0 })
        {
            var (states, starts) = (RandomProblem.Points(generator, ScalarType.Float32, Rows, Fixed), RandomProblem.Points(generator, ScalarType.Float32, Rows, Free));
            var network = isMinimum ? ReluNetwork.Minimum(first, second) : first;

            var (x, gains) = Maximize(ascent, states, starts, radius);

            var expected = new ProjectedGradient(options, generator).Maximize(new(network.Given(states)), starts, Box.Ball(starts, radius, -1, 1));
            Assert.True(gains.allclose(expected.Gain, 1e-3, 1e-4), $"{radius}");
            Assert.True((x - expected.X).abs().mean().ToSingle() < 1e-3, $"{radius}");
            var measured = network.Forward(cat([states, x], 1)) - network.Forward(cat([states, starts], 1));
            Assert.True(gains.allclose(measured.squeeze(1), 1e-4, 1e-4), $"{radius}");
            Assert.True((bool)gains.ge(0).all());
            Assert.True((x - starts).abs().max().ToDouble() <= radius + 1e-6 && x.abs().max().ToDouble() <= 1);
            // The weights as they are at the next call.
            first.Layers[1].Weight.mul_(1.1f);
        }
    }

    [Fact]
    public void Maximize_ChangedWeights_AllocatesNothing()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(3);
        var network = RandomProblem.Network(generator, ScalarType.Float32, Fixed + Free, 64, 32, 1);
        var ascent = new MinibatchAscent(network, Fixed, ProjectedGradientOptions.WarmStart(10), network);
        var (states, starts, best, gains) = (new float[200 * Fixed], new float[200 * Free], new float[200 * Free], new float[200]);
        var weight = PackedNetwork<float>.Elements(network.Layers[1].Weight)[0];

        var bytes = Allocation.Least(() =>
        {
            PackedNetwork<float>.Elements(network.Layers[1].Weight)[0] = weight += 1;
            ascent.Maximize(states, starts, 1, -1, 1, best, gains);
        });

        // Nothing a row; the runtime's counter is off by some kilobytes while other tests collect garbage.
        Assert.InRange(bytes, 0, 200 * Allocation.SmallestObject);
    }

    [Fact]
    public void Maximize_OneRowAfterTheOther_GivesTheSameBits()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var network = RandomProblem.Network(generator, ScalarType.Float32, Fixed + Free, 64, 32, 1);
        var ascent = new MinibatchAscent(network, Fixed, ProjectedGradientOptions.WarmStart(10));
        var (states, starts) = (RandomProblem.Points(generator, ScalarType.Float32, Rows, Fixed), RandomProblem.Points(generator, ScalarType.Float32, Rows, Free));

        var all = Maximize(ascent, states, starts, 1);
        var last = Maximize(ascent, states.narrow(0, Rows - 1, 1).clone(), starts.narrow(0, Rows - 1, 1).clone(), 1);

        Assert.True(all.X.narrow(0, Rows - 1, 1).IsSameAs(last.X));
        Assert.True(all.Gains.narrow(0, Rows - 1, 1).IsSameAs(last.Gains));
    }

    [Fact]
    public void Maximize_BadInput_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var network = RandomProblem.Network(generator, ScalarType.Float32, Fixed + Free, 8, 1);
        var options = ProjectedGradientOptions.WarmStart(2);
        MinibatchAscent Of(ReluNetwork one, int fixedInputs = Fixed) => new(one, fixedInputs, options);

        Error.Says(() => Of(network, 8), "8 fixed", "1 to 7");
        Error.Says(() => Of(RandomProblem.Network(generator, ScalarType.Float64, 8, 4, 1)), "Float64", "Float32");
        Error.Says(() => Of(RandomProblem.Network(generator, ScalarType.Float32, 8, 4, 2)), "2 outputs");
        Error.Says(() => new MinibatchAscent(network, Fixed, options with { Momentum = 0.5 }), "momentum 0.5");
        Error.Says(() => new MinibatchAscent(network, Fixed, options, RandomProblem.Network(generator, ScalarType.Float32, 9, 8, 1)), "8 and 9");
        var ascent = Of(network);
        object Call(int fixedInputs, float[] starts, double radius, int rows)
        {
            ascent.Maximize(new float[fixedInputs], starts, radius, -1, 1, new float[starts.Length], new float[rows]);
            return ascent;
        }

        Error.Says(() => Call(9, new float[6], 1, 2), "9 fixed", "5, 3 and 3");
        Error.Says(() => Call(5, [0, float.NaN, 0], 1, 1), "not a number");
        Error.Says(() => Call(5, new float[3], -1, 1), "-1", "≥ 0");
        PackedNetwork<float>.Elements(network.Layers[0].Weight)[0] = float.NaN;
        Error.Says(() => Call(5, new float[3], 1, 1), "Weight of layer 1");
    }
}
