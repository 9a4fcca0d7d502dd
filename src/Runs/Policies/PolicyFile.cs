using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>
/// A safetensors file with everything that acting needs: the agent's networks; where observations are normalised, their moments
/// (observations.mean and observations.variance, float64); and in its metadata agent, environment, step and all options of the run.
/// </summary>
static class PolicyFile
{
    const string Mean = "observations.mean";
    const string Variance = "observations.variance";
    const string Options = "options";
    const string Step = "step";

    /// <summary>Writes the networks of an agent after <paramref name="step"/> steps of a run.</summary>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> networks, RunningMoments? moments, RunOptions options, long step)
    {
        var metadata = new Dictionary<string, string>
        {
            ["agent"] = options.Agent.Name,
            ["environment"] = options.Environment.Spec.Id,
            [Step] = step.ToString(CultureInfo.InvariantCulture),
            [Options] = JsonSerializer.Serialize(options.Document, OptionsJson.Line),
        };
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(networks);
        if (moments is not null)
        {
            tensors.Add(Mean, tensor(moments.Mean.ToArray()));
            tensors.Add(Variance, tensor([.. Enumerable.Range(0, moments.Size).Select(moments.Variance)]));
        }

        AtomicFile.Write(path, stream => SafeTensors.Write(stream, tensors, metadata));
    }

    /// <summary>The networks, and the moments if there are any.</summary>
    /// <exception cref="InvalidDataException">It is no such file.</exception>
    public static (IReadOnlyDictionary<string, Tensor> Networks, RunningMoments? Moments) Read(string path)
    {
        var tensors = SafeTensors.ReadFinite(path);
        var (hasMean, hasVariance) = (tensors.Remove(Mean, out var mean), tensors.Remove(Variance, out var variance));
        if (!hasMean && !hasVariance)
        {
            return (tensors, null);
        }

        using (mean)
        using (variance)
        {
            var shape = mean?.shape;
            return mean is not null && variance is not null && shape is [> 0] && variance.shape.SequenceEqual(shape)
                && mean.dtype == ScalarType.Float64 && variance.dtype == ScalarType.Float64 && variance.ge(0).all().item<bool>()
                ? (tensors, new RunningMoments(Doubles(mean), Doubles(variance)))
                : throw new InvalidDataException(
                    $"{path} has no usable moments of normalised observations: {Mean} is {Described(mean)}, {Variance} {Described(variance)}{(hasVariance && variance!.lt(0).any().item<bool>() ? ", and negative" : "")}; "
                    + "allowed: two vectors of the same length in F64, the variances not negative.");
        }
    }

    /// <summary>The options of the run that wrote the file: the content of its run.json without the sessions.</summary>
    /// <exception cref="UserException">It is not a policy file, or its metadata lacks the options of its run.</exception>
    public static Preset ReadOptions(string path)
    {
        try
        {
            var metadata = SafeTensors.ReadMetadata(path);
            if (!metadata.TryGetValue(Options, out var options))
            {
                throw new UserException(
                    $"{path} is not a policy file: its metadata has {(metadata.Count == 0 ? "no entries" : string.Join(", ", metadata.Keys))}; "
                    + $"allowed: a file whose metadata has '{Options}', as training runs write it.");
            }

            return Preset.Parse(options, path) ?? throw new UserException($"{path}: its metadata's '{Options}' is empty.");
        }
        catch (InvalidDataException exception)
        {
            throw new UserException(exception.Message);
        }
        catch (JsonException exception)
        {
            throw new UserException($"{path}: its metadata's '{Options}' cannot be read: {exception.Sentence()}");
        }
    }

    /// <summary>The step that a file was written after; null if its metadata has none.</summary>
    public static string? ReadStep(string path) => SafeTensors.ReadMetadata(path).GetValueOrDefault(Step);

    static string Described(Tensor? tensor) => tensor is null ? "missing"
        : $"{tensor.dtype} [{string.Join('×', tensor.shape)}]";

    static ReadOnlySpan<double> Doubles(Tensor tensor) => MemoryMarshal.Cast<byte, double>(tensor.bytes);
}
