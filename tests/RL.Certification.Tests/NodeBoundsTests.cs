using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Certification.Tests;

public sealed class NodeBoundsTests
{
    [Fact]
    public void Update_RandomBoxes_BoundsAndFormsHoldAllSamples()
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var network = RandomProblem.Network(generator, ScalarType.Float64, 5, 19, 11, 9, 1);
            var center = RandomProblem.Points(generator, ScalarType.Float64, 1, 5);
            var radius = rand(1, 5, dtype: float64, generator: generator) * 0.3;
            var problem = ScaledProblem.TryCreate(
                network.Layers, (center - radius).data<double>().ToArray(), (center + radius).data<double>().ToArray())!;
            var packed = problem.Network;
            var bounds = new NodeBounds(problem, packed.Units[^1]);
            var output = new OutputBound(problem, bounds);
            problem.Lower.CopyTo(bounds.Lower, 0);
            problem.Upper.CopyTo(bounds.Upper, 0);
            var states = new byte[packed.Units.Sum()];
            states.AsSpan().Fill(NeuronStates.Open(0.5));

            Assert.True(bounds.Update(states));
            output.Begin();
            var most = output.Evaluate();
            output.ImproveAlpha(1);
            most = Math.Min(most, output.Evaluate());

            // In the units of the problem, which are powers of two.
            var points = center + (RandomProblem.Points(generator, ScalarType.Float64, 500, 5) * radius);
            var x = points * tensor(problem.Upper) / (center + radius);
            var z = new List<Tensor>();
            var outputs = network.Forward(points, (_, at) =>
            {
                z.Add(at.clone());
                return at.relu();
            });
            Assert.True(outputs.max().ToDouble() <= most + 1e-9, $"seed {seed}");
            for (var i = 0; i < z.Count; i++)
            {
                var layer = bounds.Layers[i];
                var (scaled, bias) = (i == 0 ? problem.FirstBias : packed.Bias(i).ToArray(), Rows.Numbers(network.Layers[i].Bias));
                for (var k = 0; k < packed.Units[i]; k++)
                {
                    var values = z[i].select(1, k) * (scaled[k] / bias[k]);
                    Assert.InRange(values.min().ToDouble(), layer.Lower[k] - 1e-9, double.PositiveInfinity);
                    Assert.InRange(values.max().ToDouble(), double.NegativeInfinity, layer.Upper[k] + 1e-9);
                    if (i > 0)
                    {
                        var (low, high) = (Form(layer.LowerForm, k), Form(layer.UpperForm, k));
                        Assert.True((x.matmul(low) + layer.LowerConstant[k] - values).max().ToDouble() <= 1e-9);
                        Assert.True((x.matmul(high) + layer.UpperConstant[k] - values).min().ToDouble() >= -1e-9);
                    }
                }
            }
        }
    }

    static Tensor Form(ColumnMatrix<double> form, int row) =>
        tensor(Enumerable.Range(0, form.Columns).Select(column => form[column][row]).ToArray());
}
