using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using RL.Runs.Onnx;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>Element types of ONNX tensors that are used here.</summary>
static class OnnxType
{
    public const int Single = 1;
    public const int Byte = 2;
    public const int Int32 = 6;
    public const int Int64 = 7;
    public const int Double = 11;
}

/// <summary>Builds an ONNX graph, node after node.</summary>
sealed class OnnxWriter(string name)
{
    /// <summary>Version of the operators that the graphs are made of.</summary>
    public const int OperatorSet = 17;

    /// <summary>IR version of the format that goes with it.</summary>
    const int FormatVersion = 8;

    const string Rows = "N";

    readonly GraphProto _graph = new() { Name = name };

    /// <summary>Declares an input of any number of rows.</summary>
    /// <returns>Its name.</returns>
    public string Input(string input, int type, params IEnumerable<long> shape)
    {
        _graph.Input.Add(Value(input, type, shape));
        return input;
    }

    /// <summary>Gives a value a name of its own and declares it as an output of any number of rows.</summary>
    public void Output(string value, string output, int type, params IEnumerable<long> shape)
    {
        _graph.Node.Add(new NodeProto { OpType = "Identity", Name = output, Input = { value }, Output = { output } });
        _graph.Output.Add(Value(output, type, shape));
    }

    /// <summary>Adds a node of one output.</summary>
    /// <returns>The name of that output.</returns>
    public string Node(string operation, IEnumerable<string> inputs, params IEnumerable<AttributeProto> attributes)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{operation.ToLowerInvariant()}_{_graph.Node.Count}");
        var node = new NodeProto { OpType = operation, Name = name, Output = { name } };
        node.Input.AddRange(inputs);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return name;
    }

    /// <summary>A tensor of float32, on whatever device.</summary>
    /// <returns>Its name.</returns>
    public string Constant(string constant, Tensor value)
    {
        using var scope = NewDisposeScope();
        var host = value.detach().to(ScalarType.Float32, CPU).contiguous();
        return Constant(constant, OnnxType.Single, ByteString.CopyFrom(host.bytes), value.shape);
    }

    public string Constant(string constant, ReadOnlySpan<float> values, params IEnumerable<long> shape) =>
        Constant(constant, OnnxType.Single, ByteString.CopyFrom(MemoryMarshal.AsBytes(values)), shape);

    public string Constant(string constant, ReadOnlySpan<double> values, params IEnumerable<long> shape) =>
        Constant(constant, OnnxType.Double, ByteString.CopyFrom(MemoryMarshal.AsBytes(values)), shape);

    public string Constant(string constant, ReadOnlySpan<long> values, params IEnumerable<long> shape) =>
        Constant(constant, OnnxType.Int64, ByteString.CopyFrom(MemoryMarshal.AsBytes(values)), shape);

    public static AttributeProto Attribute(string name, long value) =>
        new() { Name = name, I = value, Type = AttributeProto.Types.AttributeType.Int };

    public static AttributeProto Attribute(string name, params IEnumerable<long> values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    /// <summary>The graph as a whole file.</summary>
    public ModelProto Model(IReadOnlyDictionary<string, string> metadata)
    {
        var model = new ModelProto
        {
            IrVersion = FormatVersion,
            ProducerName = "rl",
            ProducerVersion = Versions.Program,
            Graph = _graph,
            OpsetImport = { new OperatorSetIdProto { Domain = "", Version = OperatorSet } },
        };
        model.MetadataProps.AddRange(metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return model;
    }

    string Constant(string constant, int type, ByteString bytes, IEnumerable<long> shape)
    {
        var tensor = new TensorProto { Name = constant, DataType = type, RawData = bytes };
        tensor.Dims.AddRange(shape);
        _graph.Initializer.Add(tensor);
        return constant;
    }

    static ValueInfoProto Value(string name, int type, IEnumerable<long> shape)
    {
        var sizes = new TensorShapeProto { Dim = { new TensorShapeProto.Types.Dimension { DimParam = Rows } } };
        sizes.Dim.AddRange(shape.Select(size => new TensorShapeProto.Types.Dimension { DimValue = size }));
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = type, Shape = sizes } } };
    }
}
