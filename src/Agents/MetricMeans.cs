namespace RL.Agents;

/// <summary>Averages every series between two points of its curve.</summary>
sealed class MetricMeans : IMetrics
{
    readonly SortedDictionary<string, (double Sum, long Count)> _series = new(StringComparer.Ordinal);

    public void Scalar(string tag, double value)
    {
        var (sum, count) = _series.GetValueOrDefault(tag);
        _series[tag] = (sum + value, count + 1);
    }

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
    }

    public void Load(BinaryReader reader)
    {
        _series.Clear();
        for (var count = reader.ReadInt32(); count > 0; count--)
        {
            _series[reader.ReadString()] = (reader.ReadDouble(), reader.ReadInt64());
        }
    }
}
