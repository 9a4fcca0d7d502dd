using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>The fast version against the trajectories that the plain one is held against.</summary>
public sealed class SpanAdrGdGoldenTests
{
    static readonly AdrGdOptions _small = AdrGdOptions.RandomSmall with { Iterations = 200, PerturbNoise = 0 };
    static readonly AdrGdOptions _refinement = AdrGdOptions.ActionRefinement with { PerturbNoise = 0 };

    public static TheoryData<int> SmallNets => [0, 1, 2, 3, 4, 5];

    /// <summary>
    /// All 60 iterations to 1e-10 although a steep gate multiplies rounding by up to 1e3 a time: the additions are made in the
    /// order of the reference, so that the trajectories agree to the last bits.
    /// </summary>
    [Theory]
    [MemberData(nameof(SmallNets))]
    public void SmallNet_Float64_Follows60Iterations(int number) => FollowSmall<double>(number, ScalarType.Float64, 60, 1e-10);

    [Theory]
    [MemberData(nameof(SmallNets))]
    public void SmallNet_Float32_Follows10Iterations(int number) => FollowSmall<float>(number, ScalarType.Float32, 10, 1e-4);

    [Theory]
    [MemberData(nameof(SmallNets))]
    public void SmallNet_200Iterations_FindsTheBestValue(int number)
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Json($"small_{number}.json.gz");
        using var generator = new Generator(0);
        var best = golden.GetProperty("best").GetDouble();
        foreach (var kernel in new[] { NetworkKernel.Dense, NetworkKernel.Incremental })
        {
            foreach (var (dtype, tolerance) in new[] { (ScalarType.Float64, 0.02), (ScalarType.Float32, 0.1) })
            {
                var start = zeros(1, 10, dtype: dtype);
                var objective = new Objective(Golden.SmallNetwork(golden, dtype));

                var found = new SpanAdrGd(_small, generator, kernel: kernel)
                    .Maximize(objective, start, Box.Between(-1, 1, start));

                Assert.InRange(found.Value.ToDouble() / best, 1 - tolerance, 1 + tolerance);
            }
        }
    }

    static void FollowSmall<T>(int number, ScalarType dtype, int iterations, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var golden = Golden.Json($"small_{number}.json.gz");
        var trajectory = golden.GetProperty("trajectory");
        var network = Golden.SmallNetwork(golden, dtype);
        var method = new SpanAdrGd<T>(_small, generator, network, NetworkKernel.Dense);
        var (lower, upper) = (new T[10], new T[10]);
        Array.Fill(lower, -T.One);
        Array.Fill(upper, T.One);
        var problem = new SpanProblem<T>
        {
            FirstBias = PackedNetwork<T>.Elements(network.Layers[0].Bias),
            Weights = [T.One],
            Lower = lower,
            Upper = upper,
            Scale = upper,
            Starts = new T[10],
            Best = new T[10],
        };
        method.Start(problem);

        for (var t = 0; t < iterations; t++)
        {
            method.Step(t, problem);

            var (x, penalty, violation, patterns) = method.State;
            AssertNear(Golden.Numbers(trajectory.GetProperty("x")[t]), x, tolerance, $"x after iteration {t}");
            AssertNear(
                [trajectory.GetProperty("f")[t].GetDouble()], [method.Value(problem)], tolerance, $"f after iteration {t}");
            AssertNear([trajectory.GetProperty("c")[t].GetDouble()], [penalty], tolerance, $"c after iteration {t}");
            AssertNear([trajectory.GetProperty("C")[t].GetDouble()], [violation], tolerance, $"C in iteration {t}");
            AssertNear(Golden.Numbers(trajectory.GetProperty("eta_mean")[t]),
                [.. patterns.Select(pattern => Mean<T>(pattern.Eta.Span[..64]))], tolerance, $"mean of η after iteration {t}");
        }
    }

    [Theory]
    [InlineData(nameof(NetworkKernel.Dense))]
    [InlineData(nameof(NetworkKernel.Incremental))]
    public void Critic_Float64_Follows60Iterations(string kernel)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var (critic, observations, actions) = Golden.Critic(ScalarType.Float64);
        foreach (var trajectory in Golden.Json("critic_td3_256-rl.json.gz").GetProperty("trajectories").EnumerateArray())
        {
            var row = trajectory.GetProperty("state").GetInt64();
            var start = actions.narrow(0, row, 1);
            var box = Box.Ball(start, 1, -1, 1);
            var network = critic.Given(observations.narrow(0, row, 1));
            var method = new SpanAdrGd<double>(_refinement, generator, network, Enum.Parse<NetworkKernel>(kernel));
            var from = start.data<double>().ToArray();
            var problem = new SpanProblem<double>
            {
                FirstBias = PackedNetwork<double>.Elements(network.Layers[0].Bias),
                Weights = [1.0],
                Lower = box.Lower.data<double>().ToArray(),
                Upper = box.Upper.data<double>().ToArray(),
                Scale = box.Scale(start).data<double>().ToArray(),
                Starts = from,
                Best = from.ToArray(),
            };
            method.Start(problem);
            AssertNear([trajectory.GetProperty("q0").GetDouble()], [method.Value(problem)], 1e-10, "q0");
            for (var t = 0; t < 60; t++)
            {
                method.Step(t, problem);
                AssertNear(Golden.Numbers(trajectory.GetProperty("x")[t]),
                    [.. method.State.X.Zip(from, (x, first) => x - first)], 1e-10, $"x after iteration {t}");
                AssertNear(
                    [trajectory.GetProperty("q")[t].GetDouble()], [method.Value(problem)], 1e-10, $"q after iteration {t}");
            }
            var found = new SpanAdrGd(_refinement, generator, kernel: Enum.Parse<NetworkKernel>(kernel)).Maximize(new(network), start, box);
            AssertNear([trajectory.GetProperty("best").GetDouble()], [found.Value.ToDouble()], 1e-6, "best");
        }
    }

    static T Mean<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        foreach (var value in values)
        {
            sum += value;
        }
        return sum / T.CreateChecked(values.Length);
    }

    static void AssertNear<T>(double[] expected, T[] actual, double tolerance, string what)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < actual.Length; i++)
        {
            // Relative for large values, such as f.
            var error = Math.Abs(expected[i] - double.CreateChecked(actual[i])) / Math.Max(1, Math.Abs(expected[i]));
            Assert.True(error <= tolerance, $"{what}, element {i}: {actual[i]}, expected {expected[i]:R} (error {error:E1})");
        }
    }
}
