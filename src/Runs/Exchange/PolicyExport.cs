using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using RL.Agents;

namespace RL.Runs;

/// <summary>Writes policies as ONNX files that need nothing of this program to play.</summary>
static class PolicyExport
{
    public const string Ending = ".onnx";

    /// <summary>Writes a policy. Metadata: task, agent, spaces, step, options, return.</summary>
    /// <param name="path">The file; it is complete or absent.</param>
    /// <param name="policy">The policy; it stays the caller's.</param>
    /// <param name="sampled">Draw actions as in training, from a noise that is an input.</param>
    /// <param name="step">Steps of training before it; null: unknown.</param>
    /// <param name="evaluation">What it reached; null: unknown.</param>
    /// <exception cref="UserException">The policy is no network of the observation, or is to be sampled and is deterministic.</exception>
    public static void Write(string path, Policy policy, bool sampled, long? step = null, ExportedReturn? evaluation = null)
    {
        var metadata = new Dictionary<string, string>
        {
            ["task"] = policy.Environment.Id,
            ["agent"] = policy.Algorithm,
            ["observation_space"] = policy.ObservationSpace.ToString(),
            ["action_space"] = policy.ActionSpace.ToString(),
            ["actions"] = sampled ? "sampled" : "greedy",
            ["options"] = JsonSerializer.Serialize(policy.Options.Document, OptionsJson.Line),
        };
        if (step is { } at)
        {
            metadata["step"] = at.ToString(CultureInfo.InvariantCulture);
        }

        if (evaluation is { } reached)
        {
            metadata["return"] = reached.Mean.ToString("R", CultureInfo.InvariantCulture);
            metadata["return_std"] = reached.StandardDeviation.ToString("R", CultureInfo.InvariantCulture);
            metadata["return_episodes"] = reached.Episodes.ToString(CultureInfo.InvariantCulture);
        }

        var model = OnnxPolicy.Build(policy, sampled).Model(metadata);
        AtomicFile.Write(path, model.WriteTo);
    }
}

/// <summary>Returns of the episodes that tell what a policy reached.</summary>
/// <param name="Mean">Their mean.</param>
/// <param name="StandardDeviation">Their standard deviation.</param>
/// <param name="Episodes">Their number.</param>
sealed record ExportedReturn(double Mean, double StandardDeviation, int Episodes)
{
    public static ExportedReturn Of(EvaluationResult result) => new(result.Mean, result.StandardDeviation, result.Returns.Count);
}
