namespace RL.Dashboard;

/// <summary>
/// A curve in bounded memory: up to 512 buckets of equally many points, each with its mean, smallest and largest value, so that peaks stay
/// visible. When all are full, every two become one. The last bucket may hold fewer points.
/// </summary>
sealed class ScalarSeries
{
    public const int MostBuckets = 512;

    const int FirstCapacity = 16;

    Bucket[] _buckets = new Bucket[FirstCapacity];
    int _count, _stride = 1;

    /// <summary>Buckets, in order.</summary>
    public ReadOnlySpan<Bucket> Buckets => _buckets.AsSpan(0, _count);

    /// <summary>Adds a point behind the others.</summary>
    public void Add(long step, double time, double value)
    {
        if (_count > 0 && _buckets[_count - 1].Points < _stride)
        {
            _buckets[_count - 1] = Bucket.Join(_buckets[_count - 1], Bucket.Of(step, time, value));
            return;
        }

        if (_count == MostBuckets)
        {
            for (var i = 0; i < MostBuckets / 2; i++)
            {
                _buckets[i] = Bucket.Join(_buckets[2 * i], _buckets[(2 * i) + 1]);
            }

            (_count, _stride) = (MostBuckets / 2, _stride * 2);
        }
        else if (_count == _buckets.Length)
        {
            Array.Resize(ref _buckets, Math.Min(MostBuckets, 2 * _count));
        }

        _buckets[_count++] = Bucket.Of(step, time, value);
    }

    /// <summary>Drops what was told of a step and later ones, to a bucket.</summary>
    public void DropFrom(long step)
    {
        while (_count > 0 && _buckets[_count - 1].Step >= step)
        {
            _count--;
        }
    }

    /// <summary>At most so many buckets, made of neighbouring ones.</summary>
    public Bucket[] Thinned(int most)
    {
        var together = (_count + most - 1) / Math.Max(1, most);
        var thinned = new Bucket[together == 0 ? 0 : (_count + together - 1) / together];
        for (var i = 0; i < _count; i++)
        {
            thinned[i / together] = i % together == 0 ? _buckets[i] : Bucket.Join(thinned[i / together], _buckets[i]);
        }

        return thinned;
    }
}

/// <summary>Neighbouring points of a curve. Step and time are those of the last; NaN values count in no figure but their number.</summary>
readonly record struct Bucket(long Step, double Time, float Mean, float Low, float High, int Points)
{
    public static Bucket Of(long step, double time, double value) => new(step, time, (float)value, (float)value, (float)value, 1);

    public static Bucket Join(Bucket first, Bucket second) => new(
        second.Step,
        second.Time,
        float.IsNaN(first.Mean) ? second.Mean : float.IsNaN(second.Mean) ? first.Mean
            : (float)((((double)first.Mean * first.Points) + ((double)second.Mean * second.Points)) / (first.Points + second.Points)),
        float.IsNaN(first.Low) ? second.Low : Math.Min(first.Low, float.IsNaN(second.Low) ? first.Low : second.Low),
        float.IsNaN(first.High) ? second.High : Math.Max(first.High, float.IsNaN(second.High) ? first.High : second.High),
        (int)Math.Min((long)first.Points + second.Points, int.MaxValue));
}
