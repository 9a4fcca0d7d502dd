using Microsoft.ML.OnnxRuntime;
using RL.Environments;

namespace RL.Runs.Tests;

/// <summary>An exported policy as ONNX Runtime plays it.</summary>
sealed class OnnxSession(string file) : IDisposable
{
    readonly InferenceSession _session = new(file, new SessionOptions { IntraOpNumThreads = 1 });

    public IReadOnlyDictionary<string, string> Metadata => _session.ModelMetadata.CustomMetadataMap;

    public void Dispose() => _session.Dispose();

    /// <summary>Every output by its name; [rows × …] row after row.</summary>
    /// <param name="observations">As the task gives them.</param>
    /// <param name="noise">float[] [rows × size], double[] [rows] or null.</param>
    public IReadOnlyDictionary<string, double[]> Run(SpaceBuffer observations, Array? noise = null)
    {
        var (space, rows) = (observations.Space, observations.Count);
        long[] shape = [rows, .. space.Shape.Select(size => (long)size)];
        OrtValue Of<T>(T[] values, long[] sizes)
            where T : unmanaged => OrtValue.CreateTensorValueFromMemory(values, sizes);
        using var observation = space.ElementType switch
        {
            ElementType.UInt8 => Of(observations.Values<byte>().ToArray(), shape),
            ElementType.Int32 => Of(observations.Values<int>().ToArray(), shape),
            ElementType.Float32 => Of(observations.Values<float>().ToArray(), shape),
            _ => Of(observations.Values<double>().ToArray(), shape),
        };
        using var drawn = noise switch
        {
            float[] values => Of(values, [rows, values.Length / rows]),
            double[] values => Of(values, [rows]),
            _ => null,
        };
        var inputs = new Dictionary<string, OrtValue> { ["observation"] = observation };
        if (drawn is not null)
        {
            inputs.Add("noise", drawn);
        }

        using var options = new Microsoft.ML.OnnxRuntime.RunOptions();
        using var results = _session.Run(options, inputs, _session.OutputNames);
        return _session.OutputNames.Zip(results).ToDictionary(pair => pair.First, pair => Numbers(pair.Second));
    }

    static double[] Numbers(OrtValue value) => value.GetTensorTypeAndShape().ElementDataType switch
    {
        Microsoft.ML.OnnxRuntime.Tensors.TensorElementType.Int64 => [.. value.GetTensorDataAsSpan<long>().ToArray().Select(number => (double)number)],
        _ => [.. value.GetTensorDataAsSpan<float>().ToArray().Select(number => (double)number)],
    };
}
