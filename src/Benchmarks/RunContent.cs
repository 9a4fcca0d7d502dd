using System.Globalization;
using System.Text.Json.Nodes;
using RL.Runs;

namespace RL.Benchmarks;

/// <summary>Everything that two equal runs have in common, to compare them byte by byte: all but times and the files' division into sessions.</summary>
static class RunContent
{
    /// <summary>Name → content: files as hashes, the newest checkpoint's state, every scalar of the event files.</summary>
    public static Dictionary<string, string> Of(string folder)
    {
        var content = new Dictionary<string, string>();
        foreach (var name in new[] { RunFolder.PolicyName, RunFolder.BestPolicyName, EvaluationTable.FileName })
        {
            var file = Path.Combine(folder, name);
            content[name] = File.Exists(file) ? Hash(File.ReadAllBytes(file)) : "none";
        }

        var result = File.Exists(Path.Combine(folder, RunResult.FileName))
            ? JsonNode.Parse(File.ReadAllText(Path.Combine(folder, RunResult.FileName)))!.AsObject() : [];
        result.Remove("seconds");
        content[RunResult.FileName] = result.ToJsonString();
        var checkpoints = Path.Combine(folder, RunFiles.Checkpoints);
        var files = Directory.Exists(checkpoints) ? Directory.GetFiles(checkpoints).Select(file => Path.GetFileName(file)).ToHashSet() : [];
        var needed = new HashSet<string>();
        foreach (var name in files.Where(name => name.StartsWith("checkpoint-", StringComparison.Ordinal)).OrderBy(StepOf))
        {
            // The last is compared: which others there are depends on where a run was stopped.
            var checkpoint = CheckpointFile.Read(Path.Combine(checkpoints, name));
            needed.UnionWith([name, .. checkpoint.Manifest.Parts().Select(part => part.Name)]);
            content["checkpoint"] = $"{name} {Hash(State(checkpoint.Path))} {string.Join(' ', checkpoint.Manifest.Parts())}";
        }

        content["files that no checkpoint needs"] = string.Join(' ', files.Except(needed).Order(StringComparer.Ordinal));
        foreach (var tag in Directory.Exists(folder) ? EventScalars.Tags(folder) : [])
        {
            if (!tag.StartsWith("time/", StringComparison.Ordinal))
            {
                content[tag] = string.Join(' ', EventScalars.Read(folder, tag).Select(scalar => string.Create(
                    CultureInfo.InvariantCulture, $"{scalar.Step}:{scalar.Value:R}")));
            }
        }

        return content;
    }

    static long StepOf(string name) => long.Parse(name["checkpoint-".Length..^".bin".Length], CultureInfo.InvariantCulture);

    /// <summary>A checkpoint without its prefix and its manifest, which names the event files of its sessions.</summary>
    static byte[] State(string file)
    {
        var bytes = File.ReadAllBytes(file);
        return bytes[CheckpointFile.PrefixBytes..(int)(CheckpointFile.PrefixBytes + CheckpointFile.StateBytes(bytes))];
    }

    static string Hash(byte[] bytes) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes));
}
