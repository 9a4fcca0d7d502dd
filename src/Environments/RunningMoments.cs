namespace RL.Environments;

/// <summary>
/// Mean and variance of each element of all vectors seen so far (Welford 1962), in double precision and in the order in which
/// they are added. Like Gymnasium's and Stable-Baselines3's they start as if 10⁻⁴ vectors of mean 0 and variance 1 had been seen.
/// </summary>
public sealed class RunningMoments
{
    const double Prior = 1e-4;

    readonly double[] _mean;
    readonly double[] _squares; // Σ (x − mean)²
    double _count = Prior;

    /// <summary>Moments of vectors of <paramref name="size"/> elements, before the first.</summary>
    public RunningMoments(int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        _mean = new double[size];
        _squares = new double[size];
        Array.Fill(_squares, Prior);
    }

    /// <summary>Moments that are known, to be used and not added to.</summary>
    public RunningMoments(ReadOnlySpan<double> mean, ReadOnlySpan<double> variance)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(variance.Length, mean.Length);
        (_mean, _squares, _count) = (mean.ToArray(), variance.ToArray(), 1);
    }

    /// <summary>Elements of a vector.</summary>
    public int Size => _mean.Length;

    /// <summary>Mean of each element. [Size]</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>Variance of element <paramref name="i"/> (of the population).</summary>
    public double Variance(int i) => _squares[i] / _count;

    /// <summary>Takes one vector into account.</summary>
    public void Add(ReadOnlySpan<double> vector)
    {
        _count++;
        var share = 1 / _count;
        for (var i = 0; i < vector.Length; i++)
        {
            var difference = vector[i] - _mean[i];
            _mean[i] += difference * share;
            _squares[i] += difference * (vector[i] - _mean[i]);
        }
    }

    /// <summary>Writes the moments.</summary>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Size);
        writer.Write(_count);
        for (var i = 0; i < Size; i++)
        {
            writer.Write(_mean[i]);
            writer.Write(_squares[i]);
        }
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">They are of vectors of another size.</exception>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var size = reader.ReadInt32();
        if (size != Size)
        {
            throw new InvalidDataException($"The saved moments are of {size} elements; expected: {Size}.");
        }

        _count = reader.ReadDouble();
        for (var i = 0; i < Size; i++)
        {
            _mean[i] = reader.ReadDouble();
            _squares[i] = reader.ReadDouble();
        }
    }
}
