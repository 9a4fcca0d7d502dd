using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// <see cref="RelaxedNetwork"/> in closed form, for fully connected networks: the normals of a whole layer are one product away,
/// nⁱ = Wⁱ diag(aⁱ⁻¹) nⁱ⁻¹, and a gradient goes down as δⁱ⁻¹ = Wⁱᵀ(aⁱ∘δⁱ).
/// </summary>
sealed class RelaxedLayers(ReluNetwork network, Tensor? units) : RelaxedNetwork
{
    readonly ReluLayer[] _layers = [.. network.Layers];
    Tensor? _x, _outputs;
    Tensor[] _z = [], _gates = [], _u = [];
    Tensor?[] _normals = [];                // rows nⁱⱼ [B×nᵢ×n], B = 1 where no gate has entered
    Tensor[]? _ungatedNorms;                // constant while the network is searched

    public override IReadOnlyList<Tensor> Z => _z;

    public override Tensor Outputs => _outputs!;

    public override void MoveTo(Tensor x)
    {
        using var scope = NewDisposeScope();
        Release();
        Runs++;
        var (z, outputs) = network.ForwardWithPreActivations(x);
        _x = x;
        _z = [.. z.Select(Keep)];
        _outputs = Keep(outputs);
    }

    public override Tensor Gradient(Tensor? onOutputs, Tensor[]? onZ)
    {
        // From the top: r = ∂/∂zⁱ + 1[zⁱ > 0]∘(what comes from above), handed on as Wⁱᵀ r.
        var incoming = onOutputs?.matmul(_layers[^1].Weight);
        for (var i = _z.Length - 1; i >= 0; i--)
        {
            var through = incoming is null ? null : incoming * _z[i].gt(0);
            var r = onZ is null ? through : through is null ? onZ[i] : onZ[i] + through;
            incoming = r?.matmul(_layers[i].Weight);
        }
        return incoming is null ? zeros_like(_x!) : InUnits(incoming);
    }

    public override void SetGates(Tensor[] gates)
    {
        _gates = gates;
        _u = new Tensor[gates.Length];
        _normals = new Tensor?[gates.Length];
    }

    public override Tensor RelaxedOutputs()
    {
        Runs++;
        var h = _x!;
        for (var i = 0; i < _u.Length; i++)
        {
            _u[i] = _layers[i].Apply(h);
            h = _gates[i] * _u[i];
        }
        return _layers[^1].Apply(h);
    }

    public override (Tensor OnX, Tensor[]? OnGates) RelaxedGradient(Tensor onOutputs, bool onGates)
    {
        var delta = onOutputs.matmul(_layers[^1].Weight);
        var gradients = onGates ? new Tensor[_u.Length] : null;
        for (var i = _u.Length - 1; i >= 0; i--)
        {
            if (gradients is not null)
            {
                gradients[i] = delta * _u[i];
            }
            delta = (_gates[i] * delta).matmul(_layers[i].Weight);
        }
        return (InUnits(delta), gradients);
    }

    public override Tensor NormalNorms(Normaliser normaliser, int layer, Tensor e, bool largest) => normaliser switch
    {
        Normaliser.Ungated => (_ungatedNorms ??= UngatedNorms())[layer],
        Normaliser.Gated => NotZero(Normals(layer).norm(2)),
        _ => (Normals(layer).norm(2) * _gates[layer]).clamp(min: 1.0),
    };

    public override void Dispose()
    {
        base.Dispose();
        foreach (var norms in _ungatedNorms ?? [])
        {
            norms.Dispose();
        }
    }

    Tensor[] UngatedNorms()
    {
        using var scope = NewDisposeScope();
        if (units is null)
        {
            return [.. network.NormalNorms().Select(norms => NotZero(norms).DetachFromDisposeScope())];
        }
        // Fixed inputs, which come first, are in units of 1. Norms as those without units are: powers of two then change no bit.
        return [.. network.Normals().Select(normals =>
        {
            var isFixed = ones(units.shape[0], normals.shape[1] - units.shape[1], dtype: units.dtype, device: units.device);
            return NotZero((normals.unsqueeze(0) * cat([isFixed, units], 1).unsqueeze(1)).norm(2)).DetachFromDisposeScope();
        })];
    }

    Tensor InUnits(Tensor gradient) => units is null ? gradient : gradient * units;

    Tensor Normals(int layer) => _normals[layer] ??= layer == 0
        ? (units is null ? _layers[0].Weight.unsqueeze(0) : _layers[0].Weight.unsqueeze(0) * units.unsqueeze(1))
        : _layers[layer].Weight.matmul(_gates[layer - 1].unsqueeze(2) * Normals(layer - 1));
}
