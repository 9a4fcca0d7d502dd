namespace RL.Environments;

/// <summary>What a copy of a Procgen game tells beside observation and reward, whoever plays it.</summary>
interface IProcgenCopy
{
    /// <summary>Seed of the level that is shown.</summary>
    int LevelSeed { get; }

    /// <summary>The last step completed its level.</summary>
    bool PreviousLevelComplete { get; }
}

/// <summary>
/// One copy of a built-in Procgen game: levels one after the other, drawn to 64×64×3 bytes. Unlike the original it shows the last
/// frame of an episode, and tells a time-out (truncated) from the end of a level (terminated).
/// </summary>
sealed class ProcgenEnvironment : SingleEnvironment<byte, int>, IProcgenCopy
{
    /// <summary>Rows, columns, channels (red, green, blue).</summary>
    public static Space Frame { get; } = BoxSpace.Uniform(ElementType.UInt8, [Canvas.Size, Canvas.Size, 3], 0, 255);

    /// <summary>Nine directions and six special keys.</summary>
    public static Space Actions { get; } = new DiscreteSpace(15);

    readonly ProcgenOptions _options;
    readonly int _index;
    readonly ProcgenGame _game;
    readonly Renderer _renderer;
    readonly LevelSequence _levels;

    /// <summary>Copy <paramref name="index"/> of those that are stepped together.</summary>
    public ProcgenEnvironment(ProcgenOptions options, int index)
    {
        _options = options.Plain;
        _index = index;
        _game = options.Task.Create(_options);
        _renderer = new Renderer(_game, _options);
        _levels = new LevelSequence(_options.LevelRange.Low, _options.LevelRange.High);
    }

    public override Space ObservationSpace => Frame;

    public override Space ActionSpace => Actions;

    public override IReadOnlyList<string> RewardTerms => [];

    public override bool HasFixedSeed => _options.FixesLevels;

    public int LevelSeed => _game.LevelSeed;

    public bool PreviousLevelComplete { get; private set; }

    public override void Seed(Pcg64 random)
    {
        if (_options.RandSeed is { } seed)
        {
            _levels.Seed(seed, _index);
        }
        else
        {
            _levels.Seed(LevelSequence.DrawRandSeed(random), 0);
        }

        PreviousLevelComplete = false;
    }

    public override void Reset(Pcg64 random, Span<byte> observation)
    {
        _game.Reset(_levels.Draw());
        _renderer.Draw(observation);
    }

    public override StepResult Step(ReadOnlySpan<int> action, Pcg64 random, Span<byte> observation, Span<double> rewardTerms)
    {
        _game.Step(action[0]);
        PreviousLevelComplete = _game.IsCompleted;
        var result = new StepResult(
            _game.Reward, _game.IsDone, Truncated: !_game.IsDone && _game.Time >= _options.Task.TimeLimit);
        if (_options.UseSequentialLevels && _game.IsCompleted)
        {
            result = result with { Terminated = false, Truncated = false };
            _game.Reset(LevelSequence.After(_game.LevelSeed));
        }

        _renderer.Draw(observation);
        return result;
    }

    public override void Save(BinaryWriter writer)
    {
        _levels.Save(writer);
        _game.Save(writer);
        writer.Write(PreviousLevelComplete);
    }

    public override void Load(BinaryReader reader)
    {
        _levels.Load(reader);
        _game.Load(reader);
        PreviousLevelComplete = reader.ReadBoolean();
    }
}
