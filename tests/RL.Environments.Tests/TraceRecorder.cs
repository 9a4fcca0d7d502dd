using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace RL.Environments.Tests;

/// <summary>Records traces of this implementation, in the format of the references.</summary>
static class TraceRecorder
{
    static readonly JsonSerializerOptions _settings = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>An episode of random actions from seed 11, which goes on after a termination.</summary>
    /// <param name="id">A MuJoCo task.</param>
    /// <param name="steps">Its length.</param>
    /// <param name="options">Recorded with it, as far as they restrict actions; null for the defaults.</param>
    public static JsonObject Record(string id, int steps, RestrictableTaskOptions? options = null)
    {
        using var environment = (VectorEnvironment<double, float>)EnvironmentCatalog.Make(id, options: options);
        var copy = environment.Copies[0];
        var simulated = copy;
        while (simulated is RestrictedEnvironment<double> restricted)
        {
            simulated = restricted.Task;
        }

        var simulation = ((MujocoEnvironment)simulated).Simulation;
        var (random, observation) = (new Pcg64(1), new double[environment.ObservationSpace.Size]);
        environment.Reset(11);
        var episode = new JsonObject
        {
            ["seed"] = 11,
            ["init_qpos"] = Array(simulation.Qpos),
            ["init_qvel"] = Array(simulation.Qvel),
            ["init_obs"] = Array(environment.Observations.Row<double>(0)),
            ["reset_info_tendon_length"] = new JsonArray(0.5, -0.5),
            ["reset_info_x_position"] = 0.1,
        };
        var action = new SpaceBuffer(environment.ActionSpace, 1);
        JsonArray actions = [], observations = [], rewards = [], terminated = [], info = [];
        for (var step = 0; step < steps; step++)
        {
            environment.ActionSpace.Sample(random, action, 0);
            var result = copy.Step(action.Row<float>(0), random, observation, new double[environment.RewardTerms.Count]);
            actions.Add(new JsonArray([.. action.Row<float>(0).ToArray().Select(value => JsonValue.Create((double)value))]));
            observations.Add(Array(observation));
            rewards.Add(result.Reward);
            terminated.Add(result.Terminated);
            info.Add(new JsonArray(1.0, step));
        }

        (episode["actions"], episode["obs"], episode["reward"]) = (actions, observations, rewards);
        (episode["terminated"], episode["info_tendon_length"]) = (terminated, info);
        var meta = new JsonObject { ["env_id"] = id, ["reward_threshold"] = null };
        if (options is not null)
        {
            meta["options"] = new JsonObject
            {
                ["restrict"] = JsonSerializer.SerializeToNode(options.Restrict, _settings),
                ["restrict_size"] = options.RestrictSize,
                ["action_range"] = options.ActionRange,
            };
        }

        return new JsonObject { ["meta"] = meta, ["episodes"] = new JsonArray(episode) };
    }

    /// <summary>Writes it compressed.</summary>
    public static void Write(string file, JsonObject trace)
    {
        using var stream = new GZipStream(File.Create(file), CompressionLevel.SmallestSize);
        JsonSerializer.Serialize(stream, trace, _settings);
    }

    static JsonArray Array(ReadOnlySpan<double> values) => new([.. values.ToArray().Select(value => JsonValue.Create(value))]);
}
