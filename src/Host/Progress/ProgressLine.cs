using System.Globalization;

namespace RL.Host;

/// <summary>
/// Shows the progress of training: in a terminal one line that is updated at most ten times a second, elsewhere a plain line every
/// ten seconds. Each evaluation is a line that stays.
/// </summary>
sealed class ProgressLine(IStatus? status, TimeProvider clock)
{
    const int MostReturns = 20;
    const string LossPrefix = "loss/";

    static readonly TimeSpan _redraw = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan _plain = TimeSpan.FromSeconds(10);
    static readonly TimeSpan _window = TimeSpan.FromSeconds(30);

    /// <summary>Points of the last half minute, for a rate that follows changes (learning is slower than warming up).</summary>
    readonly Queue<(long Time, long Step)> _recent = new();

    /// <summary>Returns of the last training episodes.</summary>
    readonly Queue<double> _returns = new();

    readonly SortedDictionary<string, double> _losses = new(StringComparer.Ordinal);
    EvaluationRow? _last, _best;
    long _total, _step, _written, _sampled;

    /// <summary>Begins after <paramref name="step"/> of <paramref name="total"/> steps.</summary>
    public void Begin(long step, long total, EvaluationRow? last, EvaluationRow? best)
    {
        (_step, _total, _last, _best) = (step, total, last, best);
        _written = _sampled = clock.GetTimestamp();
        _recent.Enqueue((_written, step));
    }

    /// <summary>The loop has reached <paramref name="step"/>. Reads the clock once.</summary>
    public void Report(long step)
    {
        _step = step;
        if (status is not null && clock.GetElapsedTime(_written) >= (status.IsTerminal ? _redraw : _plain))
        {
            Write();
        }
    }

    /// <summary>A value was logged. Returns of episodes and losses are shown.</summary>
    public void Logged(string tag, double value)
    {
        if (tag == "episode/return")
        {
            _returns.Enqueue(value);
            if (_returns.Count > MostReturns)
            {
                _returns.Dequeue();
            }
        }
        else if (tag.StartsWith(LossPrefix, StringComparison.Ordinal))
        {
            _losses[tag[LossPrefix.Length..]] = value;
        }
    }

    /// <summary>An evaluation was made.</summary>
    public void Evaluated(EvaluationRow last, EvaluationRow? best)
    {
        (_last, _best) = (last, best);
        _step = last.Step;
        if (status is { IsTerminal: true })
        {
            status.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"step {last.Step:N0}: evaluation {last.Mean:N1} ± {last.StandardDeviation:N1}{(best == last ? ", the best so far" : "")}"));
        }

        if (status is not null)
        {
            Write();
        }
    }

    /// <summary>The line as it would be written now.</summary>
    public string Text()
    {
        var culture = CultureInfo.InvariantCulture;
        var parts = new List<string> { string.Create(culture, $"{_step:N0}/{_total:N0} {Math.Floor(1000.0 * _step / _total) / 10:F1}%") };
        var (time, step) = _recent.Count > 0 ? _recent.Peek() : (clock.GetTimestamp(), _step);
        var seconds = clock.GetElapsedTime(time).TotalSeconds;
        var rate = seconds > 0 ? (_step - step) / seconds : 0;
        if (rate > 0)
        {
            parts.Add(string.Create(culture, $"{rate:N0} steps/s"));
        }

        if (_last is not null)
        {
            parts.Add(string.Create(culture, $"evaluation {_last.Mean:N1}")
                + (_best is null ? "" : string.Create(culture, $" (best {_best.Mean:N1} at {_best.Step:N0})")));
        }

        if (_returns.Count > 0)
        {
            parts.Add(string.Create(culture, $"training {_returns.Average():N1}"));
        }

        if (rate > 0 && _step < _total)
        {
            var left = TimeSpan.FromSeconds(Math.Min((_total - _step) / rate, 1e9));
            parts.Add(string.Create(culture, $"ETA {(long)left.TotalHours}:{left.Minutes:D2}:{left.Seconds:D2}"));
        }

        // Last, as a narrow terminal shows the beginning.
        if (_losses.Count > 0)
        {
            parts.Add("loss " + string.Join(", ", _losses.Select(loss => string.Create(culture, $"{loss.Key} {loss.Value:G3}"))));
        }

        return string.Join("  ", parts);
    }

    void Write()
    {
        _written = clock.GetTimestamp();
        var text = Text();
        if (status!.IsTerminal)
        {
            status.Draw(text);
        }
        else
        {
            status.WriteLine(text);
        }

        if (clock.GetElapsedTime(_sampled) >= TimeSpan.FromSeconds(1))
        {
            _sampled = _written;
            _recent.Enqueue((_written, _step));
            while (_recent.Count > 2 && clock.GetElapsedTime(_recent.Peek().Time) > _window)
            {
                _recent.Dequeue();
            }
        }
    }
}
