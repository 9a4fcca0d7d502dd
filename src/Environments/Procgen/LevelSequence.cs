namespace RL.Environments;

/// <summary>
/// The order in which one copy plays its levels: each is drawn anew from the range, with replacement, by a generator of the
/// copy's own; after a completed level of a sequence the next one follows from it.
/// </summary>
sealed class LevelSequence(int low, int high)
{
    // Far apart, so that the levels of neighbouring seeds stay apart.
    const int SequenceStep = 997;

    readonly Mt19937 _generator = new();

    /// <summary>A rand_seed for a copy whose options name none.</summary>
    public static int DrawRandSeed(Pcg64 random) => (int)(random.NextUInt64() >> 33);

    /// <summary>
    /// Starts the order that the original's environment <paramref name="index"/> has with <paramref name="randSeed"/>.
    /// </summary>
    public void Seed(int randSeed, int index)
    {
        _generator.Seed((uint)randSeed);
        for (var i = 0; i < index; i++)
        {
            _generator.Next();
        }

        _generator.Seed(_generator.Next());
    }

    /// <summary>Draws a level.</summary>
    public int Draw() => _generator.NextInt(low, high);

    /// <summary>The level that follows when <paramref name="level"/> was completed.</summary>
    public static int After(int level) => unchecked(level + SequenceStep);

    public void Save(BinaryWriter writer) => _generator.Save(writer);

    public void Load(BinaryReader reader) => _generator.Load(reader);
}
