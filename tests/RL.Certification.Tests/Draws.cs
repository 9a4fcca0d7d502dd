namespace RL.Certification.Tests;

/// <summary>Uniform numbers from a seed (SplitMix64: Steele, Lea and Flood 2014).</summary>
sealed class Draws(ulong seed)
{
    ulong _state = seed;

    /// <summary>In [0, 1).</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>From 0 to end − 1.</summary>
    public int Next(int end) => (int)(Next() % (ulong)end);

    /// <summary>From first to end − 1.</summary>
    public int Next(int first, int end) => first + Next(end - first);

    /// <summary>In [−scale, scale).</summary>
    public double[] Uniform(int count, double scale) => [.. Enumerable.Range(0, count).Select(_ => ((NextDouble() * 2) - 1) * scale)];

    ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
