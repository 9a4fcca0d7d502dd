namespace RL.Certification;

/// <summary>A small network over a box whose relaxations show something.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Graph">The network, with one output.</param>
/// <param name="Lower">The box.</param>
/// <param name="Upper">See <paramref name="Lower"/>.</param>
/// <param name="Note">What it shows.</param>
public sealed record RelaxationExample(string Name, NetworkGraph Graph, double[] Lower, double[] Upper, string Note);

/// <summary>The worked examples of docs/relaxations.md.</summary>
public static class RelaxationExamples
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<RelaxationExample> All { get; } =
    [
        New("clip", [-1], [2], "relu(x) − relu(x − 1): both neurons at once are exact, each alone is the triangle",
            ([1, 1], [0, -1]), ([1, -1], [0])),
        New("two_max_abs", [-1, -1], [1, 1], "Σ relu(±x₁ ± x₂): pairs are exact, single neurons say twice the maximum",
            ([1, 1, 1, -1, -1, 1, -1, -1], [0, 0, 0, 0]), ([1, 1, 1, 1], [0])),
        New("max2", [0, 0], [1, 1], "max(x₁, x₂): hulls of single neurons are exact, triangles are not",
            ([1, -1, 0, 1, 0, -1], [0, 0, 0]), ([1, 1, -1], [0])),
        Zero("zero", 0, "relu(relu(x)) − relu(relu(x) − relu(−x)) = 0: no hull of one layer after the other is exact"),
        New("zero_augmented", [-1], [1], "the same function with one neuron more, which carries x: hulls of two neurons are exact",
            ([1, -1, 1], [0, 0, 1]), ([0, 0, 1, 1, -1, 0], [-1, 0]), ([1, -1], [0])),
        Zero("zero_deep_1", 1, "zero with one more layer between"),
        Zero("zero_deep_2", 2, "zero with two more layers between"),
        Zero("zero_deep_3", 3, "zero with three more layers between"),
    ];

    static RelaxationExample Zero(string name, int between, string note) => New(
        name, [-1], [1], note,
        [([1, -1], [0, 0]), .. Enumerable.Repeat(((double[])[1, 0, 0, 1], (double[])[0, 0]), between), ([1, 0, 1, -1], [0, 0]), ([1, -1], [0])]);

    static RelaxationExample New(string name, double[] lower, double[] upper, string note, params (double[] Weight, double[] Bias)[] layers)
    {
        var graph = new NetworkGraph(lower.Length);
        foreach (var (weight, bias) in layers)
        {
            if (graph.Last > 0)
            {
                graph.Activation(graph.Last, ActivationFunction.Relu);
            }
            graph.Linear(graph.Last, weight, bias);
        }
        return new(name, graph, lower, upper, note);
    }
}
