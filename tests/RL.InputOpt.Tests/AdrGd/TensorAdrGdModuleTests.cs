using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>ADR-GD on networks that are not lists of layers.</summary>
public sealed class TensorAdrGdModuleTests
{
    static readonly long[] _image = [1, 8, 8];

    public static TheoryData<FirstTerm, FirstTermScale, Normaliser, Violation> Forms
    {
        get
        {
            var data = new TheoryData<FirstTerm, FirstTermScale, Normaliser, Violation>();
            foreach (var normaliser in Enum.GetValues<Normaliser>())
            {
                foreach (var violation in Enum.GetValues<Violation>())
                {
                    data.Add(FirstTerm.Surrogate, FirstTermScale.InputGradient, normaliser, violation);
                    data.Add(FirstTerm.Surrogate, FirstTermScale.Outputs, normaliser, violation);
                    data.Add(FirstTerm.Network, FirstTermScale.None, normaliser, violation);
                }
            }
            return data;
        }
    }

    /// <summary>By autograd, with norms of only those neurons that matter, the same as in closed form.</summary>
    [Theory]
    [MemberData(nameof(Forms))]
    public void Gradients_ModuleOfLayers_EqualClosedForm(
        FirstTerm first, FirstTermScale scale, Normaliser normaliser, Violation violation)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(7);
        using var noGrad = no_grad();
        var layers = RandomProblem.Network(generator, ScalarType.Float64, 6, 14, 12, 3);
        var linear = layers.Layers
            .Select(layer => nn.Linear(layer.Weight.shape[1], layer.Weight.shape[0], dtype: float64))
            .ToArray();
        foreach (var (module, layer) in linear.Zip(layers.Layers))
        {
            module.weight!.copy_(layer.Weight);
            module.bias!.copy_(layer.Bias);
        }
        using var sequence = nn.Sequential(linear[0], nn.ReLU(), linear[1], nn.ReLU(), linear[2]);
        var options = AdrGdOptions.RandomSmall with
        {
            FirstTerm = first,
            FirstTermScale = scale,
            Normaliser = normaliser,
            Violation = violation,
        };
        // Enough rows for norms to be asked for in a few of them only.
        var x = RandomProblem.Points(generator, ScalarType.Float64, 20, 6);
        var score = Score.AwayFrom(tensor([.. Enumerable.Range(0, 20).Select(row => row % 3L)]));
        using var closed = new AdrGdState(options, generator, new Objective(layers, score), x.clone(), Box.Between(-1, 1, x));
        using var byAutograd = new AdrGdState(
            options, generator, new Objective(new ReluModule(sequence, [6]), score), x.clone(), Box.Between(-1, 1, x));
        for (var i = 0; i < closed.Eta.Length; i++)
        {
            // On the wrong side as often as not, some on the slope of their gate, some shut.
            var e = randn(closed.Eta[i].shape, dtype: float64, generator: generator) * 0.02;
            closed.Eta[i].copy_(0.5 + e);
            byAutograd.Eta[i].copy_(0.5 + e);
        }

        var (gx, gEta) = closed.Gradients();
        var (otherGx, otherGEta) = byAutograd.Gradients();

        Assert.True(closed.C.gt(0).all().item<bool>());
        Assert.True(closed.C.allclose(byAutograd.C, 1e-10, 1e-10));
        Assert.True(gx.allclose(otherGx, 1e-10, 1e-10));
        for (var i = 0; i < gEta.Length; i++)
        {
            Assert.True(gEta[i].allclose(otherGEta[i], 1e-9, 1e-9), $"η of layer {i}");
        }
    }

    /// <summary>Convolutions, a max-pool and a residual block.</summary>
    static nn.Module<Tensor, Tensor> Convolutional() => nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), new ReluModuleTests.Residual(4), nn.Flatten(), nn.Linear(36, 3)).Drawn(2);

    static (Objective Objective, Tensor Images, Box Ball) Attack(IReluNetwork network, Generator generator)
    {
        var images = rand([6, 1, 8, 8], generator: generator);
        return (new(network, Score.AwayFrom(tensor(new long[] { 0, 1, 2, 0, 1, 2 }))), images, Box.Ball(images, 0.2, 0, 1));
    }

    public static TheoryData<string> Subsets => ["all", "last", "first and last"];

    [Theory]
    [MemberData(nameof(Subsets))]
    public void Maximize_ConvolutionalResidualMaxPool_IsNeverWorseAndInsideTheBox(string subset)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var module = Convolutional();
        var network = PartialNetwork.Of(
            new ReluModule(module, _image), subset switch { "all" => null, "last" => [-1], _ => [0, -1] });
        var (objective, images, ball) = Attack(network, generator);
        var options = AdrGdOptions.MnistRobust with { Iterations = 30 };

        var found = new TensorAdrGd(options, generator).Maximize(objective, images, ball, trace: true);

        Assert.Equal([6, 1, 8, 8], found.X.shape);
        Assert.True(found.X.ge(ball.Lower).all().item<bool>());
        Assert.True(found.X.le(ball.Upper).all().item<bool>());
        Assert.True(found.Gain.ge(0).all().item<bool>());
        Assert.True(found.Gain.gt(0).any().item<bool>());
        Assert.True(found.Value.allclose(objective.Value(found.X), 1e-5, 1e-5));
        Assert.True(maximum(found.Trace!.Values.amax([0]), found.StartValue).allclose(found.Value, 1e-6, 1e-6));
    }

    [Theory]
    [InlineData(Normaliser.Gated)]
    [InlineData(Normaliser.GatedFloored)]
    [InlineData(Normaliser.Ungated)]
    public void NormalNorms_OfWhatMatters_EqualJacobians(Normaliser normaliser)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        using var module = Convolutional().to(float64);
        var network = new ReluModule(module, _image);
        using var relaxed = RelaxedNetwork.Of(network);
        var x = rand([2, 1, 8, 8], dtype: float64, generator: generator);
        relaxed.MoveTo(x);
        Tensor[] e = [.. relaxed.Z.Select(z => randn(z.shape, dtype: float64, generator: generator) * 0.01)];
        Tensor[] gates = [.. e.Select(each => 1 - (each * 2000).sigmoid())];
        relaxed.SetGates(gates);
        for (var layer = 0; layer < e.Length; layer++)
        {
            var norms = relaxed.NormalNorms(normaliser, layer, e[layer], largest: true).reshape(2, -1);
            var exact = zeros_like(norms);
            for (var neuron = 0; neuron < norms.shape[1]; neuron++)
            {
                using var grad = enable_grad();
                var input = x.clone().requires_grad_();
                Tensor? pre = null;
                network.Forward(input, (i, z) =>
                {
                    pre = i == layer ? z.reshape(2, -1).select(1, neuron).sum() : pre;
                    return normaliser == Normaliser.Ungated ? z.alias() : gates[i] * z;
                });
                var normal = autograd.grad([pre!], [input])[0].reshape(2, -1).norm(1);
                exact.select(1, neuron).copy_(normal);
            }
            if (normaliser == Normaliser.GatedFloored)
            {
                exact = (exact * gates[layer].reshape(2, -1)).clamp(min: 1);
            }
            var known = norms.isfinite();
            Assert.True(where(known, exact, norms).allclose(norms, 1e-9, 1e-9));
            // What is not known does not matter.
            var violation = (relaxed.Z[layer] * e[layer]).relu().reshape(2, -1);
            foreach (var side in (Tensor[])[e[layer].gt(0).reshape(2, -1), e[layer].lt(0).reshape(2, -1)])
            {
                var largest = (violation / exact * side).amax([1]);
                Assert.True(largest.allclose((violation / norms * side).amax([1]), 1e-9, 1e-9));
            }
        }
    }

    [Fact]
    public void Maximize_ModuleWithoutReLUs_ReachesTheBestCorner()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var linear = nn.Linear(3, 1).Drawn(1);
        var start = zeros(1, 3);

        var found = new TensorAdrGd(AdrGdOptions.RandomSmall with { Iterations = 20 }, generator)
            .Maximize(new(new ReluModule(linear, [3])), start, Box.Between(-1, 1, start));

        Assert.Equal(linear.weight!.abs().sum().ToDouble() + linear.bias!.ToDouble(), found.Value.ToDouble(), 5);
    }

    [Fact]
    public void Maximize_SeveralStarts_TakesTheBest()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        using var module = Convolutional();
        var (objective, images, ball) = Attack(new ReluModule(module, _image), generator);
        var starts = images.unsqueeze(1) + ((rand([6, 3, 1, 8, 8], generator: generator) - 0.5) * 0.4);
        var options = AdrGdOptions.MnistRobust with { Iterations = 10, PerturbNoise = 0 };

        var found = new TensorAdrGd(options, generator).Maximize(objective, starts, ball);

        Assert.Equal([6, 1, 8, 8], found.X.shape);
        Assert.True(found.GradientPasses >= 2 * 30, "the network and its surrogate");
        for (var s = 0; s < 3; s++)
        {
            var single = new TensorAdrGd(options, generator).Maximize(objective, starts.select(1, s), ball);
            Assert.True(found.Value.ge(single.Value - 1e-4).all().item<bool>());
        }
    }
}
