using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class ReluModuleTests
{
    static readonly long[] _image = [1, 6, 6];

    /// <summary>Convolution, max-pool, a residual block, a linear head.</summary>
    internal static nn.Module<Tensor, Tensor> Convolutional() => nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.ReLU(), nn.MaxPool2d(2), new Residual(4), nn.Flatten(), nn.Linear(16, 3)).Drawn(2);

    [Fact]
    public void Forward_WithReluAsActivation_EqualsTheModule()
    {
        using var scope = NewDisposeScope();
        using var module = Convolutional();
        var network = new ReluModule(module, _image);
        using var generator = new Generator(4);
        var x = randn([5, 1, 6, 6], generator: generator);
        var layers = new List<int>();

        var outputs = network.Forward(x, (layer, z) =>
        {
            layers.Add(layer);
            return z.relu();
        });

        Assert.Equal(3, network.Outputs);
        Assert.Equal(3, network.ReluLayers);
        Assert.Equal([0, 1, 2], layers);
        Assert.True(outputs.allclose(module.call(x), 0, 0));
        Assert.True(network.Forward(x).allclose(outputs, 0, 0));
    }

    [Fact]
    public void ValuesAndGradient_OfAnMlp_EqualClosedForm()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 7), nn.ReLU(), nn.Linear(7, 3)).to(ScalarType.Float64).Drawn(3);
        using var generator = new Generator(4);
        var x = randn(4, 5, dtype: float64, generator: generator);
        var score = Score.AwayFrom(tensor(new long[] { 0, 1, 2, 1 }));
        IReluNetwork any = new ReluModule(module, [5]);

        var (values, gradient) = any.ValuesAndGradient(x, score);
        var (expectedValues, expectedGradient) = ReluNetwork.FromModule(module).ValuesAndGradient(x, score);

        Assert.True(values.allclose(expectedValues, 1e-12, 1e-12));
        Assert.True(gradient.allclose(expectedGradient, 1e-12, 1e-12));
        Assert.False(gradient.requires_grad);
    }

    [Fact]
    public void Construct_ReluOfAReluWithExactZeros_IsNotTakenForInPlace()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Sequential(nn.Linear(3, 9), nn.ReLU(), nn.ReLU(), nn.Linear(9, 1));

        Assert.Equal(2, new ReluModule(module, [3]).ReluLayers);
    }

    [Fact]
    public void Construct_WhatCannotBeSeenThrough_SaysWhy()
    {
        using var scope = NewDisposeScope();
        var twice = nn.ReLU();

        Error.Says(() => new ReluModule(nn.Sequential(nn.Linear(3, 3), twice, nn.Linear(3, 3), twice), [3]), "twice");
        Error.Says(() => new ReluModule(nn.Sequential(nn.Linear(3, 9), nn.ReLU(inplace: true), nn.Linear(9, 1)), [3]), "in place");
        Error.Says(() => new ReluModule(nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU()), _image), "[2×4×4×4]", "Flatten");
        Error.Says(() => new ReluModule(nn.Sequential(nn.ReLU()), [3]), "no parameters");
    }

    /// <summary>x ↦ relu(x + conv(relu(conv(x)))).</summary>
    internal sealed class Residual : nn.Module<Tensor, Tensor>
    {
        readonly nn.Module<Tensor, Tensor> _first, _relu, _second, _end;

        public Residual(long channels)
            : base(nameof(Residual))
        {
            _first = nn.Conv2d(channels, channels, 3, padding: 1L);
            _relu = nn.ReLU();
            _second = nn.Conv2d(channels, channels, 3, padding: 1L);
            _end = nn.ReLU();
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) =>
            _end.call(input + _second.call(_relu.call(_first.call(input))));
    }
}
