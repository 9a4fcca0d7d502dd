using System.Globalization;

namespace RL.Host;

/// <summary>Shows how many episodes are played, and their mean return so far: in a terminal one line, elsewhere a line every ten seconds.</summary>
sealed class EpisodeProgress(StatusLine status, int episodes, TimeProvider clock)
{
    static readonly TimeSpan _plain = TimeSpan.FromSeconds(10);

    long _written = clock.GetTimestamp();
    double _sum;
    int _count;

    /// <summary>An episode was played.</summary>
    public void Finished(double episodeReturn)
    {
        (_sum, _count) = (_sum + episodeReturn, _count + 1);
        var text = string.Create(CultureInfo.InvariantCulture, $"{_count:N0}/{episodes:N0} episodes  mean return {_sum / _count:N1}");
        if (status.IsTerminal)
        {
            status.Draw(text);
        }
        else if (clock.GetElapsedTime(_written) >= _plain)
        {
            _written = clock.GetTimestamp();
            status.WriteLine(text);
        }
    }
}
