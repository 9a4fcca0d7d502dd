using System.Text.Json.Nodes;

namespace RL.Runs;

/// <summary>Options under names that they no longer have, in the files of older runs, policies and presets.</summary>
static class FormerOptions
{
    /// <summary>
    /// Gives the options of an agent the names of today. Refinement was of the executed actions alone:
    /// <code>
    /// refine.enabled, refine.optimizer      → refine.explore.method
    /// refine.probability                    → refine.explore.share
    /// refine.critic, radius, start_steps    → refine.explore.critic, radius, start_steps
    /// </code>
    /// </summary>
    public static void Rename(JsonObject agent)
    {
        if (agent["refine"] is not JsonObject refine)
        {
            return;
        }

        var explore = new JsonObject();
        if (Take(refine, "enabled") is { } enabled)
        {
            var optimizer = Take(refine, "optimizer");
            explore["method"] = enabled.GetValueKind() == System.Text.Json.JsonValueKind.False ? "none" : optimizer ?? "sharp";
        }

        foreach (var (before, now) in new[] { ("probability", "share"), ("critic", "critic"), ("radius", "radius"), ("start_steps", "start_steps") })
        {
            if (Take(refine, before) is { } value)
            {
                explore[now] = value;
            }
        }

        if (explore.Count > 0)
        {
            // What a file says under both names is for the reader of options to refuse or to take: the newer one counts.
            foreach (var (name, value) in refine["explore"] as JsonObject ?? [])
            {
                explore[name] = value?.DeepClone();
            }

            refine["explore"] = explore;
        }
    }

    /// <summary>The options of an older checkpoint, with the names of today and the defaults of what did not exist then.</summary>
    /// <param name="options">{"agent": {…}, "training": {…}, "env": {…}, …}</param>
    /// <param name="run">The run that it belongs to.</param>
    public static JsonObject Completed(JsonObject options, RunOptions run)
    {
        var completed = options.DeepClone().AsObject();
        var defaults = RunOptions.Defaults(run.Agent, run.Environment);
        foreach (var name in new[] { "agent", "training", "env" })
        {
            if (completed[name] is JsonObject section)
            {
                Rename(section);
                Fill(section, defaults.Section(name));
            }
        }

        return completed;
    }

    static void Fill(JsonObject section, JsonObject defaults)
    {
        foreach (var (name, value) in defaults)
        {
            if (!section.ContainsKey(name))
            {
                section[name] = value?.DeepClone();
            }
            else if (section[name] is JsonObject inner && value is JsonObject further)
            {
                Fill(inner, further);
            }
        }
    }

    static JsonNode? Take(JsonObject from, string name)
    {
        var value = from[name]?.DeepClone();
        from.Remove(name);
        return value;
    }
}
