using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Adam (Kingma &amp; Ba 2015, Algorithm 1) on a vector of parameters: what optim.Adam does with its defaults. On the CPU it is one pass
/// over memory (<see cref="Kernels.Adam"/>), elsewhere a few operations on tensors.
/// </summary>
sealed unsafe class FlatAdam : IDisposable
{
    const double Beta1 = 0.9;
    const double Beta2 = 0.999;

    readonly ParameterVector _parameters;
    readonly double _epsilon, _weightDecay;
    readonly Tensor _means, _squares;
    readonly (nint Values, nint Gradient, nint Means, nint Squares)? _memory;
    readonly int _length;
    long _steps;

    /// <param name="parameters">θ and ∇θ.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">λ: the gradient is ∇θ + λθ.</param>
    /// <param name="onTensors">Operations on tensors wherever the parameters are.</param>
    public FlatAdam(ParameterVector parameters, double epsilon = 1e-8, double weightDecay = 0, bool onTensors = false)
    {
        (_parameters, _epsilon, _weightDecay) = (parameters, epsilon, weightDecay);
        _means = zeros_like(parameters.Values).DetachFromDisposeScope();
        _squares = zeros_like(parameters.Values).DetachFromDisposeScope();
        _length = checked((int)parameters.Values.numel());
        if (!onTensors && parameters.Values.device_type == DeviceType.CPU)
        {
            _memory = (AddressOf(parameters.Values), AddressOf(parameters.Gradient), AddressOf(_means), AddressOf(_squares));
        }

        static nint AddressOf(Tensor tensor) => (nint)FastMlp.PointerOf(tensor);
    }

    /// <summary>θ ← θ − α m̂ / (√v̂ + ε).</summary>
    /// <param name="learningRate">α.</param>
    public void Step(double learningRate)
    {
        _steps++;
        var correction = Math.Sqrt(1 - Math.Pow(Beta2, _steps));
        // α · (m / c₁) / (√v / √c₂ + ε) = (α √c₂ / c₁) m / (√v + ε √c₂)
        var step = learningRate / (1 - Math.Pow(Beta1, _steps)) * correction;
        var epsilon = _epsilon * correction;
        if (_memory is var (values, gradient, means, squares))
        {
            Kernels.Adam(
                (float*)values, (float*)gradient, (float*)means, (float*)squares, _length,
                new AdamStep((float)Beta1, (float)Beta2, (float)step, (float)epsilon, (float)_weightDecay));
            return;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var g = _weightDecay == 0 ? _parameters.Gradient : _parameters.Gradient.add(_parameters.Values, _weightDecay);
        _means.mul_(Beta1).add_(g, 1 - Beta1);
        _squares.mul_(Beta2).addcmul_(g, g, 1 - Beta2);
        _parameters.Values.addcdiv_(_means, _squares.sqrt().add_(epsilon), -step);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_steps);
        foreach (var moments in new[] { _means, _squares })
        {
            using var host = moments.cpu();
            writer.Write(host.bytes);
        }
    }

    public void Load(BinaryReader reader)
    {
        _steps = reader.ReadInt64();
        foreach (var moments in new[] { _means, _squares })
        {
            using var host = zeros(_length);
            reader.BaseStream.ReadExactly(host.bytes);
            moments.copy_(host);
        }
    }

    public void Dispose()
    {
        _means.Dispose();
        _squares.Dispose();
    }
}
