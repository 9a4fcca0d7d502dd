namespace RL.Certification.Tests;

/// <summary>Random networks of every kind of layer and activation, small enough to bound hundreds of them.</summary>
static class TinyNetworks
{
    public static readonly Dictionary<string, ActivationFunction> Functions = new()
    {
        ["relu"] = ActivationFunction.Relu,
        ["leaky_relu"] = ActivationFunction.LeakyRelu(0.1),
        ["leaky_relu_2"] = ActivationFunction.LeakyRelu(2),
        ["tanh"] = ActivationFunction.Tanh,
        ["sigmoid"] = ActivationFunction.Sigmoid,
        ["softplus"] = ActivationFunction.Softplus,
        ["elu"] = ActivationFunction.Elu(1),
        ["elu_2"] = ActivationFunction.Elu(2),
        ["elu_half"] = ActivationFunction.Elu(0.5),
        ["selu"] = ActivationFunction.Selu,
    };

    static readonly string[] _layers = ["linear", "convolution", "strided", "average", "max", "padded max", "residual", "two branches"];

    /// <summary>Every kind of layers with every activation in both arithmetics.</summary>
    public static TheoryData<string, string, Arithmetic> All
    {
        get
        {
            var data = new TheoryData<string, string, Arithmetic>();
            foreach (var layers in _layers)
            {
                foreach (var function in Functions.Keys)
                {
                    foreach (var arithmetic in Enum.GetValues<Arithmetic>())
                    {
                        data.Add(layers, function, arithmetic);
                    }
                }
            }
            return data;
        }
    }

    public static NetworkGraph Of(string layers, ActivationFunction function, Draws random)
    {
        if (layers == "linear")
        {
            return Layered(random, 3, [5, 4], function, outputs: 2);
        }
        var graph = new NetworkGraph(2, 6, 7);
        int Convolution(int from, int inputs, int outputs, int side, int stride, int padding) => graph.Convolution(
            from, random.Uniform(outputs * inputs * side * side, 0.7), random.Uniform(outputs, 0.5), (side, side), (stride, stride), (padding, padding));
        int Activation(int from) => graph.Activation(from, function);
        var node = Activation(Convolution(0, 2, 3, 3, 1, 1));
        node = layers switch
        {
            "convolution" => Activation(Convolution(node, 3, 2, 2, 1, 0)),
            "strided" => Activation(Convolution(node, 3, 2, 3, 2, 1)),
            "average" => Activation(Convolution(graph.AveragePool(node, (2, 3), (2, 2), (1, 1)), 3, 2, 2, 1, 0)),
            "max" => Activation(Convolution(graph.MaxPool(Convolution(node, 3, 3, 3, 1, 1), (2, 2), (2, 2), (0, 0)), 3, 2, 2, 1, 0)),
            "padded max" => graph.MaxPool(graph.MaxPool(node, (3, 3), (2, 2), (1, 1)), (2, 2), (1, 1), (1, 1)),
            "residual" => Activation(graph.Sum(node, Convolution(Activation(Convolution(Activation(node), 3, 3, 3, 1, 1)), 3, 3, 3, 1, 1))),
            _ => Activation(graph.Sum(Convolution(node, 3, 2, 1, 2, 0), Convolution(Activation(Convolution(node, 3, 2, 3, 2, 1)), 2, 2, 3, 1, 1))),
        };
        var flat = graph.Flatten(node);
        var size = graph.Outputs;
        flat = graph.Linear(flat, random.Uniform(4 * size, 0.5), random.Uniform(4, 0.5));
        graph.Linear(Activation(flat), random.Uniform(2 * 4, 1), random.Uniform(2, 1));
        return graph;
    }

    public static NetworkGraph Layered(Draws random, int inputs, int[] hidden, ActivationFunction function, int outputs)
    {
        var graph = new NetworkGraph(inputs);
        foreach (var units in hidden)
        {
            graph.Activation(graph.Linear(graph.Last, random.Uniform(units * graph.Outputs, 1), random.Uniform(units, 0.5)), function);
        }
        graph.Linear(graph.Last, random.Uniform(outputs * graph.Outputs, 1), random.Uniform(outputs, 0.5));
        return graph;
    }
}
