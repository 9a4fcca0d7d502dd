using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Any TorchSharp module made of affine layers, <see cref="ReLU"/> sub-modules and max-pools: fully connected, convolutional,
/// residual. Its ReLUs are seen through forward hooks, so the module needs nothing of this library; it must call each of them once
/// in a forward pass, with <c>call</c>, and not in place. ReLUs that are functions instead of sub-modules stay ReLUs, but cannot be
/// relaxed.
///
/// The module is not owned. Nothing else may run it during a call on this object.
/// </summary>
public sealed class ReluModule : IReluNetwork
{
    readonly nn.Module<Tensor, Tensor> _module;
    readonly ReLU[] _relus;                  // in the order in which a forward pass meets them

    /// <param name="module">[rows×inputShape → rows×m].</param>
    /// <param name="inputShape">Shape of one input: [n] or [C, H, W].</param>
    /// <exception cref="ArgumentException">A module without parameters, outputs that are not [rows×m], a ReLU that works in place or is
    /// called more than once.</exception>
    public ReluModule(nn.Module<Tensor, Tensor> module, IReadOnlyList<long> inputShape)
    {
        (_module, InputShape) = (module, inputShape);
        var first = module.parameters().FirstOrDefault() ?? throw new ArgumentException(
            $"Module {module.GetName()} has no parameters; a network of affine layers was expected.", nameof(module));
        (Dtype, Device) = (first.dtype, first.device);
        (_relus, Outputs) = Probe();
    }

    /// <inheritdoc/>
    public IReadOnlyList<long> InputShape { get; }

    /// <inheritdoc/>
    public long Outputs { get; }

    /// <inheritdoc/>
    public ScalarType Dtype { get; }

    /// <inheritdoc/>
    public Device Device { get; }

    /// <inheritdoc/>
    public long? Problems => null;

    /// <summary>The module, which stays its owner's.</summary>
    public nn.Module<Tensor, Tensor> Module => _module;

    /// <inheritdoc/>
    public int ReluLayers => _relus.Length;

    /// <inheritdoc/>
    public IReluNetwork Repeat(long starts) => this;

    /// <inheritdoc/>
    public void ThrowUnlessFinite()
    {
        foreach (var (name, parameter) in _module.named_parameters())
        {
            if (Finite.AnyNaN(parameter))
            {
                throw new ArgumentException($"Parameter {name} of module {_module.GetName()} holds what is not a number.");
            }
        }
    }

    /// <inheritdoc/>
    public Tensor Forward(Tensor x) => _module.call(x);

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Activation activation) => Hooked(x, _relus, (layer, z, _) => activation(layer, z));

    /// <summary>One pass over two rows of noise: which ReLUs it meets, in which order, and how many outputs there are.</summary>
    (ReLU[] Relus, long Outputs) Probe()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(0, Device);
        var all = _module.modules().Append(_module).OfType<ReLU>().ToArray();
        var met = new List<ReLU>();
        var x = randn([2, .. InputShape], dtype: Dtype, device: Device, generator: generator);
        var outputs = Hooked(x, all, (layer, z, h) =>
        {
            if (met.Contains(all[layer]))
            {
                throw new ArgumentException(
                    $"Module {_module.GetName()} calls one ReLU twice in a pass; each place needs a ReLU of its own.");
            }
            if (SharesMemory(z, h))
            {
                throw new ArgumentException(
                    $"ReLU {met.Count} of module {_module.GetName()} works in place; inplace: false is required.");
            }
            met.Add(all[layer]);
            return h.alias();
        });
        if (outputs.dim() != 2 || outputs.shape[0] != 2)
        {
            throw new ArgumentException(
                $"Module {_module.GetName()} makes {outputs.ShapeText()} of 2 rows; allowed: [2×m]. Flatten its output.");
        }
        return ([.. met], outputs.shape[1]);
    }

    /// <summary>Whether what is written to one is read from the other, on whatever device they are.</summary>
    static bool SharesMemory(Tensor z, Tensor h)
    {
        var (oldZ, oldH) = (z.clone(), h.clone());
        h.add_(1);
        var isShared = (bool)z.gt(oldZ).any();
        h.copy_(oldH);
        return isShared;
    }

    Tensor Hooked(Tensor x, ReLU[] relus, Func<int, Tensor, Tensor, Tensor> activation)
    {
        var hooks = relus.Select((relu, layer) =>
            // An alias: a sequence of modules disposes what it hands on, and the activation may keep z.
            relu.register_forward_hook((_, z, h) => activation(layer, z.alias(), h))).ToArray();
        try
        {
            return _module.call(x);
        }
        finally
        {
            foreach (var hook in hooks)
            {
                hook.remove();
            }
        }
    }
}
