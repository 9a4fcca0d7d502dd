using System.Globalization;

namespace RL.Cluster;

/// <summary>An attempt at a run: "&lt;epoch&gt;/&lt;run&gt;" as text.</summary>
/// <param name="Epoch">Its number (<see cref="RunJob.Epoch"/>).</param>
/// <param name="Run">The run's folder below the folder of all runs.</param>
readonly record struct RunAttempt(long Epoch, string Run)
{
    /// <summary>Reads <see cref="ToString"/>.</summary>
    public static RunAttempt Parse(string text)
    {
        var parts = text.Split('/', 2);
        return new(long.Parse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture), parts[1]);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Epoch}/{Run}");
}
