using System.Globalization;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Shows how many episodes are played, and their mean return so far; of a film, its steps too.</summary>
sealed class EpisodeProgress(StatusLine status, int episodes, TimeProvider clock)
{
    readonly PacedStatus _status = new(status, clock);
    double _sum;
    int _count;

    /// <summary>An episode was played.</summary>
    public void Finished(double episodeReturn)
    {
        (_sum, _count) = (_sum + episodeReturn, _count + 1);
        _status.Log(LogLevel.Debug, string.Create(CultureInfo.InvariantCulture, $"episode {_count:N0}: return {episodeReturn:N1}"));
        _status.Show(() => string.Create(CultureInfo.InvariantCulture, $"{_count:N0}/{episodes:N0} episodes  mean return {_sum / _count:N1}"));
    }

    /// <summary>A step was recorded.</summary>
    public void Recorded(int steps) =>
        _status.Show(() => string.Create(CultureInfo.InvariantCulture, $"{_count:N0}/{episodes:N0} episodes  {steps:N0} steps recorded"));
}
