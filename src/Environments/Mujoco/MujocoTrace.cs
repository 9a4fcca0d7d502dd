using System.Text.Json;
using System.Text.Json.Serialization;

namespace RL.Environments;

/// <summary>
/// Traces of Gymnasium's MuJoCo tasks: <c>{ meta: { env_id, options?, … }, episodes: [{ init_qpos, init_qvel, init_obs,
/// actions, obs, reward, terminated }] }</c>. An episode starts from mj_resetData with qpos and qvel written, there is no time limit, and
/// stepping goes on after a termination. mj_forward of the start also fills qacc_warmstart; init_qacc_warmstart, if given, is
/// written over it. What else a trace holds (info values, say) is not compared: the reward is their sum.
/// </summary>
static class MujocoTrace
{
    static readonly JsonSerializerOptions _optionsJson = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static bool Recognizes(JsonElement root) =>
        root.TryGetProperty("meta", out var meta) && meta.ValueKind == JsonValueKind.Object
        && meta.TryGetProperty("env_id", out _) && root.TryGetProperty("episodes", out _);

    public static TraceReport Replay(TraceFile file, string? id)
    {
        var recorded = file.Root.GetProperty("meta").GetProperty("env_id") is { ValueKind: JsonValueKind.String } name
            ? name.GetString()!
            : throw file.Error("meta.env_id is not a string.");
        if (id is not null && id != recorded)
        {
            throw file.Error($"the trace is of {recorded}; expected: {id}.");
        }

        if (!EnvironmentCatalog.Entries.ContainsKey(recorded))
        {
            throw file.Error($"the trace is of {recorded}, which is not in the catalogue.");
        }

        using var environment = EnvironmentCatalog.Make(recorded, options: Options(file, recorded));
        if (environment is not VectorEnvironment<double, float> { Copies: [var outer] } || Simulated(outer) is not { } copy)
        {
            throw file.Error($"the trace is a MuJoCo trace, but {recorded} is not a MuJoCo environment.");
        }

        var report = new TraceReport(0, 0, 0, 0, 0);
        var episodes = file.Items(file.Root.GetProperty("episodes"), "episodes");
        for (var i = 0; i < episodes.Length; i++)
        {
            report = ReplayEpisode(file, $"episodes[{i}]", episodes[i], environment, outer, copy, report);
        }

        return report;
    }

    static TraceReport ReplayEpisode(
        TraceFile file,
        string where,
        JsonElement episode,
        IVectorEnvironment environment,
        SingleEnvironment<double, float> outer,
        MujocoEnvironment copy,
        TraceReport report)
    {
        var (positions, velocities) = copy.StateSize;
        var (qpos, qvel) = (new double[positions], new double[velocities]);
        var action = new double[environment.ActionSpace.Size];
        var action32 = new float[action.Length];
        var observation = new double[environment.ObservationSpace.Size];
        var expected = new double[observation.Length];
        var terms = new double[environment.RewardTerms.Count];
        var random = new Pcg64(0); // the tasks draw nothing while they step

        file.Numbers(file.Get(episode, "init_qpos", where), qpos, $"{where}.init_qpos");
        file.Numbers(file.Get(episode, "init_qvel", where), qvel, $"{where}.init_qvel");
        outer.Reset(random, observation); // what restricts the task begins an episode too
        copy.ResetToRecorded(qpos, qvel, observation);
        if (episode.TryGetProperty("init_qacc_warmstart", out var warmstart))
        {
            var values = new double[velocities];
            file.Numbers(warmstart, values, $"{where}.init_qacc_warmstart");
            copy.SetWarmstart(values);
        }

        file.Numbers(file.Get(episode, "init_obs", where), expected, $"{where}.init_obs");
        var observationError = Math.Max(report.MaxObservationError, Error(observation, expected));
        var rewardError = report.MaxRewardError;
        var mismatches = report.TerminatedMismatches;

        var actions = file.Items(file.Get(episode, "actions", where), $"{where}.actions");
        var observations = file.Items(file.Get(episode, "obs", where), $"{where}.obs", actions.Length);
        var rewards = file.Items(file.Get(episode, "reward", where), $"{where}.reward", actions.Length);
        var terminated = file.Items(file.Get(episode, "terminated", where), $"{where}.terminated", actions.Length);
        for (var t = 0; t < actions.Length; t++)
        {
            file.Numbers(actions[t], action, $"{where}.actions[{t}]");
            for (var i = 0; i < action.Length; i++)
            {
                action32[i] = (float)action[i];
            }

            var result = outer.Step(action32, random, observation, terms);
            file.Numbers(observations[t], expected, $"{where}.obs[{t}]");
            observationError = Math.Max(observationError, Error(observation, expected));
            rewardError = Math.Max(rewardError, Error(result.Reward, file.Number(rewards[t], $"{where}.reward[{t}]")));
            mismatches += result.Terminated == file.Flag(terminated[t], $"{where}.terminated[{t}]") ? 0 : 1;
        }

        return new TraceReport(
            observationError, rewardError, mismatches, report.Episodes + 1, report.Steps + actions.Length);
    }

    /// <summary>The options that it was recorded with, from meta.options in JSON with snake_case names; null for the defaults.</summary>
    static object? Options(TraceFile file, string id)
    {
        if (!file.Root.GetProperty("meta").TryGetProperty("options", out var options))
        {
            return null;
        }

        try
        {
            return (options.Deserialize(EnvironmentCatalog.Entries[id].DefaultOptions.GetType(), _optionsJson)
                ?? throw new JsonException("null is no object.")).Checked();
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw file.Error($"meta.options are no options of {id}: {ErrorWords.Of(exception)}");
        }
    }

    /// <summary>The simulation below what restricts it; null if the task is none of MuJoCo's.</summary>
    static MujocoEnvironment? Simulated(SingleEnvironment<double, float> copy) => copy switch
    {
        MujocoEnvironment simulated => simulated,
        RestrictedEnvironment<double> restricted => Simulated(restricted.Task),
        _ => null,
    };

    static double Error(ReadOnlySpan<double> actual, ReadOnlySpan<double> expected)
    {
        var error = 0.0;
        for (var i = 0; i < actual.Length; i++)
        {
            error = Math.Max(error, Error(actual[i], expected[i])); // Math.Max hands on a NaN
        }

        return error;
    }

    static double Error(double actual, double expected) => actual.Equals(expected) ? 0 : Math.Abs(actual - expected);
}
