namespace RL.Environments;

/// <summary>Options of procgen:coinrun.</summary>
public sealed record CoinRunOptions : ProcgenOptions
{
    internal override ProcgenTask Task => CoinRun.Task;
}

/// <summary>
/// CoinRun: run and jump to the coin at the right end, past saws, lava and walking enemies. Reward 10 for the coin; every touch
/// of a danger ends the level. The level itself is made in CoinRun.Level.cs.
/// </summary>
sealed partial class CoinRun(ProcgenOptions options) : ProcgenGame(64, 64)
{
    const int Coin = 1;
    const int Saw = 2;
    const int TurnedSaw = 3;
    const int Enemy = 5;
    const int EnemyStep1 = 6;
    const int EnemyStep2 = 7;
    const int AgentStep1 = 12;
    const int AgentStep2 = 13;
    const int WallMid = 15;
    const int WallTop = 16;
    const int LavaMid = 17;
    const int LavaTop = 18;
    const int EnemyBarrier = 19;
    const int Crate = 20;

    const float Gravity = 0.2f;
    const float AirControl = 0.15f;
    const float GroundMixRate = 0.2f;

    bool _hasSupport;
    bool _isOnCrate;
    float _lastY;
    int _wallTheme;

    public static ProcgenTask Task { get; } = new("coinrun", "run and jump to the coin", 1000)
    {
        Create = options => new CoinRun(options),
        Paint = Paint,
        PaintBackdrop = PaintBackdrop,
        Modes = [DistributionMode.Easy, DistributionMode.Hard, DistributionMode.Exploration],
        ExplorationSeed = 1949448038,
    };

    public override int Backgrounds => 62;

    public override float Visibility => 13;

    public override float MaxJump => 1.5f;

    protected override int Outside => WallMid;

    protected override bool HasSolidEntities => true;

    // Seen from above the feet: standing, or a step of the walk.
    public override int Picture(int image) => image switch
    {
        EnemyBarrier => Nothing,
        Player when MathF.Abs(Agent.Vx) < 0.01 && ActionX == 0 && _hasSupport => Player,
        Player => Time / 5 % 2 == 0 || !_hasSupport ? AgentStep1 : AgentStep2,
        _ => image,
    };

    public override int ThemeOf(int cell) => IsWall(cell) ? _wallTheme : 0;

    // The alien is taller than its box; the feet stay where they are.
    public override PixelArea Adjust(int picture, PixelArea area) => picture is Player or AgentStep1 or AgentStep2
        ? area with { Y = area.Y - (0.7415f * area.Height), Height = 1.7415f * area.Height }
        : area;

    public override void Save(BinaryWriter writer)
    {
        base.Save(writer);
        writer.Write(_hasSupport);
        writer.Write(_isOnCrate);
        writer.Write(_lastY);
        writer.Write(_wallTheme);
    }

    public override void Load(BinaryReader reader)
    {
        base.Load(reader);
        _hasSupport = reader.ReadBoolean();
        _isOnCrate = reader.ReadBoolean();
        _lastY = reader.ReadSingle();
        _wallTheme = reader.ReadInt32();
    }

    protected override void Steer()
    {
        ref var agent = ref Agent;
        var (left, right) = ((float)(agent.X - (agent.Rx - 0.01)), (float)(agent.X + (agent.Rx - 0.01)));
        var below = (float)(agent.Y - (agent.Ry + 0.01));
        _hasSupport = (_isOnCrate || IsWall(CellAt(left, below)) || IsWall(CellAt(right, below))) && agent.Vy == 0;
        _isOnCrate = false;
        if (ActionY > 0 && !_hasSupport)
        {
            ActionY = 0; // there is nothing to jump from
        }
    }

    protected override void Accelerate()
    {
        ref var agent = ref Agent;
        var mixRate = _hasSupport ? GroundMixRate : GroundMixRate * AirControl;
        agent.Vx = ((1 - mixRate) * agent.Vx) + (mixRate * MaxSpeed * ActionX);
        if (MathF.Abs(agent.Vx) < mixRate * MaxSpeed)
        {
            agent.Vx = 0;
        }

        if (ActionY > 0)
        {
            agent.Vy = MaxJump;
            return;
        }

        if (_hasSupport)
        {
            agent.Vy = (float)(agent.Vy + (0.2 * ActionY));
        }

        agent.Vy = Math.Clamp(agent.Vy - Gravity, -MaxJump, MaxJump);
    }

    protected override bool Stops(in Entity entity, int cell) =>
        base.Stops(entity, cell) || (entity.Type == Player && IsWall(cell));

    protected override bool Reflects(in Entity entity, int cell) =>
        entity.Type == Enemy && (IsWall(cell) || cell == EnemyBarrier);

    // Crates are platforms that let through from below and, with "down", from above.
    protected override bool Stops(in Entity entity, in Entity other, bool isHorizontal)
    {
        if (other.Type != Crate || isHorizontal || Agent.Vy >= 0 || ActionY < 0 || _lastY < other.Y + other.Ry + Agent.Ry)
        {
            return false;
        }

        _isOnCrate = true;
        return true;
    }

    protected override void HitAgent(ref Entity other) => IsDone |= other.Type is Enemy or Saw;

    protected override void HitCell(ref Entity entity, int cell)
    {
        if (entity.Type != Player)
        {
            return;
        }

        if (cell == Coin)
        {
            Reward += 10;
            IsCompleted = true;
        }

        IsDone |= cell is Coin or LavaMid or LavaTop;
    }

    protected override void AfterStep(int key)
    {
        ref var agent = ref Agent;
        agent.IsMirrored = ActionX < 0 || (ActionX == 0 && agent.IsMirrored);
        for (var i = Entities.Count - 1; i >= 0; i--)
        {
            ref var entity = ref Entities[i];
            if (entity.Type == Enemy)
            {
                entity.Image = Time / 5 % 2 == 0 ? EnemyStep1 : EnemyStep2;
                entity.IsMirrored = entity.Vx > 0;
                Entities.Add(new Entity(Trail, entity.X, (float)(entity.Y - (entity.Ry * 0.5)), 0, 0.01f, 0.3f, 0.2f)
                {
                    Lifetime = 8,
                    Alpha = 0.5f,
                    AlphaDecay = 0.8f,
                    GrowRate = 1.05f,
                });
            }
            else if (entity.Type == Saw)
            {
                entity.Image = Time % 2 == 0 ? Saw : TurnedSaw;
            }
        }

        _lastY = Agent.Y;
    }

    static bool IsWall(int cell) => cell is WallMid or WallTop;
}
