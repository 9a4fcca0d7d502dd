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
                        seeds = tensor([.. onZ[i].Values[..(int)seeds.shape[0]].ToArray().Select(double.CreateChecked)]).to(dtype);
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
