namespace RL.Certification.Tests;

/// <summary>Tighter relaxations are tighter, and none is below what is attained.</summary>
public sealed class RelaxationLadderTests
{
    static readonly ActivationFunction[] _functions =
    [
        ActivationFunction.Relu, ActivationFunction.LeakyRelu(0.1), ActivationFunction.Tanh, ActivationFunction.Sigmoid, ActivationFunction.Softplus,
        ActivationFunction.Elu(1), ActivationFunction.Selu,
    ];

    public static TheoryData<string> Functions => [.. _functions.Select(function => function.Name)];

    [Theory, MemberData(nameof(Functions))]
    public void Climb_RandomNetworks_EachRelaxationIsNoLooserThanTheNext(string name)
    {
        var draws = new Draws(11);
        var function = _functions.First(known => known.Name == name);
        for (var i = 0; i < 3; i++)
        {
            var graph = Random(draws, function, 3, 5, 5, 1);
            var (lower, upper) = (draws.Uniform(3, 0.5), new double[3]);
            for (var d = 0; d < 3; d++)
            {
                upper[d] = lower[d] + draws.NextDouble();
            }
            var rungs = new RelaxationLadder(new() { GroupSize = i == 0 ? 3 : 2, Rounds = 3, GroupsPerRound = 10 }, TimeProvider.System).Climb(graph, lower, upper);

            string[] names =
            [
                "attack", .. function == ActivationFunction.Relu ? (string[])["exact"] : [], .. i == 0 ? (string[])["hull of 3 neurons"] : [], "hull of 2 neurons",
                "hull of single neurons", "triangle", "joint α-CROWN", "CROWN", "IBP",
            ];
            Assert.Equal(names, rungs.Select(rung => rung.Name));
            Assert.All(rungs.Zip(rungs.Skip(1)), pair =>
                Assert.True(pair.First.Lower >= pair.Second.Lower - 1e-9 && pair.First.Upper <= pair.Second.Upper + 1e-9, $"{pair.First} is not within {pair.Second}"));
            for (var sample = 0; sample < 200; sample++)
            {
                var y = graph.Evaluate([.. lower.Zip(upper, (l, u) => l + (draws.NextDouble() * (u - l)))])[0];
                Assert.All(rungs.Skip(1), rung => Assert.InRange(y, rung.Lower - 1e-12, rung.Upper + 1e-12));
            }
        }
    }

    [Fact]
    public void Climb_Examples_GivesTheReferencesRanges()
    {
        var golden = BoundsGolden.Json("multineuron.json").GetProperty("named");
        Assert.Equal(golden.EnumerateObject().Select(known => known.Name).Order(), RelaxationExamples.All.Select(known => known.Name).Order());
        // The deepest take seconds; DisjunctiveHullsTests has their hulls.
        foreach (var example in RelaxationExamples.All.Where(known => known.Name is not ("zero_deep_2" or "zero_deep_3")))
        {
            var rungs = new RelaxationLadder(new(), TimeProvider.System).Climb(example.Graph, example.Lower, example.Upper).ToDictionary(rung => rung.Name);
            foreach (var (key, rung) in new[] { ("exact", "exact"), ("whole", "hull of whole layers"), ("k2", "hull of 2 neurons over polytopes"), ("triangle", "triangle") })
            {
                if (golden.GetProperty(example.Name).TryGetProperty(key, out var range) && (key != "k2" || rungs.ContainsKey(rung)))
                {
                    Assert.Equal(range[0].GetDouble(), rungs[rung].Lower, 1e-9);
                    Assert.Equal(range[1].GetDouble(), rungs[rung].Upper, 1e-9);
                }
            }
        }
    }

    [Fact]
    public void Climb_ExactArithmetic_NoBoundIsBelowAnAttainedValue()
    {
        var draws = new Draws(12);
        for (var i = 0; i < 4; i++)
        {
            // Weights of all sizes, so that sums are rounded.
            var graph = Random(draws, ActivationFunction.Relu, 2, 6, 6, 1, spread: 12);
            double[] lower = [-1, -1], upper = [1, 1];
            var layers = LayerChain.Of(graph);
            var rungs = new RelaxationLadder(new() { Rounds = 2, ExactSeconds = 0 }, TimeProvider.System).Climb(graph, lower, upper);
            for (var sample = 0; sample < 200; sample++)
            {
                var x = sample < 4 ? new double[] { ((sample & 1) * 2) - 1, (sample & 2) - 1 } : draws.Uniform(2, 1);
                var y = Exactly(layers, x);
                Assert.All(rungs.Skip(1), rung => Assert.True(y >= rung.Lower && y <= rung.Upper, $"{rung} does not hold at {x[0]}, {x[1]}"));
            }
        }
    }

    [Fact]
    public void Climb_DegenerateBoxesAndWeights_Works()
    {
        var draws = new Draws(13);
        var graph = Random(draws, ActivationFunction.Relu, 3, 5, 5, 1);
        double[] point = [0.25, -0.5, 0.125];
        var value = graph.Evaluate(point)[0];
        foreach (var rung in new RelaxationLadder(new(), TimeProvider.System).Climb(graph, point, point))
        {
            Assert.Equal(value, rung.Lower, 1e-9);
            Assert.Equal(value, rung.Upper, 1e-9);
        }
        var dead = new NetworkGraph(2);
        dead.Linear(dead.Last, new double[6], [-1, 0, 1]);
        dead.Activation(dead.Last, ActivationFunction.Relu);
        dead.Linear(dead.Last, [1, 2, 3], [0.5]);
        Assert.All(new RelaxationLadder(new(), TimeProvider.System).Climb(dead, [-1, -1], [1, 1]), rung => Assert.Equal((3.5, 3.5), (Math.Round(rung.Lower, 9), Math.Round(rung.Upper, 9))));
    }

    [Fact]
    public void Climb_UnitsOfOtherSize_GivesTheSameBitsOfLinearPrograms()
    {
        var draws = new Draws(14);
        var layers = LayerChain.Of(Random(draws, ActivationFunction.Relu, 3, 5, 5, 1));
        (double Lower, double Upper) Range(double inputs, double neurons)
        {
            AffineLayer[] scaled =
            [
                layers[0] with { Weight = Times(layers[0].Weight, neurons / inputs), Bias = Times(layers[0].Bias, neurons) },
                layers[1] with { Weight = Times(layers[1].Weight, 1 / neurons) },
                layers[2],
            ];
            var ends = Times([1, 1, 1], inputs);
            using var network = new NetworkProgram(scaled, Times(ends, -1), ends).Build(null, solves: true);
            var cuts = new HullCuts(network);
            LinearSolution Cut(int sign)
            {
                var solution = network.Program.Maximize(network.Outputs[0], sign);
                while (cuts.Add(solution) > 0)
                {
                    solution = network.Program.Maximize(network.Outputs[0], sign);
                }
                return solution;
            }
            return (-Cut(-1).Bound, Cut(1).Bound);
        }
        var plain = Range(1, 1);
        // Envelopes' tolerance is absolute near 0, so that the units of neurons must not be tiny.
        Assert.Equal(plain, Range(Math.ScaleB(1, 40), 1));
        Assert.Equal(plain, Range(Math.ScaleB(1, -40), 1));
    }

    [Fact]
    public void Climb_WhatIsNoChain_IsNamed()
    {
        var graph = new NetworkGraph(2);
        var first = graph.Linear(0, [1, 0, 0, 1], [0, 0]);
        graph.Sum(first, graph.Activation(first, ActivationFunction.Relu));
        var error = Assert.Throws<ArgumentException>(() => new RelaxationLadder(new(), TimeProvider.System).Climb(graph, [0, 0], [1, 1]));
        Assert.StartsWith("Node 3 of the network is a Add", error.Message, StringComparison.Ordinal);
        var clip = RelaxationExamples.All[0];
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => new RelaxationLadder(new(), TimeProvider.System).Climb(clip.Graph, [double.NaN], [1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new RelaxationLadder(new(), TimeProvider.System).Climb(clip.Graph, [0], [1], output: 1));
        // What overflows is not bounded, and not called so.
        var rungs = new RelaxationLadder(new(), TimeProvider.System).Climb(clip.Graph, [-1e308], [1e308]);
        Assert.All(rungs, rung => Assert.False(double.IsNaN(rung.Lower) || double.IsNaN(rung.Upper)));
    }

    internal static NetworkGraph Random(Draws draws, ActivationFunction function, int inputs, int first, int second, int outputs, int spread = 0)
    {
        var graph = new NetworkGraph(inputs);
        double[] Numbers(int count) => [.. draws.Uniform(count, 1).Select(number => spread == 0 ? number : Math.ScaleB(number, draws.Next(-spread, spread)))];
        foreach (var (reads, makes) in new[] { (inputs, first), (first, second), (second, outputs) })
        {
            if (graph.Last > 0)
            {
                graph.Activation(graph.Last, function);
            }
            graph.Linear(graph.Last, Numbers(reads * makes), Numbers(makes));
        }
        return graph;
    }

    static double[] Times(double[] numbers, double factor) => Array.ConvertAll(numbers, number => number * factor);

    static Dyadic Exactly(AffineLayer[] layers, double[] x)
    {
        Dyadic[] h = [.. x.Select(number => (Dyadic)number)];
        foreach (var layer in layers)
        {
            var z = new Dyadic[layer.Outputs];
            for (var k = 0; k < z.Length; k++)
            {
                z[k] = layer.Bias[k];
                for (var j = 0; j < h.Length; j++)
                {
                    z[k] += (Dyadic)layer.Row(k)[j] * h[j];
                }
                z[k] = layer.Function is not null && z[k].Mantissa.Sign < 0 ? 0 : z[k];
            }
            h = z;
        }
        return h[0];
    }
}
