namespace RL.Environments;

/// <summary>
/// One copy of a game that a Procgen library plays, with an environment of its own in the library, so that copies stay
/// independent. The library goes on with the next level at once and never shows an episode's last frame: until the next reset the
/// frame before it stands in for it. Nor does it tell a time-out from a death: an episode that ends uncompleted at the time limit
/// counts as truncated.
/// </summary>
sealed class LibenvEnvironment(LibenvLibrary library, ProcgenOptions options, int index, LibenvStarts starts)
    : SingleEnvironment<byte, int>, IProcgenCopy
{
    readonly byte[] _shown = new byte[ProcgenEnvironment.Frame.Size];
    LibenvHandle? _handle;
    int _steps;
    bool _isNext; // the library shows the next episode already

    public override Space ObservationSpace => ProcgenEnvironment.Frame;

    public override Space ActionSpace => ProcgenEnvironment.Actions;

    public override IReadOnlyList<string> RewardTerms => [];

    public override bool HasFixedSeed => options.FixesLevels;

    public int LevelSeed => _isNext && !IsFresh ? Handle.PreviousLevelSeed(0) : Handle.LevelSeed(0);

    public bool PreviousLevelComplete => Handle.IsComplete(0);

    // No step was made yet.
    bool IsFresh { get; set; }

    LibenvHandle Handle => _handle ?? throw new InvalidOperationException("The copy has not been seeded.");

    public override void Seed(Pcg64 random)
    {
        _handle?.Dispose();
        _handle = new LibenvHandle(library, options, options.RandSeed ?? LevelSequence.DrawRandSeed(random), 1);
        if (options.RandSeed is not null)
        {
            // A lone environment is the library's first; the copy is to be its i-th.
            _handle.Load(0, starts.Of(index));
        }

        (_isNext, IsFresh) = (true, true);
    }

    public override void Reset(Pcg64 random, Span<byte> observation)
    {
        if (!_isNext)
        {
            Handle.SetAction(0, -1);
            Handle.Step();
        }

        (_isNext, IsFresh, _steps) = (false, false, 0);
        Show(observation);
    }

    public override StepResult Step(ReadOnlySpan<int> action, Pcg64 random, Span<byte> observation, Span<double> rewardTerms)
    {
        Handle.SetAction(0, action[0]);
        Handle.Step();
        _steps++;
        var isTimeUp = _steps >= options.Task.TimeLimit && !PreviousLevelComplete;
        if (Handle.IsFirst(0))
        {
            _isNext = true;
            _shown.CopyTo(observation);
            return new StepResult(Handle.Reward(0), Terminated: !isTimeUp, Truncated: isTimeUp);
        }

        // In a sequence of levels the next one has its own limit.
        _steps = PreviousLevelComplete ? 0 : _steps;
        Show(observation);
        return new StepResult(Handle.Reward(0), Terminated: false);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write(_handle is not null);
        if (_handle is null)
        {
            return;
        }

        var state = _handle.Save(0);
        writer.Write(state.Length);
        writer.Write(state);
        writer.Write(_steps);
        writer.Write(_isNext);
        writer.Write(IsFresh);
        writer.Write(_shown);
    }

    public override void Load(BinaryReader reader)
    {
        _handle?.Dispose();
        _handle = null;
        if (!reader.ReadBoolean())
        {
            return;
        }

        var length = reader.ReadInt32();
        var state = reader.ReadBytes(length);
        if (length < 1 || state.Length < length)
        {
            throw new InvalidDataException($"The saved state of the library has {state.Length} bytes of {length}.");
        }

        _handle = new LibenvHandle(library, options, 0, 1);
        _handle.Load(0, state);
        _steps = reader.ReadInt32();
        _isNext = reader.ReadBoolean();
        IsFresh = reader.ReadBoolean();
        reader.BaseStream.ReadExactly(_shown);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _handle?.Dispose();
        }

        base.Dispose(disposing);
    }

    void Show(Span<byte> observation)
    {
        Handle.Frame(0).CopyTo(_shown);
        _shown.CopyTo(observation);
    }
}

/// <summary>
/// How the library's environments start with the options' rand_seed, made together as the library makes them: which levels the
/// i-th of them will play depends on its number.
/// </summary>
sealed class LibenvStarts(LibenvLibrary library, ProcgenOptions options, int count)
{
    byte[][]? _states;

    /// <summary>The state of environment <paramref name="i"/>.</summary>
    public byte[] Of(int i)
    {
        if (_states is null)
        {
            using var together = new LibenvHandle(library, options, options.RandSeed!.Value, count);
            _states = [.. Enumerable.Range(0, count).Select(together.Save)];
        }

        return _states[i];
    }
}
