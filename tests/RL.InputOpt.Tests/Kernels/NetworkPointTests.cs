using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>The span kernels against tensors and against each other.</summary>
public sealed class NetworkPointTests
{
    public static TheoryData<string> Shapes => ["5-37-1", "6-40-24-1", "6-33-21-3", "4-20-30-25-2", "9-16-24-20-17-1"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MoveTo_Float64_EqualsTensors(string shape) => Compare<double>(shape, ScalarType.Float64, 1e-12);

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MoveTo_Float32_EqualsTensors(string shape) => Compare<float>(shape, ScalarType.Float32, 2e-4);

    public static TheoryData<string> LongWalks => ["trained critic", "6-256-256-1", "8-60-50-40-1"];

    /// <summary>10,000 steps of the sizes that ADR-GD makes, in float32: rounding does not add up.</summary>
    [Theory]
    [MemberData(nameof(LongWalks))]
    public void Incremental_TenThousandSteps_StaysEqualToDense(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(9);
        var network = name == "trained critic"
            ? Critic()
            : RandomProblem.Network(generator, ScalarType.Float32, [.. name.Split('-').Select(long.Parse)]);
        var packed = new PackedNetwork<float>(network);
        var (dense, incremental) = (new DenseNetwork<float>(packed), new IncrementalNetwork<float>(packed));
        var n = packed.Inputs;
        var firstBias = PackedNetwork<float>.Elements(network.Layers[0].Bias.contiguous()).ToArray();
        var (x, g, other) = (new float[n], new float[n], new float[n]);
        dense.Start(firstBias, x);
        incremental.Start(firstBias, x);
        var steps = randn([10_000, n], generator: generator).data<float>().ToArray();
        var (compared, largestOutput) = (0, 0f);
        for (var t = 0; t < 10_000; t++)
        {
            // Steps of 0.2 down to 2e-4, again and again.
            var size = 0.2f * MathF.Pow(10, -(t % 100) / 33f) / MathF.Sqrt(n);
            for (var k = 0; k < n; k++)
            {
                x[k] = Math.Clamp(x[k] + (steps[(t * n) + k] * size), -1, 1);
            }
            dense.MoveTo(x);
            incremental.MoveTo(x);
            dense.Backward([1f], null, g);
            incremental.Backward([1f], null, other);

            var samePattern = true;
            for (var i = 0; i < packed.Hidden; i++)
            {
                AssertNear(dense.Z(i), incremental.Z(i), $"z of layer {i} after step {t}", 0);
                var pairs = dense.Z(i).ToArray().Zip(incremental.Z(i).ToArray());
                samePattern &= pairs.All(pair => pair.First > 0 == pair.Second > 0);
            }
            AssertNear(dense.Outputs, incremental.Outputs, $"f after step {t}", largestOutput);
            largestOutput = Math.Max(largestOutput, Math.Abs(dense.Outputs[0]));
            // A z within rounding of 0 may be taken for active by one and not by the other; then both gradients are right.
            if (samePattern)
            {
                AssertNear(g, other, $"gradient after step {t}", 0);
                compared++;
            }
        }
        Assert.InRange(compared, 9_900, 10_000);

        static ReluNetwork Critic()
        {
            var (critic, observations, _) = Golden.Critic(ScalarType.Float32);
            return critic.Given(observations.narrow(0, 0, 1));
        }

        static void AssertNear(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what, float scale)
        {
            var apart = 0f;
            for (var i = 0; i < expected.Length; i++)
            {
                scale = Math.Max(scale, Math.Abs(expected[i]));
                apart = Math.Max(apart, Math.Abs(expected[i] - actual[i]));
            }
            Assert.True(apart <= 2e-5f * scale, $"{what}: {apart} apart where the largest is {scale}");
        }
    }

    static void Compare<T>(string shape, ScalarType dtype, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        long[] sizes = [.. shape.Split('-').Select(long.Parse)];
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(3);
        var network = RandomProblem.Network(generator, dtype, sizes);
        var packed = new PackedNetwork<T>(network);
        var firstBias = PackedNetwork<T>.Elements(network.Layers[0].Bias).ToArray();
        foreach (var point in new NetworkPoint<T>[] { new DenseNetwork<T>(packed), new IncrementalNetwork<T>(packed) })
        {
            var (onZ, slopes) = (point.NewSparseVectors(), point.NewHiddenVectors());
            for (var step = 0; step < 20; step++)
            {
                // Steps of several sizes: from no flip at all to nearly all of them.
                var center = RandomProblem.Points(generator, dtype, 1, sizes[0]);
                for (var move = 0; move < 5; move++)
                {
                    var offset = RandomProblem.Points(generator, dtype, 1, sizes[0]) * Math.Pow(10, -move);
                    var input = (center + offset).requires_grad_();
                    var x = PackedNetwork<T>.Elements(input.detach()).ToArray();
                    if (step == 0 && move == 0)
                    {
                        point.Start(firstBias, x);
                    }
                    else
                    {
                        point.MoveTo(x);
                    }
                    using var grad = enable_grad();
                    var (z, outputs) = network.ForwardWithPreActivations(input);
                    AssertNear(outputs, point.Outputs, "outputs");
                    var onOutputs = rand(sizes[^1], dtype: dtype, generator: generator);
                    var total = (outputs * onOutputs).sum();
                    for (var i = 0; i < z.Length; i++)
                    {
                        AssertNear(z[i], point.Z(i), $"z of layer {i}");
                        var seeds = rand(z[i].shape[1], dtype: dtype, generator: generator);
                        onZ[i].Clear();
                        for (var unit = 0; unit < seeds.shape[0]; unit += 1 + (step % 9))
                        {
                            onZ[i].Set(unit, PackedNetwork<T>.Elements(seeds)[unit]);
                        }
                        var set = onZ[i].Values[..(int)seeds.shape[0]].ToArray();
                        seeds = tensor([.. set.Select(double.CreateChecked)]).to(dtype);
                        total = total + (z[i] * seeds).sum();
                    }
                    var g = new T[sizes[0]];
                    point.Backward(PackedNetwork<T>.Elements(onOutputs), onZ, g);
                    AssertNear(autograd.grad([total], [input], retain_graph: true)[0], g, "gradient");
                    point.Backward(default, onZ, g);
                    var onZAlone = total - (outputs * onOutputs).sum();
                    AssertNear(autograd.grad([onZAlone], [input], retain_graph: true)[0], g, "gradient on z");

                    var direction = RandomProblem.Points(generator, dtype, 1, sizes[0]);
                    point.Slopes(PackedNetwork<T>.Elements(direction), slopes);
                    for (var i = 0; i < z.Length; i++)
                    {
                        var unit = (step + move) % (int)z[i].shape[1];
                        var normal = autograd.grad([z[i].select(1, unit).sum()], [input], retain_graph: true)[0];
                        Array.Clear(g);
                        point.AddNormal(i, unit, T.One, g);
                        AssertNear(normal, g, $"normal in layer {i}");
                        Assert.Equal(
                            double.CreateChecked(slopes[i][unit]), (normal * direction).sum().ToDouble(), tolerance * 20);
                    }
                }
            }
        }

        void AssertNear(Tensor expected, ReadOnlySpan<T> actual, string what)
        {
            var values = expected.detach().to(ScalarType.Float64).flatten().contiguous().data<double>().ToArray();
            var scale = Math.Max(1, values.Max(Math.Abs));
            for (var i = 0; i < values.Length; i++)
            {
                Assert.True(Math.Abs(values[i] - double.CreateChecked(actual[i])) <= tolerance * scale,
                    $"{what}, element {i}: {actual[i]}, expected {values[i]}");
            }
        }
    }
}
