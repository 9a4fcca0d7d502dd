using System.Collections.Concurrent;
using System.Text.Json;

namespace RL.Dashboard;

/// <summary>What is known of a folder that is a run of ours, looked at again every few seconds.</summary>
sealed class RunStates(TimeProvider clock)
{
    static readonly TimeSpan _lifetime = TimeSpan.FromSeconds(2);

    readonly ConcurrentDictionary<string, (long Time, RunState State)> _known = new();

    /// <summary>Status and length of a run; empty of the runs of others.</summary>
    public RunState Of(string folder)
    {
        if (_known.TryGetValue(folder, out var known) && clock.GetElapsedTime(known.Time) < _lifetime)
        {
            return known.State;
        }

        var state = IsOurs(folder) ? Read(folder) : new RunState(null, 0, null);
        _known[folder] = (clock.GetTimestamp(), state);
        return state;
    }

    /// <summary>Whether a folder is one that this program has made for a run.</summary>
    public static bool IsOurs(string folder) => RegularFile.Problem(Path.Combine(folder, RunFolder.DocumentName)) is null
        && !RegularFile.IsLink(Path.Combine(folder, RunFolder.DocumentName)) && File.Exists(Path.Combine(folder, RunFiles.FileName));

    static RunState Read(string folder)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, RunFolder.DocumentName)));
            var total = document.RootElement.TryGetProperty("training", out var training) && training.ValueKind == JsonValueKind.Object
                && training.TryGetProperty("total_steps", out var steps) && steps.TryGetInt64(out var number) ? number : 0;
            return new(RunInfo.StatusOf(folder), total, null);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidDataException or JsonException or InvalidOperationException)
        {
            return new(RunInfo.Unreadable, 0, "run.json or result.json cannot be read.");
        }
    }
}

/// <param name="Status">As in <see cref="RunInfo"/>; null of the runs of others.</param>
/// <param name="TotalSteps">Steps to do; 0 if it is not known.</param>
/// <param name="Problem">What cannot be read.</param>
readonly record struct RunState(string? Status, long TotalSteps, string? Problem);
