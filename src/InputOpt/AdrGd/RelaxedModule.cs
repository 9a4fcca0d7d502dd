using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// <see cref="RelaxedNetwork"/> by autograd, for any network. Every normal is a vector-Jacobian product of its own, so norms are
/// taken of violated neurons only, and of no more of these than it takes to be certain of the largest violation.
/// </summary>
sealed class RelaxedModule(IReluNetwork network, Tensor? units) : RelaxedNetwork
{
    /// <summary>
    /// The share of the rows, one in so many, up to which a pass of their own is worth while; a network with inputs fixed per problem has none.
    /// </summary>
    const int FewRows = 6;

    Pass? _pass, _relaxed;
    Pass? _ungated;                         // all ReLUs open, at this iterate: one for all layers
    Tensor[] _z = [], _gates = [];
    Tensor? _outputs;

    public override IReadOnlyList<Tensor> Z => _z;

    public override Tensor Outputs => _outputs!;

    public override void MoveTo(Tensor x)
    {
        using var scope = NewDisposeScope();
        Release();
        _ungated = null;
        _pass = Through(x, null, units);
        _z = [.. _pass.Z.Select(z => Keep(z.detach()))];
        _outputs = Keep(_pass.Outputs.detach());
        foreach (var tensor in (Tensor[])[_pass.X, .. _pass.Z, _pass.Outputs])
        {
            Keep(tensor);
        }
    }

    public override Tensor Gradient(Tensor? onOutputs, Tensor[]? onZ) =>
        onOutputs is null && onZ is not { Length: > 0 } ? zeros_like(_pass!.X.detach()) : _pass!.Gradient(onOutputs, onZ);

    public override void SetGates(Tensor[] gates)
    {
        _gates = gates;
        _relaxed = Through(_pass!.X, gates, units);
    }

    public override Tensor RelaxedOutputs() => _relaxed!.Outputs.detach();

    public override (Tensor OnX, Tensor[]? OnGates) RelaxedGradient(Tensor onOutputs, bool onGates)
    {
        var pass = _relaxed!;
        var gradients = autograd.grad(
            [pass.Outputs], onGates ? [pass.X, .. pass.Gates] : [pass.X], [onOutputs], retain_graph: true);
        return (pass.InUnits(gradients[0]), onGates ? [.. gradients.Skip(1)] : null);
    }

    public override Tensor NormalNorms(Normaliser normaliser, int layer, Tensor e, bool largest)
    {
        var floored = normaliser == Normaliser.GatedFloored;
        var pass = normaliser == Normaliser.Ungated
            ? _ungated ??= Through(_pass!.X, [.. _z.Select(z => ones_like(z))], units)
            : _relaxed!;
        var rows = e.shape[0];
        // What a neuron violates if its norm is 1: with a floor of 1 it cannot be more.
        var bound = (_z[layer] * e).relu().reshape(rows, -1);
        var norms = zeros_like(bound) + double.PositiveInfinity;
        var unknown = bound.gt(0);
        var gate = floored ? _gates[layer].reshape(rows, -1) : null;
        if (gate is not null)
        {
            // Nothing but the floor is left of a normal behind a shut gate.
            norms = norms.masked_fill(gate.eq(0), 1);
            unknown = unknown.logical_and(gate.ne(0));
        }
        foreach (var side in (Tensor[])[e.gt(0).reshape(rows, -1), e.lt(0).reshape(rows, -1)])
        {
            while (true)
            {
                using var round = NewDisposeScope();
                var (most, at) = (bound * unknown.logical_and(side)).max(1, keepdim: true);
                var needed = floored && largest ? most.gt((bound / norms * side).amax([1], keepdim: true)) : most.gt(0);
                long[] asking = [.. needed.data<bool>().Select((asks, row) => asks ? row : -1L).Where(row => row >= 0)];
                if (asking.Length == 0)
                {
                    break;
                }
                var norm = NormalNorm(pass, layer, at, asking);
                norm = gate is null ? NotZero(norm) : (norm * gate.gather(1, at)).clamp(min: 1.0);
                norms.scatter_(1, at, where(needed, norm, norms.gather(1, at)));
                unknown.scatter_(1, at, unknown.gather(1, at).logical_and(needed.logical_not()));
            }
        }
        return norms.reshape(e.shape);
    }

    /// <summary>‖∇ₓ‖ [rows×1] of one neuron [rows×1] of a layer in some rows; zero in others.</summary>
    Tensor NormalNorm(Pass pass, int layer, Tensor neuron, long[] rows)
    {
        if (network.Problems is not null || rows.Length * FewRows > neuron.shape[0])
        {
            return pass.NormalNorm(layer, neuron);
        }
        // A forward pass of their own costs less than leading all other rows backwards.
        var index = tensor(rows, device: neuron.device);
        var gates = pass.Gates.Select(gate => gate.index_select(0, index)).ToArray();
        var few = Through(
            pass.X.index_select(0, index), gates, units is null || units.shape[0] == 1 ? units : units.index_select(0, index));
        var norm = few.NormalNorm(layer, neuron.index_select(0, index));
        return zeros([neuron.shape[0], 1], dtype: norm.dtype, device: norm.device).scatter_(0, index.unsqueeze(1), norm);
    }

    Pass Through(Tensor x, Tensor[]? gates, Tensor? ofInputs)
    {
        Runs++;
        return Pass.Through(network, x, gates, ofInputs);
    }

    /// <summary>
    /// A forward pass with its history: of the network itself, or with gates in the place of the visible ReLUs.
    /// </summary>
    sealed record Pass(Tensor X, Tensor[] Z, Tensor[] Gates, Tensor Outputs, Tensor? Units)
    {
        public static Pass Through(IReluNetwork network, Tensor x, Tensor[]? gates, Tensor? units)
        {
            using var grad = enable_grad();
            var input = x.detach().requires_grad_();
            var z = new Tensor[network.ReluLayers];
            Tensor[] leaves = gates is null ? [] : [.. gates.Select(gate => gate.detach().requires_grad_())];
            var outputs = network.Forward(input, (layer, pre) =>
            {
                z[layer] = pre;
                return leaves.Length == 0 ? pre.relu() : leaves[layer] * pre;
            });
            return new(input, z, leaves, outputs, units);
        }

        public Tensor Gradient(Tensor? onOutputs, Tensor[]? onZ)
        {
            var (outputs, seeds) = (new List<Tensor>(), new List<Tensor>());
            if (onOutputs is not null)
            {
                outputs.Add(Outputs);
                seeds.Add(onOutputs);
            }
            if (onZ is not null)
            {
                outputs.AddRange(Z);
                seeds.AddRange(onZ);
            }
            return InUnits(autograd.grad(outputs, [X], seeds, retain_graph: true)[0]);
        }

        public Tensor InUnits(Tensor gradient) => Units is null ? gradient : gradient * Units;

        /// <summary>‖∇ₓ‖ [rows×1] of one neuron [rows×1] of a layer in each row.</summary>
        public Tensor NormalNorm(int layer, Tensor neuron)
        {
            var z = Z[layer].detach();
            var rows = z.shape[0];
            var one = ones_like(neuron, dtype: z.dtype);
            var seed = zeros_like(z).reshape(rows, -1).scatter_(1, neuron, one).reshape(z.shape);
            var normal = InUnits(autograd.grad([Z[layer]], [X], [seed], retain_graph: true)[0]);
            return normal.reshape(rows, -1).norm(1, keepdim: true);
        }
    }
}
