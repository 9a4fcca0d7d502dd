using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Certification.Tests;

/// <summary>The linear program of all triangles: no attained value is above it, and networks of few neurons need few nodes.</summary>
public sealed class TriangleBoundTests
{
    [Fact]
    public void Evaluate_Root_NoSampleExceedsItAndItIsNoLooserThanAlpha()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, 3, 6, 5, 4, 1);
            var problem = ScaledProblem.TryCreate(network.Layers, [-1, -1, -1], [1, 1, 1])!;
            var (bounds, states) = RootOf(problem);
            var (triangles, alpha) = (new TriangleBound(problem, bounds), new OutputBound(problem, bounds));
            alpha.Begin();

            var bound = triangles.Evaluate(states);

            var samples = RandomProblem.Points(generator, ScalarType.Float64, 2000, 3);
            Assert.True(bound >= ((IReluNetwork)network).Forward(samples).max().ToDouble(), $"seed {seed}");
            Assert.True(bound <= alpha.Evaluate() + 1e-9, $"seed {seed}");
        }
    }

    [Fact]
    public void Evaluate_AllPhasesSplit_IsTheMaximumThereOrFindsItEmpty()
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, 2, 3, 2, 1);
            var problem = ScaledProblem.TryCreate(network.Layers, [-1, -1], [1, 1])!;
            var most = double.NegativeInfinity;
            for (var pattern = 0; pattern < 32; pattern++)
            {
                var bounds = new NodeBounds(problem, problem.Network.Units[^1], tightens: true);
                problem.Lower.CopyTo(bounds.Lower, 0);
                problem.Upper.CopyTo(bounds.Upper, 0);
                var states = Enumerable.Range(0, 5).Select(k => (pattern >> k & 1) == 1 ? NeuronStates.SplitActive : NeuronStates.SplitInactive).ToArray();
                most = bounds.Update(states) ? Math.Max(most, new TriangleBound(problem, bounds).Evaluate(states)) : most;
            }

            Assert.Equal(ExactMaximum.Of(network), most, 1e-9);
        }
    }

    [Theory]
    [InlineData(10, 16, 8)]
    [InlineData(5, 5, 5, 5, 5)]
    [InlineData(4, 8, 8, 8)]
    public void Certify_FewNeurons_IsProvenInAThousandNodes(int inputs, params int[] hidden)
    {
        for (var seed = 0UL; seed < 4; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, [inputs, .. hidden.Select(units => (long)units), 1]);

            var certificate = new OptimumCertifier(new() { MaxNodes = 1000 }, TimeProvider.System)
                .Certify(network, Box.Between(-1, 1, zeros(1, inputs, dtype: ScalarType.Float64)));

            Assert.True(certificate.Proven, $"seed {seed}: gap {certificate.Gap} after {certificate.Nodes} nodes");
            Assert.True(certificate.UpperBound >= Dyadic.Output(network, certificate.X));
        }
    }

    static (NodeBounds Bounds, byte[] States) RootOf(ScaledProblem problem)
    {
        var bounds = new NodeBounds(problem, problem.Network.Units[^1]);
        problem.Lower.CopyTo(bounds.Lower, 0);
        problem.Upper.CopyTo(bounds.Upper, 0);
        var states = new byte[problem.Network.Units.Sum()];
        states.AsSpan().Fill(NeuronStates.Open(0.5));
        Assert.True(bounds.Update(states));
        return (bounds, states);
    }
}
