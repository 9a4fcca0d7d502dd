using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class TensorAdrGdGoldenTests
{
    static readonly AdrGdOptions _small = AdrGdOptions.RandomSmall with { Iterations = 200, PerturbNoise = 0 };
    static readonly AdrGdOptions _refinement = AdrGdOptions.ActionRefinement with { PerturbNoise = 0 };

    public static TheoryData<int> SmallNets => [0, 1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(SmallNets))]
    public void SmallNet_Float64_Follows60Iterations(int number)
    {
        // Chaos: a steep gate near 0.5 multiplies rounding by up to 1e3 at a time, so that 1e-16 has become 1e-12 to 1e-8 by the
        // 60th iteration. SpanAdrGd, which adds in the reference's order, follows to the last bits; libtorch adds in an order that depends on the
        // processor, so that the error after 35 iterations is from 4e-12 to 1.1e-10 on those that were tried.
        FollowSmall(number, ScalarType.Float64, 35, 1e-9);
        FollowSmall(number, ScalarType.Float64, 60, 1e-7);
    }

    [Theory]
    [MemberData(nameof(SmallNets))]
    public void SmallNet_Float32_Follows10Iterations(int number) => FollowSmall(number, ScalarType.Float32, 10, 1e-4);

    [Theory]
    [MemberData(nameof(SmallNets))]
    public void SmallNet_200Iterations_FindsTheBestValue(int number)
    {
        using var scope = NewDisposeScope();
        var golden = Golden.Json($"small_{number}.json.gz");
        using var generator = new Generator(0);

        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float64, 0.02), (ScalarType.Float32, 0.1) })
        {
            var start = zeros(1, 10, dtype: dtype);
            var objective = new Objective(Golden.SmallNetwork(golden, dtype));
            var found = new TensorAdrGd(_small, generator).Maximize(objective, start, Box.Between(-1, 1, start));

            var best = golden.GetProperty("best").GetDouble();
            Assert.InRange(found.Value.ToDouble() / best, 1 - tolerance, 1 + tolerance);
        }
    }

    static void FollowSmall(int number, ScalarType dtype, int iterations, double tolerance)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(0);
        var golden = Golden.Json($"small_{number}.json.gz");
        var trajectory = golden.GetProperty("trajectory");
        var start = zeros(1, 10, dtype: dtype);
        using var state = new AdrGdState(
            _small, generator, new Objective(Golden.SmallNetwork(golden, dtype)), start, Box.Between(-1, 1, start));

        for (var t = 0; t < iterations; t++)
        {
            state.Step(t);

            AssertNear(Golden.Numbers(trajectory.GetProperty("x")[t]), state.X, tolerance, $"x after iteration {t}");
            AssertNear([trajectory.GetProperty("f")[t].GetDouble()], state.Value, tolerance, $"f after iteration {t}");
            AssertNear([trajectory.GetProperty("c")[t].GetDouble()], state.Penalty, tolerance, $"c after iteration {t}");
            AssertNear([trajectory.GetProperty("C")[t].GetDouble()], state.C, tolerance, $"C in iteration {t}");
            AssertNear(Golden.Numbers(trajectory.GetProperty("eta_mean")[t]), stack([.. state.Eta.Select(eta => eta.mean())]),
                tolerance, $"mean of η after iteration {t}");
        }
    }

    [Fact]
    public void Critic_Float64_Follows60Iterations()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(0);
        var (critic, observations, actions) = Golden.Critic(ScalarType.Float64);
        var trajectories = Golden.Json("critic_td3_256-rl.json.gz").GetProperty("trajectories").EnumerateArray().ToArray();
        var states = tensor(trajectories.Select(trajectory => trajectory.GetProperty("state").GetInt64()).ToArray());
        var starts = actions.index_select(0, states);
        var objective = new Objective(critic.Given(observations.index_select(0, states)));
        using var state = new AdrGdState(_refinement, generator, objective, starts.clone(), Box.Ball(starts, 1, -1, 1));

        double[] Each(string name) => [.. trajectories.Select(trajectory => trajectory.GetProperty(name).GetDouble())];
        AssertNear(Each("q0"), state.Value, 1e-10, "q0");
        var best = state.Value.clone();
        for (var t = 0; t < 100; t++)
        {
            state.Step(t);
            best.copy_(maximum(best, state.Value));
            if (t < 60)
            {
                AssertNear([.. trajectories.SelectMany(trajectory => Golden.Numbers(trajectory.GetProperty("x")[t]))],
                    state.X - starts, 1e-10, $"x after iteration {t}");
                AssertNear([.. trajectories.Select(trajectory => trajectory.GetProperty("q")[t].GetDouble())],
                    state.Value, 1e-10, $"q after iteration {t}");
            }
        }
        AssertNear(Each("best"), best, 1e-6, "best");
    }

    [Fact]
    public void Critic_Float32_FindsTheBestValues()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var (critic, observations, actions) = Golden.Critic(ScalarType.Float32);
        foreach (var trajectory in Golden.Json("critic_td3_256-rl.json.gz").GetProperty("trajectories").EnumerateArray())
        {
            var row = trajectory.GetProperty("state").GetInt64();
            var start = actions.narrow(0, row, 1);
            var found = new TensorAdrGd(_refinement, generator).Maximize(
                new Objective(critic.Given(observations.narrow(0, row, 1))), start, Box.Ball(start, 1, -1, 1));

            Assert.Equal(trajectory.GetProperty("best").GetDouble(), found.Value.ToDouble(), 1e-2);
        }
    }

    static void AssertNear(double[] expected, Tensor actual, double tolerance, string what)
    {
        var values = actual.to(ScalarType.Float64).flatten().contiguous().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            // Relative for large values, such as f.
            var error = Math.Abs(expected[i] - values[i]) / Math.Max(1, Math.Abs(expected[i]));
            Assert.True(error <= tolerance, $"{what}, element {i}: {values[i]:R}, expected {expected[i]:R} (error {error:E1})");
        }
    }
}
