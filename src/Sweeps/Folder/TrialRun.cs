using System.Globalization;

namespace RL.Sweeps;

/// <summary>One run of a trial, with one seed, as its folder shows it. Whoever stopped it, and how, makes no difference.</summary>
/// <param name="Folder">The run's folder, which need not be there yet.</param>
/// <param name="Steps">Steps that are not lost: those of the newest checkpoint.</param>
/// <param name="IsFinished">Whether it has reached its last step.</param>
/// <param name="Evaluations">Its evaluations, in order.</param>
public sealed record TrialRun(string Folder, long Steps, bool IsFinished, IReadOnlyList<EvaluationRow> Evaluations)
{
    const string CheckpointBeginning = "checkpoint-";

    /// <summary>Whether it has been begun: prepared at least.</summary>
    public bool IsPrepared { get; private init; }

    /// <summary>Reads a run's folder. One that is damaged is a run without results: who is to go on with it is told what is wrong.</summary>
    public static TrialRun Read(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var isPrepared = File.Exists(Path.Combine(folder, RunFolder.DocumentName));
        try
        {
            var isFinished = RunResult.ReadUndamaged(folder) is { Status: RunResult.Finished };
            return new(folder, StepsOfTheNewestCheckpoint(folder), isFinished, [.. EvaluationTable.Read(folder)]) { IsPrepared = isPrepared };
        }
        catch (InvalidDataException)
        {
            return new(folder, 0, false, []) { IsPrepared = isPrepared };
        }
    }

    /// <summary>Whether it has come to the end of a rung, so that what follows can no more change its score there.</summary>
    /// <param name="steps">Steps of the rung.</param>
    /// <param name="isLast">Whether that is the end of training, at which a last evaluation follows the last checkpoint.</param>
    public bool HasReached(long steps, bool isLast) => IsFinished || (!isLast && Steps >= steps);

    /// <summary>The score at the end of a rung.</summary>
    /// <param name="metric">What counts.</param>
    /// <param name="steps">Steps of the rung; copies that are stepped together may pass it by less than one step of each.</param>
    /// <param name="copies">Environment copies.</param>
    /// <returns>NaN if there was no evaluation up to then, or one that counts is not a number.</returns>
    public double Score(SweepMetric metric, long steps, int copies)
    {
        var end = (steps + copies - 1) / copies * copies;
        var rows = Evaluations.Where(row => row.Step <= end).ToList();
        return rows.Count == 0 ? double.NaN : metric switch
        {
            SweepMetric.Best => rows.Exists(row => !double.IsNaN(row.Mean)) ? rows.Where(row => !double.IsNaN(row.Mean)).Max(row => row.Mean) : double.NaN,
            SweepMetric.Area => RunStatistics.MeanHeight([.. rows.Select(row => row.Step)], [.. rows.Select(row => row.Mean)]),
            SweepMetric.Return => rows[^1].Mean,
            _ => throw new ArgumentOutOfRangeException(nameof(metric), metric, "There is no such metric."),
        };
    }

    static long StepsOfTheNewestCheckpoint(string folder)
    {
        var checkpoints = Path.Combine(folder, RunFiles.Checkpoints);
        return Directory.Exists(checkpoints)
            ? Directory.EnumerateFiles(checkpoints, $"{CheckpointBeginning}*.bin")
                .Select(file => Path.GetFileNameWithoutExtension(file)[CheckpointBeginning.Length..])
                .Select(step => long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : 0)
                .DefaultIfEmpty(0).Max()
            : 0;
    }
}
