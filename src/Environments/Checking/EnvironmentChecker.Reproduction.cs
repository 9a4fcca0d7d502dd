namespace RL.Environments;

/// <summary>Seeds and saved states: the same again, bit for bit.</summary>
public static partial class EnvironmentChecker
{
    static string? CheckDeterminism(Func<int, IVectorEnvironment> make, int steps)
    {
        using var first = new Player(make(2));
        using var second = new Player(make(2));
        return Difference(first, second, steps);
    }

    static string? CheckCopies(Func<int, IVectorEnvironment> make)
    {
        using var pair = make(2);
        using var single = make(1);
        if (pair.HasFixedSeed)
        {
            return null;
        }

        pair.Reset(Seed);
        var rowBytes = pair.Observations.Bytes.Length / 2;
        for (var copy = 0; copy < 2; copy++)
        {
            single.Reset(Seed + (ulong)copy);
            if (!pair.Observations.Bytes.Slice(copy * rowBytes, rowBytes).SequenceEqual(single.Observations.Bytes))
            {
                return $"copy {copy} of Reset({Seed}) starts otherwise than copy 0 of Reset({Seed + (ulong)copy}).";
            }
        }

        return pair.Observations.Bytes[..rowBytes].SequenceEqual(pair.Observations.Bytes[rowBytes..])
            ? "both copies start with the same observation."
            : null;
    }

    static string? CheckSaveLoad(Func<int, IVectorEnvironment> make, int steps)
    {
        using var original = new Player(make(2));
        for (var step = 0; step < steps; step++)
        {
            original.Step();
        }

        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        original.Environment.Save(writer);
        bytes.Position = 0;

        using var restored = new Player(make(2), original.Random);
        using var reader = new BinaryReader(bytes);
        restored.Environment.Load(reader);
        if (bytes.Position != bytes.Length)
        {
            return $"{bytes.Length} bytes were saved, but {bytes.Position} loaded.";
        }

        return original.Environment.Observations.Bytes.SequenceEqual(restored.Environment.Observations.Bytes)
            ? Difference(original, restored, steps)
            : "the observations right after loading differ.";
    }

    static string? CheckForeignState(Func<int, IVectorEnvironment> make)
    {
        using var pair = new Player(make(2));
        using var single = make(1);
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        pair.Environment.Save(writer);
        bytes.Position = 0;
        using var reader = new BinaryReader(bytes);
        return Throws<InvalidDataException>(() => single.Load(reader));
    }

    // Plays both and compares everything they show.
    static string? Difference(Player first, Player second, int steps)
    {
        for (var step = 1; step <= steps; step++)
        {
            var (a, b) = (first.Step(), second.Step());
            var what =
                !a.NextObservations.Bytes.SequenceEqual(b.NextObservations.Bytes) ? "observations"
                : !a.Rewards.AsSpan().SequenceEqual(b.Rewards) ? "rewards"
                : !a.Terminated.AsSpan().SequenceEqual(b.Terminated) ? "terminated"
                : !a.Truncated.AsSpan().SequenceEqual(b.Truncated) ? "truncated"
                : !first.Environment.Observations.Bytes.SequenceEqual(second.Environment.Observations.Bytes) ? "new episodes"
                : null;
            if (what is not null)
            {
                return $"{what} differ in step {step}.";
            }
        }

        return null;
    }
}
