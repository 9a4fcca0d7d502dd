using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>The closed-form gradients against autograd of the loss L as the paper writes it (eq. 6-10).</summary>
public sealed class TensorAdrGdGradientTests
{
    public static TheoryData<FirstTerm, FirstTermScale, Normaliser, Violation, string> Choices
    {
        get
        {
            var data = new TheoryData<FirstTerm, FirstTermScale, Normaliser, Violation, string>();
            foreach (var first in Enum.GetValues<FirstTerm>())
            {
                foreach (var normaliser in Enum.GetValues<Normaliser>())
                {
                    foreach (var violation in Enum.GetValues<Violation>())
                    {
                        data.Add(first, FirstTermScale.None, normaliser, violation, "output");
                        data.Add(first, FirstTermScale.InputGradient, normaliser, violation, "output");
                        data.Add(first, FirstTermScale.Outputs, normaliser, violation, "away");
                        data.Add(first, FirstTermScale.None, normaliser, violation, "margin");
                    }
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public void Gradients_RandomNetwork_EqualAutograd(
        FirstTerm first, FirstTermScale scale, Normaliser normaliser, Violation violation, string scoreName)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        const int problems = 5;
        var network = RandomProblem.Network(generator, ScalarType.Float64, 6, 12, 11, 9, scoreName == "output" ? 1 : 4);
        var labels = tensor(new long[] { 0, 1, 2, 3, 0 });
        var score = scoreName switch
        {
            "output" => Score.Output(),
            "away" => Score.AwayFrom(labels),
            _ => Score.Margin(labels),
        };
        var options = AdrGdOptions.RandomSmall with
        {
            FirstTerm = first,
            FirstTermScale = scale,
            Normaliser = normaliser,
            Violation = violation,
            Penalty = 0.7,
        };
        var x = RandomProblem.Points(generator, ScalarType.Float64, problems, 6);
        using var state = new AdrGdState(options, generator, new Objective(network, score), x.clone(), Box.Between(-1, 1, x));
        foreach (var pattern in state.Eta)
        {
            // Close enough to 0.5 for the gates to have a slope, and on the wrong side as often as not.
            pattern.copy_(0.5 + (randn(pattern.shape, dtype: pattern.dtype, generator: generator) * 1e-3));
        }
        var (gx, gEta) = state.Gradients();

        var input = x.clone().requires_grad_();
        var eta = state.Eta.Select(pattern => pattern.clone().requires_grad_()).ToArray();
        var (loss, violationSum) = Loss(options, network, score, input, eta, 0.7);
        var expected = autograd.grad([loss.sum()], [input, .. eta], allow_unused: true);

        Assert.True(violationSum.allclose(state.C, 1e-12, 1e-12));
        Assert.True(state.C.gt(0).all().item<bool>());
        Assert.True(expected[0].allclose(gx, 1e-10, 1e-10), "gradient on x");
        for (var i = 0; i < eta.Length; i++)
        {
            Assert.True(expected[i + 1].allclose(gEta[i], 1e-10, 1e-10), $"gradient on η of layer {i + 1}");
        }
    }

    static (Tensor Loss, Tensor Violations) Loss(
        AdrGdOptions options, ReluNetwork network, Score score, Tensor x, Tensor[] eta, double c)
    {
        var h = x;              // true network
        var soft = x;           // surrogate
        var violations = zeros(x.shape[0], dtype: x.dtype);
        var rows = network.Layers[0].Weight.unsqueeze(0);
        var product = network.Layers[0].Weight;
        for (var i = 0; i < eta.Length; i++)
        {
            var layer = network.Layers[i];
            var gate = 1 - ((eta[i] - 0.5 + 1e-6) * options.Steepness).sigmoid();
            var still = gate.detach().unsqueeze(2);
            if (i > 0)
            {
                rows = layer.Weight.matmul(rows);
                product = layer.Weight.matmul(product);
            }
            var norm = options.Normaliser switch
            {
                Normaliser.None => ones(1, dtype: x.dtype),
                Normaliser.Ungated => product.square().sum(1).sqrt(),
                Normaliser.Gated => rows.square().sum(2).sqrt(),
                _ => (still * rows).square().sum(2).sqrt().clamp(min: 1.0),
            };
            rows = still * rows;

            var z = layer.Apply(h);
            var above = (z / norm).relu() * (eta[i] - 0.5).relu();
            var below = (z / norm).neg().relu() * (0.5 - eta[i]).relu();
            violations = violations + (options.Violation == Violation.Max
                ? above.amax(1) + below.amax(1)
                : above.sum(1) + below.sum(1));
            h = z.relu();
            soft = gate * layer.Apply(soft);
        }
        var last = network.Layers[^1];
        var y = last.Apply(options.FirstTerm == FirstTerm.Surrogate ? soft : h);
        var first = options.FirstTermScale switch
        {
            FirstTermScale.Outputs => score.Value(y / y.detach().norm(1, keepdim: true)),
            FirstTermScale.InputGradient => score.Value(y)
                / autograd.grad([score.Value(y).sum()], [x], retain_graph: true)[0].norm(1),
            _ => score.Value(y),
        };
        return (first.neg() + (violations * c), violations.detach());
    }
}
