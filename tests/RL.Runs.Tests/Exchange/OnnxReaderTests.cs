using Google.Protobuf;
using RL.Environments;
using RL.Runs.Onnx;

namespace RL.Runs.Tests;

/// <summary>Single nodes of ONNX graphs; whole ones are in <see cref="PolicyImportTests"/>.</summary>
public sealed class OnnxReaderTests : IDisposable
{
    static readonly BoxSpace _three = BoxSpace.Uniform(ElementType.Float32, [3], -1, 1);

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_MatMulOfTransposedConstantAndAdd_IsALinearLayer()
    {
        var graph = New();
        Constant(graph, "w", [2, 3], 1, 2, 3, 4, 5, 6);
        Constant(graph, "b", [2], 7, 8);
        Node(graph, "Transpose", ["w"], "wt");
        Node(graph, "MatMul", ["x", "wt"], "h");
        Node(graph, "Add", ["b", "h"], "y");

        var layer = Assert.IsType<ImportedLayer.Linear>(Assert.Single(Read(graph).Network.Layers));

        Assert.Equal([1, 2, 3, 4, 5, 6], layer.Weight);
        Assert.Equal([7, 8], layer.Bias);
    }

    [Fact]
    public void Read_GemmWithAlphaAndBeta_ScalesWeightsAndBiases()
    {
        var graph = New();
        Constant(graph, "w", [3, 1], 1, 2, 3);
        Constant(graph, "b", [1], 4);
        var gemm = Node(graph, "Gemm", ["x", "w", "b"], "y");
        gemm.Attribute.Add(new AttributeProto { Name = "alpha", F = 2 });
        gemm.Attribute.Add(new AttributeProto { Name = "beta", F = 0.5f });

        var layer = Assert.IsType<ImportedLayer.Linear>(Assert.Single(Read(graph).Network.Layers));

        Assert.Equal([2, 4, 6], layer.Weight);
        Assert.Equal([2], layer.Bias);
    }

    [Fact]
    public void Read_SubDivClipFirst_AreTheNormalisation()
    {
        var graph = New();
        Constant(graph, "mean", [1, 3], 1, 2, 3);
        Constant(graph, "deviation", [], 2);
        Constant(graph, "low", [], -4);
        Constant(graph, "high", [], 4);
        Node(graph, "Sub", ["x", "mean"], "a");
        Node(graph, "Div", ["a", "deviation"], "b");
        Node(graph, "Clip", ["b", "low", "high"], "c");
        Node(graph, "Relu", ["c"], "y");

        var model = Read(graph);

        Assert.Equal([1, 2, 3], model.Moments!.Mean);
        Assert.Equal([4, 4, 4], model.Moments.Variance);
        Assert.Equal((0, 4), (model.Moments.Epsilon, model.Moments.Clip));
        Assert.Equal("relu", Assert.IsType<ImportedLayer.Activation>(Assert.Single(model.Network.Layers)).Function);
    }

    [Fact]
    public void Read_SumWithABranch_IsAResidual()
    {
        var graph = New();
        Node(graph, "Relu", ["x"], "a");
        Node(graph, "Tanh", ["a"], "b");
        Node(graph, "Add", ["b", "a"], "y");

        var layers = Read(graph).Network.Layers;

        Assert.Equal("tanh", Assert.IsType<ImportedLayer.Activation>(Assert.Single(Assert.IsType<ImportedLayer.Residual>(layers[1]).Branch)).Function);
    }

    [Fact]
    public void Read_SoftmaxAndArgMax_AreLeftOutTogether()
    {
        var graph = New();
        Node(graph, "Tanh", ["x"], "logits");
        Node(graph, "ReduceLogSumExp", ["logits"], "total");
        Node(graph, "Sub", ["logits", "total"], "normalized");
        Node(graph, "Softmax", ["normalized"], "probabilities");
        Node(graph, "ArgMax", ["probabilities"], "y").Attribute.Add(new AttributeProto { Name = "axis", I = 1 });

        Assert.Equal("tanh", Assert.IsType<ImportedLayer.Activation>(Assert.Single(Read(graph).Network.Layers)).Function);

        graph.Output[0].Name = "probabilities";
        Assert.Contains("Node node-probabilities (Softmax) is allowed only before an ArgMax", Assert.Throws<InvalidDataException>(() => Read(graph)).Message);
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "LeakyRelu", "Node node-y (LeakyRelu) is an operator that is not imported" },
        { "Add", "Node node-y (Add) adds two values of which none is a branch of the other" },
        { "Mul", "Node node-y (Mul) reads several values that are not constant" },
        { "noise", "input noise is needed beside x" },
        { "half", "Node node-y (Cast) casts to the element type 10; allowed: float (1), double (11)" },
        { "domain", "Node node-y (Relu) is of com.microsoft" },
        { "missing", "Node node-y (Relu): its input z is missing" },
        { "short", "w is 2×3, and has 5 numbers" },
        { "external", "w has its numbers in another file" },
        { "huge", "w is 9223372036854775807×9223372036854775807, and has 5 numbers" },
        { "nan", "Node node-y (MatMul) has a weight that is NaN or infinite" },
        { "type", "w has elements of type 8" },
        { "twice", "the value y is there twice" },
        { "two tensors", "the value w is there twice" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Read_WhatCannotBeImported_IsNamed(string what, string message)
    {
        var graph = New();
        switch (what)
        {
            case "Add" or "Mul":
                Node(graph, "Relu", ["x"], "a");
                Node(graph, "Tanh", ["x"], "b");
                Node(graph, what, ["a", "b"], "y");
                break;
            case "noise":
                graph.Input.Add(new ValueInfoProto { Name = "noise" });
                Node(graph, "Add", ["x", "noise"], "y");
                break;
            case "half":
                Node(graph, "Cast", ["x"], "y").Attribute.Add(OnnxWriter.Attribute("to", 10));
                break;
            case "twice":
                Node(graph, "Relu", ["x"], "y");
                Node(graph, "Tanh", ["x"], "y");
                break;
            case "domain":
                Node(graph, "Relu", ["x"], "y").Domain = "com.microsoft";
                break;
            case "missing":
                Node(graph, "Relu", ["z"], "y");
                break;
            case "LeakyRelu":
                Node(graph, what, ["x"], "y");
                break;
            default:
                Constant(graph, "w", [2, 3], 1, 2, 3, 4, 5);
                var tensor = graph.Initializer[0];
                switch (what)
                {
                    case "external":
                        tensor.DataLocation = 1;
                        break;
                    case "huge":
                        (tensor.Dims[0], tensor.Dims[1]) = (long.MaxValue, long.MaxValue);
                        break;
                    case "nan":
                        (tensor.Dims[0], tensor.Dims[1]) = (3, 2);
                        tensor.FloatData.Add(float.NaN);
                        break;
                    case "type":
                        tensor.DataType = 8;
                        break;
                    case "two tensors":
                        (tensor.Dims[0], tensor.Dims[1]) = (5, 1);
                        graph.Initializer.Add(tensor.Clone());
                        break;
                }

                Node(graph, "MatMul", ["x", "w"], "y");
                break;
        }

        Assert.StartsWith(message, Assert.Throws<InvalidDataException>(() => Read(graph)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_LongAndDeepGraphs_TakeNoStack()
    {
        var graph = New();
        graph.Input[0].Name = "h0";
        const int count = 20_000;
        for (var i = 0; i < count; i++)
        {
            Node(graph, "Identity", [$"h{i}"], i == count - 1 ? "y" : $"h{i + 1}");
        }

        Assert.Empty(Read(graph).Network.Layers);

        var deep = New();
        Node(deep, "Relu", ["x"], "h0");
        for (var i = 0; i < 100; i++)
        {
            Node(deep, "Add", ["x", $"h{i}"], i == 99 ? "y" : $"h{i + 1}");
        }

        Assert.Contains("is a branch within 8 others", Assert.Throws<InvalidDataException>(() => Read(deep)).Message);
    }

    static GraphProto New() => new() { Input = { new ValueInfoProto { Name = "x" } }, Output = { new ValueInfoProto { Name = "y" } } };

    static NodeProto Node(GraphProto graph, string kind, string[] inputs, string name)
    {
        var node = new NodeProto { OpType = kind, Name = "node-" + name, Output = { name } };
        node.Input.AddRange(inputs);
        graph.Node.Add(node);
        return node;
    }

    static void Constant(GraphProto graph, string name, long[] shape, params float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = OnnxType.Single };
        tensor.Dims.AddRange(shape);
        tensor.FloatData.AddRange(values);
        graph.Initializer.Add(tensor);
    }

    ImportedModel Read(GraphProto graph)
    {
        using (var stream = File.Create(_folder.File("a.onnx")))
        {
            new ModelProto { Graph = graph }.WriteTo(stream);
        }

        return OnnxReader.Read(_folder.File("a.onnx"), _three, new());
    }
}
