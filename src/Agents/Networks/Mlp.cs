using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Fully connected network with ReLU between its layers and none after the last: [B × inputs] → [B × outputs].
/// Parameters are named 0.weight, 0.bias, 1.weight, …; weights are [out × in].
/// </summary>
public sealed class Mlp : nn.Module<Tensor, Tensor>
{
    readonly Linear[] _layers;

    /// <summary>Weights and biases are drawn from U(−1/√in, 1/√in), PyTorch's default for linear layers.</summary>
    /// <param name="inputs">Input size.</param>
    /// <param name="hidden">Sizes of the hidden layers.</param>
    /// <param name="outputs">Output size.</param>
    /// <param name="generator">Source of the initial values (on the CPU).</param>
    public Mlp(int inputs, IReadOnlyList<int> hidden, int outputs, Generator generator)
        : base(nameof(Mlp))
    {
        ArgumentNullException.ThrowIfNull(hidden);
        int[] sizes = [inputs, .. hidden, outputs];
        _layers = new Linear[sizes.Length - 1];
        for (var i = 0; i < _layers.Length; i++)
        {
            _layers[i] = nn.Linear(sizes[i], sizes[i + 1]);
            var bound = 1 / Math.Sqrt(sizes[i]);
            using var noGrad = no_grad();
            // Not nn.init.uniform_: TorchSharp's ignores its generator.
            _layers[i].weight!.uniform_(-bound, bound, generator);
            _layers[i].bias!.uniform_(-bound, bound, generator);
            register_module(i.ToString(System.Globalization.CultureInfo.InvariantCulture), _layers[i]);
        }
    }

    /// <summary>The layers from input to output.</summary>
    public IReadOnlyList<Linear> Layers => _layers;

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var h = input;
        for (var i = 0; i < _layers.Length - 1; i++)
        {
            // In place: the pre-activation is not needed again, and half the memory stays in the cache.
            h = nn.functional.relu(_layers[i].call(h), inplace: true);
        }

        return _layers[^1].call(h);
    }
}
