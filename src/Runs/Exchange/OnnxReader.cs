using Google.Protobuf;
using RL.Environments;
using RL.Runs.Onnx;

namespace RL.Runs;

/// <summary>
/// Reads networks of policies from ONNX files: a chain from one input to one output, with sums of a value and a branch of it, of Gemm, MatMul, Add,
/// Sub, Mul, Div, Clip, Relu, Tanh, Sigmoid, Conv, MaxPool, Flatten, Reshape, Transpose of images, Identity, Cast, and a last ArgMax. Constants
/// are initializers or Constant nodes. Of what the output does not need, everything is allowed.
/// </summary>
static class OnnxReader
{
    /// <summary>Protobuf's own limit.</summary>
    const long LargestFile = int.MaxValue;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Names the node that cannot be imported.</exception>
    public static ImportedModel Read(string file, Space observations, ImportSettings settings)
    {
        if (new FileInfo(file).Length is var length && length > LargestFile)
        {
            throw new InvalidDataException($"it has {length} bytes; allowed: {LargestFile}");
        }

        try
        {
            using var stream = File.OpenRead(file);
            var graph = ModelProto.Parser.ParseFrom(stream).Graph ?? throw new InvalidDataException("it has no graph");
            var flow = OnnxFlow.Of(graph, settings.Output);
            var model = new OnnxChain(observations).Read(flow.Steps());
            return model with { IsNormalized = settings.IsNormalized };
        }
        catch (InvalidProtocolBufferException exception)
        {
            throw new InvalidDataException($"it is no whole ONNX file: {exception.Message}", exception);
        }
    }
}
