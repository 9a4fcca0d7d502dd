namespace RL.Environments;

/// <summary>
/// The 32-bit Mersenne twister (Matsumoto &amp; Nishimura 1998), as the C++ standard fixes it, with Procgen's draws, what its levels are made
/// from, and the one of NumPy's RandomState, what <see cref="ActionBalls"/> are made from. Everything else here draws from <see cref="Pcg64"/>.
/// </summary>
sealed class Mt19937
{
    const int Size = 624;
    const int Middle = 397;

    readonly uint[] _state = new uint[Size];
    int _next = Size;

    /// <summary>Starts the sequence of <paramref name="seed"/>.</summary>
    public void Seed(uint seed)
    {
        _state[0] = seed;
        for (var i = 1; i < Size; i++)
        {
            _state[i] = unchecked((1812433253u * (_state[i - 1] ^ (_state[i - 1] >> 30))) + (uint)i);
        }

        _next = Size;
    }

    /// <summary>The next 32 bits.</summary>
    public uint Next()
    {
        if (_next == Size)
        {
            Twist();
        }

        var y = _state[_next++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    /// <summary>An integer from 0 to <paramref name="count"/> − 1: the next 32 bits modulo it.</summary>
    public int NextInt(int count) => (int)(Next() % (uint)count);

    /// <summary>An integer from <paramref name="low"/> to <paramref name="high"/> − 1.</summary>
    public int NextInt(int low, int high) => low + (int)(Next() % (uint)(high - low));

    /// <summary>A number from 0 to 1; the rounding to float32 can give 1 itself.</summary>
    public float NextSingle() => (float)(Next() / 4294967296.0);

    /// <summary>A multiple of 2⁻⁵³ from 0 to less than 1, from 27 and 26 bits of two draws: bit for bit NumPy's <c>RandomState(seed).random()</c>.</summary>
    public double NextDouble()
    {
        var (high, low) = (Next() >> 5, Next() >> 6);
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>.</summary>
    public float NextSingle(float low, float high) => (NextSingle() * (high - low)) + low;

    /// <summary>Throws <paramref name="balls"/> balls into the urns.</summary>
    public void Partition(int balls, Span<int> urns)
    {
        urns.Clear();
        for (var i = 0; i < balls; i++)
        {
            urns[NextInt(urns.Length)]++;
        }
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_next);
        foreach (var word in _state)
        {
            writer.Write(word);
        }
    }

    public void Load(BinaryReader reader)
    {
        _next = reader.ReadInt32();
        if (_next is < 0 or > Size)
        {
            throw new InvalidDataException($"The saved generator is at {_next}; allowed: 0 to {Size}.");
        }

        foreach (ref var word in _state.AsSpan())
        {
            word = reader.ReadUInt32();
        }
    }

    void Twist()
    {
        var state = _state;
        for (var i = 0; i < Size; i++)
        {
            var y = (state[i] & 0x80000000) | (state[i + 1 < Size ? i + 1 : 0] & 0x7fffffff);
            var other = state[i < Size - Middle ? i + Middle : i + Middle - Size];
            state[i] = other ^ (y >> 1) ^ ((y & 1) * 0x9908b0df);
        }

        _next = 0;
    }
}
