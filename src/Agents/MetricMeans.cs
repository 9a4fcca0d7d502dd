namespace RL.Agents;

/// <summary>Averages every series between two points of its curve, and passes distributions on when they are due.</summary>
/// <param name="histogram">Receives a distribution at the current step; null: none are wanted.</param>
sealed class MetricMeans(HistogramReceiver? histogram = null) : IMetrics, IHistograms
{
    /// <summary>A loss that every update has once: that of critics, or PPO's of values.</summary>
    static readonly string[] _losses = ["loss/critic", "loss/value"];

    readonly SortedDictionary<string, (double Sum, long Count)> _series = new(StringComparer.Ordinal);
    bool _isDue;

    public void Scalar(string tag, double value)
    {
        var (sum, count) = _series.GetValueOrDefault(tag);
        _series[tag] = (sum + value, count + 1);
    }

    /// <summary>The distributions of the next update are wanted.</summary>
    public void WantHistograms() => _isDue = histogram is not null;

    /// <inheritdoc/>
    public IHistograms? TakeHistograms()
    {
        var isDue = _isDue;
        _isDue = false;
        return isDue ? this : null;
    }

    /// <inheritdoc/>
    public void Add(string tag, ReadOnlySpan<float> values) => histogram!(tag, values);

    /// <summary>Updates since the values were handed out.</summary>
    public long Updates => _losses.Max(loss => _series.GetValueOrDefault(loss).Count);

    /// <summary>Hands out the mean of every series that has values, and starts anew.</summary>
    public void Flush(Action<string, double> scalar)
    {
        foreach (var (tag, (sum, count)) in _series)
        {
            scalar(tag, sum / count);
        }

        _series.Clear();
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_series.Count);
        foreach (var (tag, (sum, count)) in _series)
        {
            writer.Write(tag);
            writer.Write(sum);
            writer.Write(count);
        }

        // Runs without distributions have checkpoints without it.
        if (histogram is not null)
        {
            writer.Write(_isDue);
        }
    }

    public void Load(BinaryReader reader)
    {
        _series.Clear();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            _series[reader.ReadString()] = (reader.ReadDouble(), reader.ReadInt64());
        }

        _isDue = histogram is not null && reader.ReadBoolean();
    }
}

/// <summary>Receives a distribution.</summary>
delegate void HistogramReceiver(string tag, ReadOnlySpan<float> values);
