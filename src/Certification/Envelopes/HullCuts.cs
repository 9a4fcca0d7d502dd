namespace RL.Certification;

/// <summary>
/// Cuts of single neurons: the half-spaces of σ(w·h + b) over the box of h that a solution of a <see cref="NetworkProgram"/> violates. Added until
/// none is violated, the program is as tight as the envelopes of all neurons.
/// </summary>
sealed class HullCuts(NetworkProgram network)
{
    /// <summary>A neuron's value may be beyond its envelope by so much, as a share of 1 + |value|.</summary>
    public const double Tolerance = 1e-8;

    readonly Dictionary<(int Layer, int Neuron), ActivationEnvelope> _envelopes = [];

    /// <summary>How many cuts were added in all.</summary>
    public int Count { get; private set; }

    /// <summary>Adds the cuts that a solution violates.</summary>
    /// <returns>How many.</returns>
    public int Add(LinearSolution solution)
    {
        var before = Count;
        for (var layer = 0; layer < network.Hidden; layer++)
        {
            var (lower, upper) = network.BoundsOfInputs(layer);
            var (x, values) = (NetworkProgram.Pick(solution, network.Inputs(layer)), NetworkProgram.Pick(solution, network.Values(layer)));
            for (var j = 0; j < x.Length; j++)
            {
                x[j] = Math.Clamp(x[j], lower[j], upper[j]);
            }
            for (var k = 0; k < values.Length; k++)
            {
                if (network.IsOpen(layer, k) && Envelope(layer, k).Separate(x, values[k], Tolerance) is { } cut)
                {
                    AddRow(layer, k, cut);
                }
            }
        }
        return Count - before;
    }

    void AddRow(int layer, int neuron, EnvelopeCut cut)
    {
        var read = network.Inputs(layer);
        int[] used = [.. Enumerable.Range(0, read.Length).Where(j => read[j] >= 0 && cut.Coefficients[j] != 0)];
        network.Program.AddRow(
            [.. used.Select(j => read[j]), network.Values(layer)[neuron]], [.. used.Select(j => -cut.Coefficients[j]), 1],
            cut.Side == GraphSide.Above ? double.NegativeInfinity : cut.Constant, cut.Side == GraphSide.Above ? cut.Constant : double.PositiveInfinity);
        Count++;
    }

    ActivationEnvelope Envelope(int layer, int neuron)
    {
        if (!_envelopes.TryGetValue((layer, neuron), out var envelope))
        {
            _envelopes.Add((layer, neuron), envelope = network.Envelope(layer, neuron));
        }
        return envelope;
    }
}
