namespace RL.Environments;

/// <summary>
/// NumPy's <c>Generator(PCG64(SeedSequence(seed)))</c>, bit for bit: the same seed draws the same numbers as Gymnasium's
/// <c>np_random</c>. PCG XSL-RR 128/64 (O'Neill 2014), seeded by NumPy's SeedSequence.
/// </summary>
public sealed class Pcg64
{
    // The 128-bit LCG's multiplier of the PCG family.
    static readonly UInt128 _multiplier = new(2549297995355413924UL, 4865540595714422341UL);

    UInt128 _state;
    UInt128 _increment;

    // 32-bit draws take the low half of a 64-bit draw and keep the high half for the next one, as NumPy does.
    bool _hasHalf;
    uint _half;

    /// <summary>PCG64(SeedSequence(seed)).</summary>
    public Pcg64(ulong seed) => Seed(seed, null);

    /// <summary>PCG64(SeedSequence(seed, spawn_key=(spawnKey,))): an independent stream of the same seed.</summary>
    public Pcg64(ulong seed, uint spawnKey) => Seed(seed, spawnKey);

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        _state = (_state * _multiplier) + _increment;
        var high = (ulong)(_state >> 64);
        return ulong.RotateRight(high ^ (ulong)_state, (int)(high >> 58));
    }

    /// <summary>32 random bits (NumPy's buffered next_uint32).</summary>
    public uint NextUInt32()
    {
        if (_hasHalf)
        {
            _hasHalf = false;
            return _half;
        }

        var bits = NextUInt64();
        _hasHalf = true;
        _half = (uint)(bits >> 32);
        return (uint)bits;
    }

    /// <summary>Uniform in [0, 1), 53 bits: <c>random()</c>.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / 9007199254740992.0);

    /// <summary>Uniform in [0, 1), 24 bits: <c>random(dtype=float32)</c>.</summary>
    public float NextSingle() => (NextUInt32() >> 8) * (1.0f / 16777216.0f);

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>): <c>uniform(low, high)</c>.</summary>
    public double Uniform(double low, double high) => low + ((high - low) * NextDouble());

    /// <summary>Standard normal: <c>standard_normal()</c>, a ziggurat of 256 layers.</summary>
    public double NextGaussian()
    {
        while (true)
        {
            var bits = NextUInt64();
            var layer = (int)(bits & 0xff);
            var isNegative = (bits & 0x100) != 0;
            var magnitude = (bits >> 9) & 0x000fffffffffffff;
            var x = magnitude * Ziggurat.Width[layer];
            if (magnitude < Ziggurat.Inside[layer])
            {
                return isNegative ? -x : x; // 99.3 % of the draws
            }

            if (layer == 0)
            {
                return Tail(magnitude);
            }

            var (above, below) = (Ziggurat.Density[layer - 1], Ziggurat.Density[layer]);
            if (((above - below) * NextDouble()) + below < Math.Exp(-0.5 * x * x))
            {
                return isNegative ? -x : x;
            }
        }
    }

    /// <summary>Uniform integer in [0, <paramref name="exclusiveMax"/>), unbiased: <c>integers(exclusiveMax)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="exclusiveMax"/> is not positive.</exception>
    public int NextInt(int exclusiveMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusiveMax, 1);
        if (exclusiveMax == 1)
        {
            return 0; // NumPy draws nothing for a single possibility.
        }

        // Lemire 2019, "Fast Random Integer Generation in an Interval".
        var range = (uint)exclusiveMax;
        var product = (ulong)NextUInt32() * range;
        if ((uint)product < range)
        {
            var threshold = (uint.MaxValue - (range - 1)) % range;
            while ((uint)product < threshold)
            {
                product = (ulong)NextUInt32() * range;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Writes the complete state, the buffered half included.</summary>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write((ulong)(_state >> 64));
        writer.Write((ulong)_state);
        writer.Write((ulong)(_increment >> 64));
        writer.Write((ulong)_increment);
        writer.Write(_hasHalf);
        writer.Write(_half);
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _state = new UInt128(reader.ReadUInt64(), reader.ReadUInt64());
        _increment = new UInt128(reader.ReadUInt64(), reader.ReadUInt64());
        _hasHalf = reader.ReadBoolean();
        _half = reader.ReadUInt32();
    }

    double Tail(ulong magnitude)
    {
        while (true)
        {
            // NumPy writes log1p(-u); 1 − u is exact here, so the logarithm is of the same number.
            var x = -Ziggurat.InverseStart * Math.Log(1 - NextDouble());
            var y = -Math.Log(1 - NextDouble());
            if (y + y > x * x)
            {
                var value = Ziggurat.Start + x;
                return (magnitude & 0x100) != 0 ? -value : value;
            }
        }
    }

    void Seed(ulong seed, uint? spawnKey)
    {
        Span<uint> words = stackalloc uint[8];
        SeedSequence.Generate(seed, spawnKey, words);
        var state = new UInt128(Pair(words, 0), Pair(words, 2));
        var sequence = new UInt128(Pair(words, 4), Pair(words, 6));
        _increment = (sequence << 1) | 1;
        _state = ((_increment + state) * _multiplier) + _increment;

        static ulong Pair(ReadOnlySpan<uint> words, int i) => words[i] | ((ulong)words[i + 1] << 32);
    }

    /// <summary>
    /// NumPy's SeedSequence (after O'Neill's seed_seq_fe128): hashes a seed of any quality into words of good quality.
    /// </summary>
    static class SeedSequence
    {
        const int PoolSize = 4;

        public static void Generate(ulong seed, uint? spawnKey, Span<uint> words)
        {
            // The seed's 32-bit words, least significant first; zero-padded to the pool before a spawn key follows.
            Span<uint> entropy = stackalloc uint[PoolSize + 1];
            entropy.Clear();
            entropy[0] = (uint)seed;
            entropy[1] = (uint)(seed >> 32);
            entropy[PoolSize] = spawnKey ?? 0;

            Span<uint> pool = stackalloc uint[PoolSize];
            var hash = 0x43b0d7e5u;
            for (var i = 0; i < PoolSize; i++)
            {
                pool[i] = HashMix(entropy[i], ref hash);
            }

            for (var source = 0; source < PoolSize; source++)
            {
                for (var target = 0; target < PoolSize; target++)
                {
                    if (source != target)
                    {
                        pool[target] = Mix(pool[target], HashMix(pool[source], ref hash));
                    }
                }
            }

            if (spawnKey is not null)
            {
                for (var target = 0; target < PoolSize; target++)
                {
                    pool[target] = Mix(pool[target], HashMix(entropy[PoolSize], ref hash));
                }
            }

            hash = 0x8b51f9ddu;
            for (var i = 0; i < words.Length; i++)
            {
                var value = pool[i % PoolSize] ^ hash;
                hash *= 0x58f38dedu;
                value *= hash;
                words[i] = value ^ (value >> 16);
            }
        }

        static uint HashMix(uint value, ref uint hash)
        {
            value ^= hash;
            hash *= 0x931e8875u;
            value *= hash;
            return value ^ (value >> 16);
        }

        static uint Mix(uint x, uint y)
        {
            var value = (0xca01f9ddu * x) - (0x4973f715u * y);
            return value ^ (value >> 16);
        }
    }
}
