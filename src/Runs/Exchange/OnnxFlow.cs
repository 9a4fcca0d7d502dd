using RL.Runs.Onnx;

namespace RL.Runs;

/// <summary>One node on the way from input to output.</summary>
/// <param name="Node">The node.</param>
/// <param name="Constants">Its other inputs by their place; null where one is left out, and of what flows.</param>
/// <param name="Place">Which of its inputs flows.</param>
/// <param name="Branch">Of a sum of a value and a branch of it: the branch.</param>
/// <param name="IsShift">It subtracts from all elements of a value what is computed of them, as the logarithm of a softmax does.</param>
sealed record OnnxStep(NodeProto Node, IReadOnlyList<ImportedTensor?> Constants, int Place, IReadOnlyList<OnnxStep>? Branch = null, bool IsShift = false)
{
    /// <summary>For errors: its name and kind.</summary>
    public string Name => NameOf(Node);

    public static string NameOf(NodeProto node) =>
        $"Node {Shown.Short(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "")} ({Shown.Short(node.OpType)})";

    public long Integer(string name, long otherwise) => Node.Attribute.FirstOrDefault(attribute => attribute.Name == name) is { HasI: true } found ? found.I : otherwise;

    public double Number(string name, double otherwise) => Node.Attribute.FirstOrDefault(attribute => attribute.Name == name) is { HasF: true } found ? found.F : otherwise;

    public IReadOnlyList<long>? Integers(string name) => Node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.Ints;

    public string? Text(string name) => Node.Attribute.FirstOrDefault(attribute => attribute.Name == name) is { HasS: true } found ? found.S.ToStringUtf8() : null;

    /// <exception cref="InvalidDataException">Always: names the node.</exception>
    public InvalidDataException Wrong(string what) => new($"{Name} {what}");
}

/// <summary>
/// What a value of an ONNX graph is made of. Nodes are followed in the order of the file, which is one in which inputs come first, so that neither
/// long nor deep graphs cost more than they are large.
/// </summary>
sealed class OnnxFlow
{
    readonly OnnxFlow? _before;
    readonly OnnxStep? _step;
    readonly int _length;

    OnnxFlow(OnnxFlow? before, OnnxStep? step) => (_before, _step, _length) = (before, step, (before?._length ?? -1) + 1);

    /// <summary>How an output of a graph comes from its first input.</summary>
    /// <exception cref="InvalidDataException">It does not, or not through nodes that are one after the other.</exception>
    public static OnnxFlow Of(GraphProto graph, string? output)
    {
        var values = new Dictionary<string, object>();
        foreach (var tensor in graph.Initializer)
        {
            Define(tensor.Name, Try(() => OnnxTensor.Of(tensor, tensor.Name)));
        }

        var inputs = graph.Input.Where(input => !values.ContainsKey(input.Name)).Select(input => input.Name).ToList();
        for (var i = 0; i < inputs.Count; i++)
        {
            Define(inputs[i], i == 0 ? new OnnxFlow(null, null) : $"input {Shown.Short(inputs[i])} is needed beside {Shown.Short(inputs[0])}; allowed: one input");
        }

        foreach (var node in graph.Node.Where(node => node.Output.Count > 0))
        {
            Define(node.Output[0], Follow(node, values));
            // An empty name is an output that is left out.
            foreach (var other in node.Output.Skip(1).Where(other => other.Length > 0))
            {
                Define(other, $"{OnnxStep.NameOf(node)}: its output {Shown.Short(other)} is not imported");
            }
        }

        var name = output ?? graph.Output.FirstOrDefault()?.Name ?? throw new InvalidDataException("its graph has no output");
        if (graph.Output.All(candidate => candidate.Name != name))
        {
            throw new InvalidDataException($"it has no output {Shown.Short(name)}; allowed: {Shown.Short(string.Join(", ", graph.Output.Select(candidate => candidate.Name)))}");
        }

        return values.GetValueOrDefault(name) switch
        {
            OnnxFlow flow => flow,
            string problem => throw new InvalidDataException(problem),
            _ => throw new InvalidDataException($"its output {Shown.Short(name)} does not come from its input"),
        };

        // As ONNX demands: which of two is meant nobody can tell.
        void Define(string value, object what)
        {
            if (!values.TryAdd(value, what))
            {
                throw new InvalidDataException($"the value {Shown.Short(value)} is there twice");
            }
        }
    }

    /// <summary>The nodes from the input to this value.</summary>
    public IReadOnlyList<OnnxStep> Steps() => Since(null);

    /// <summary>A constant, a flow, or, as text, why it is neither.</summary>
    static object Follow(NodeProto node, Dictionary<string, object> values)
    {
        var name = OnnxStep.NameOf(node);
        if (node.Domain is not ("" or "ai.onnx"))
        {
            return $"{name} is of {Shown.Short(node.Domain)}, not of ONNX's own operators";
        }

        if (node.OpType == "Constant")
        {
            return Try(() => Constant(node, name));
        }

        object?[] inputs = [.. node.Input.Select(input => input.Length == 0 ? null : values.GetValueOrDefault(input, $"{name}: its input {Shown.Short(input)} is missing"))];
        if (inputs.OfType<string>().FirstOrDefault() is { } problem)
        {
            return problem;
        }

        int[] flowing = [.. Enumerable.Range(0, inputs.Length).Where(i => inputs[i] is OnnxFlow)];
        IReadOnlyList<ImportedTensor?> constants = [.. inputs.Select(input => input as ImportedTensor)];
        return flowing switch
        {
            [] => Folded(node, name, constants),
            [var place] => new OnnxFlow((OnnxFlow)inputs[place]!, new OnnxStep(node, constants, place)),
            [0, 1] when node.OpType == "Sub" && inputs is [OnnxFlow value, OnnxFlow { _step.Node.OpType: "ReduceLogSumExp" or "ReduceMax" } whole] && whole._before == value =>
                new OnnxFlow(value, new OnnxStep(node, constants, 0, IsShift: true)),
            [0, 1] when node.OpType == "Add" && inputs.Length == 2 => Sum(node, name, (OnnxFlow)inputs[0]!, (OnnxFlow)inputs[1]!),
            _ => $"{name} reads several values that are not constant; allowed: Add of a value and a branch of it",
        };
    }

    static object Sum(NodeProto node, string name, OnnxFlow first, OnnxFlow second)
    {
        var (trunk, branch) = first._length < second._length ? (first, second) : (second, first);
        return branch._length > trunk._length && branch.BackTo(trunk._length) == trunk
            ? new OnnxFlow(trunk, new OnnxStep(node, [null, null], 0, branch.Since(trunk)))
            : $"{name} adds two values of which none is a branch of the other";
    }

    /// <summary>What is done to constants is done here: they may be renamed, cast, and matrices transposed.</summary>
    static object Folded(NodeProto node, string name, IReadOnlyList<ImportedTensor?> constants) => (node.OpType, constants) switch
    {
        ("Identity" or "Cast", [{ } value]) => value,
        ("Transpose", [{ Shape: [var rows, var columns] } matrix]) => new ImportedTensor([columns, rows], () => Transposed(matrix.Values(), (int)rows, (int)columns)),
        _ => $"{name} makes a constant; allowed: Constant, Identity, Cast, Transpose of a matrix",
    };

    static ImportedTensor Constant(NodeProto node, string name)
    {
        foreach (var attribute in node.Attribute)
        {
            switch (attribute.Name)
            {
                case "value" when attribute.T is { } tensor:
                    return OnnxTensor.Of(tensor, name);
                case "value_float":
                    return Of([], [attribute.F]);
                case "value_int":
                    return Of([], [attribute.I]);
                case "value_floats":
                    return Of([attribute.Floats.Count], [.. attribute.Floats.Select(value => (double)value)]);
                case "value_ints":
                    return Of([attribute.Ints.Count], [.. attribute.Ints.Select(value => (double)value)]);
            }
        }

        throw new InvalidDataException($"{name} has no numbers");
    }

    static ImportedTensor Of(long[] shape, double[] values) => new(shape, () => values);

    static double[] Transposed(double[] matrix, int rows, int columns)
    {
        var transposed = new double[matrix.Length];
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                transposed[(j * rows) + i] = matrix[(i * columns) + j];
            }
        }

        return transposed;
    }

    static object Try(Func<ImportedTensor> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException exception)
        {
            // It matters only if the output needs it.
            return exception.Message;
        }
    }

    OnnxFlow BackTo(int length)
    {
        var flow = this;
        while (flow._length > length)
        {
            flow = flow._before!;
        }

        return flow;
    }

    List<OnnxStep> Since(OnnxFlow? trunk)
    {
        var steps = new List<OnnxStep>();
        for (var flow = this; flow != trunk && flow._step is { } step; flow = flow._before!)
        {
            steps.Add(step);
        }

        steps.Reverse();
        return steps;
    }
}
