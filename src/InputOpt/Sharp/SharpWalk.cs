using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The last step of <see cref="Sharp"/>: the walk from region to region of <see cref="RegionWalk"/>, all problems side by side, with affine pieces
/// from forward passes. With the neurons' phases given, a network is affine, so its values at n + 1 points say all of it.
/// </summary>
static class SharpWalk
{
    /// <summary>Whether a problem's regions are polytopes on which the objective is affine.</summary>
    public static bool Serves(Objective objective, Region region) =>
        objective.Network is ReluNetwork { ReluLayers: > 0 } && objective.Score.IsLinear && region is Box;

    /// <summary>
    /// Moves the iterates, one row per problem, from the best points to the best vertices found within a number of regions, without
    /// measuring them.
    /// </summary>
    public static void Run(Search search, int regions)
    {
        using var scope = NewDisposeScope();
        var (objective, box) = (search.Objective, (Box)search.Region);
        var network = (ReluNetwork)objective.Network;
        var (problems, inputs) = ((int)search.X.shape[0], (int)network.Inputs);
        var neurons = network.Layers.SkipLast(1).Select(layer => (int)layer.Weight.shape[0]).ToArray();
        search.MoveTo(search.BestX);
        var (lower, upper) = (Rows.Numbers(box.Lower + zeros_like(search.X)), Rows.Numbers(box.Upper + zeros_like(search.X)));
        // The walk sees inputs in units of half the box's width.
        var units = search.Scale.masked_fill(search.Scale.eq(0), 1) + zeros_like(search.X);
        var unit = Rows.Numbers(units);
        var (low, high) = (lower.Zip(unit, (bound, of) => bound / of).ToArray(), upper.Zip(unit, (bound, of) => bound / of).ToArray());
        var walks = Enumerable.Range(0, problems).Select(_ => new RegionWalk(inputs, neurons)).ToArray();
        _ = ((IReluNetwork)network).Forward(search.X, (layer, z) =>
        {
            var active = Rows.Numbers(z);
            for (var b = 0; b < problems; b++)
            {
                for (var j = 0; j < neurons[layer]; j++)
                {
                    walks[b].Phases[layer][j] = active[(b * neurons[layer]) + j] > 0;
                }
            }
            return z.relu();
        });
        for (var b = 0; b < problems; b++)
        {
            walks[b].Begin(low.AsSpan(b * inputs, inputs), high.AsSpan(b * inputs, inputs));
        }

        var pieces = new Pieces(objective, units, neurons);
        for (var region = 0; region < regions && walks.Any(walk => !walk.IsDone); region++)
        {
            pieces.Measure(walks);
            search.CountEvaluations(inputs + 1);
            for (var b = 0; b < problems; b++)
            {
                if (!walks[b].IsDone)
                {
                    walks[b].Look(pieces.Of(b));
                }
            }
        }
        var vertices = walks.Select((walk, b) => walk.HasBest ? tensor(Point(walk.Best, b), device: CPU).to(search.X.dtype, search.X.device) : search.X[b]);

        // A bound is the bound, not what rounding makes of its number of units.
        double[] Point(double[] best, int b) => [.. best.Select((number, d) => number == low[(b * inputs) + d] ? lower[(b * inputs) + d]
            : number == high[(b * inputs) + d] ? upper[(b * inputs) + d]
            : number * unit[(b * inputs) + d])];
        search.MoveTo(stack(vertices.ToArray()));
    }

    /// <summary>The affine pieces of all problems' present phases.</summary>
    sealed class Pieces
    {
        readonly Objective _objective;
        readonly Tensor _points;                    // [B·(n + 1)×n]: 0, and a unit of one input after the other
        readonly int[] _neurons;
        readonly int _inputs;
        readonly AffinePiece _piece;
        readonly double[][] _z;                     // per layer [B·(n + 1)×units]
        double[] _values = [];

        public Pieces(Objective objective, Tensor units, int[] neurons)
        {
            (_neurons, _inputs, _piece) = (neurons, (int)units.shape[1], new((int)units.shape[1], neurons));
            _objective = objective.Repeat(_inputs + 1);
            _points = cat([zeros_like(units).unsqueeze(1), units.unsqueeze(1) * eye(_inputs, dtype: units.dtype, device: units.device)], 1).reshape(-1, _inputs);
            _z = new double[neurons.Length][];
        }

        public void Measure(RegionWalk[] walks)
        {
            using var scope = NewDisposeScope();
            var outputs = _objective.Network.Forward(_points, (layer, z) =>
            {
                _z[layer] = Rows.Numbers(z);
                var gates = walks.SelectMany(walk => walk.Phases[layer].Select(active => active ? 1.0 : 0.0)).ToArray();
                var perProblem = tensor(gates, [walks.Length, _neurons[layer]], device: CPU).to(z.dtype, z.device);
                return z * Rows.Repeat(perProblem, _inputs + 1);
            });
            _values = Rows.Numbers(_objective.Score.Value(outputs));
        }

        /// <summary>One problem's piece, until the next call.</summary>
        public AffinePiece Of(int problem)
        {
            var first = problem * (_inputs + 1);
            for (var layer = 0; layer < _neurons.Length; layer++)
            {
                var neurons = _neurons[layer];
                for (var j = 0; j < neurons; j++)
                {
                    var offset = _z[layer][(first * neurons) + j];
                    _piece.Offsets[layer][j] = offset;
                    for (var d = 0; d < _inputs; d++)
                    {
                        _piece.Normals[layer][d][j] = _z[layer][((first + 1 + d) * neurons) + j] - offset;
                    }
                }
            }
            _piece.Constant = _values[first];
            for (var d = 0; d < _inputs; d++)
            {
                _piece.Gradient[d] = _values[first + 1 + d] - _piece.Constant;
            }
            return _piece;
        }
    }
}
