namespace RL.Environments;

/// <summary>Options of procgen:leaper.</summary>
public sealed record LeaperOptions : ProcgenOptions
{
    internal override ProcgenTask Task => Leaper.Task;
}

/// <summary>
/// Leaper: a frog hops over a road with cars and over a river on logs, cell by cell, to the finish line (+10). A car or the water
/// ends the level. A hop takes five steps and cannot be steered.
/// </summary>
sealed partial class Leaper(ProcgenOptions options) : ProcgenGame(WorldSize(options), WorldSize(options))
{
    const int Log = 1;
    const int Road = 2;
    const int Water = 3;
    const int Car = 4;
    const int FinishLine = 5;

    const float CarRadius = 0.25f;
    const float LogRadius = 0.45f;
    const int CarThemes = 5;
    const int MaxLanes = 5;

    // A hop starts at this speed and loses a fifth of it per step.
    const float HopSpeed = 0.5f;
    const int HopSteps = 5;
    const float HopDecay = HopSpeed / HopSteps;

    readonly Lanes _road = new(MaxLanes);
    readonly Lanes _river = new(MaxLanes);

    public static ProcgenTask Task { get; } = new("leaper", "hop over road and river", 500)
    {
        Create = options => new Leaper(options),
        Paint = Paint,
        PaintBackdrop = PaintBackdrop,
        Modes = [DistributionMode.Easy, DistributionMode.Hard, DistributionMode.Extreme, DistributionMode.Exploration],
        ExplorationSeed = 1318677581,
    };

    public override int Backgrounds => 9;

    public override float MaxSpeed => HopSpeed;

    public override bool IsCentred(bool option) => false;

    // The frog's themes are the pictures of its hop.
    public override bool KeepsThemes(int image) => image == Player;

    public override float TileAspect(int type) => type == FinishLine ? 1 : 0;

    // The frog is longer than its box.
    public override PixelArea Adjust(int picture, PixelArea area) => picture == Player
        ? area with { Y = area.Y - (0.275f * area.Height), Height = 1.55f * area.Height }
        : area;

    public override void Save(BinaryWriter writer)
    {
        base.Save(writer);
        _road.Save(writer);
        _river.Save(writer);
    }

    public override void Load(BinaryReader reader)
    {
        base.Load(reader);
        _road.Load(reader);
        _river.Load(reader);
    }

    protected override void MakeLevel()
    {
        var isEasy = options.DistributionMode == DistributionMode.Easy;
        var (slowCar, fastCar, slowLog, fastLog) = options.DistributionMode switch
        {
            DistributionMode.Easy => (0.03f, 0.12f, 0.025f, 0.075f),
            DistributionMode.Extreme => (0.1f, 0.3f, 0.1f, 0.2f),
            _ => (0.05f, 0.2f, 0.05f, 0.1f),
        };

        Agent.Y = Agent.Ry;
        _road.Begin(RandomExtra() + 1);
        var difficulty = Random.NextInt(isEasy ? 4 : 5);
        // Half of the time there is one lane more of either kind.
        var extraLane = isEasy ? 0 : Random.NextInt(4);
        for (var lane = 0; lane < difficulty + (extraLane == 2 ? 1 : 0); lane++)
        {
            var sign = RandomSign();
            AddLane(_road, sign * Random.NextSingle(slowCar, fastCar), Road);
        }

        _river.Begin(_road.Bottom + _road.Count + RandomExtra() + 1);
        var direction = RandomSign();
        for (var lane = 0; lane < difficulty + (extraLane == 3 ? 1 : 0); lane++)
        {
            AddLane(_river, direction * Random.NextSingle(slowLog, fastLog), Water);
            direction = -direction;
        }

        // The slowest crosses the world once.
        for (var i = 0; i < Width / Math.Min(slowCar, slowLog); i++)
        {
            Spawn();
            foreach (ref var entity in Entities.All)
            {
                entity.Advance();
            }
        }

        var goal = _river.Bottom + _river.Count + 1;
        Entities.Add(new Entity(FinishLine, Width / 2f, goal - 0.5f, 0, 0, Width / 2f, 0.5f));

        int RandomExtra() => isEasy ? 0 : Random.NextInt(2);
    }

    protected override void BeforeStep()
    {
        // The pictures of a hop follow each other, once begun.
        ref var agent = ref Agent;
        agent.Theme = agent.Theme >= 1 ? (agent.Theme + 1) % HopSteps : 0;
    }

    protected override void Accelerate()
    {
        ref var agent = ref Agent;
        if (agent.Vx == 0 && agent.Vy == 0)
        {
            if (ActionX != 0)
            {
                agent.Vx = HopSpeed * ActionX;
                (agent.Theme, agent.Turns) = (1, ActionX > 0 ? 1 : 3);
            }
            else if (ActionY != 0)
            {
                agent.Vy = HopSpeed * ActionY;
                (agent.Theme, agent.Turns) = (1, ActionY > 0 ? 0 : 2);
            }
        }

        agent.Vx = Slow(agent.Vx);
        agent.Vy = Slow(agent.Vy);

        static float Slow(float velocity) => MathF.Max(MathF.Abs(velocity) - HopDecay, 0) * MathF.Sign(velocity);
    }

    protected override void HitAgent(ref Entity other)
    {
        if (other.Type == Car)
        {
            IsDone = true;
        }
        else if (other.Type == FinishLine && IsAtRest)
        {
            Reward += 10;
            IsDone = IsCompleted = true;
        }
    }

    protected override void AfterStep(int key)
    {
        Spawn();
        ref var agent = ref Agent;
        var (isOnLog, drift) = (false, 0f);
        foreach (ref readonly var entity in Entities.All)
        {
            if (entity.Type == Log && agent.Overlaps(entity, -agent.Rx))
            {
                (isOnLog, drift) = (true, entity.Vx);
            }
        }

        if (isOnLog)
        {
            agent.X += drift;
        }
        else if (this[(int)agent.X, (int)agent.Y] == Water && IsAtRest)
        {
            IsDone = true;
        }

        IsDone |= EntityList.IsOutside(agent, Width, Height);
    }

    bool IsAtRest => Agent.Vx == 0 && Agent.Vy == 0;

    float RandomSign() => Random.NextSingle() < 0.5 ? 1 : -1;

    void AddLane(Lanes lanes, float speed, int cell)
    {
        Fill(0, lanes.Bottom + lanes.Count, Width, 1, cell);
        lanes.Add(speed);
    }

    // The faster a lane, the more of them, where there is room at its entrance.
    void Spawn()
    {
        for (var lane = 0; lane < _road.Count; lane++)
        {
            var speed = _road[lane];
            if (Random.NextSingle() < (float)(MathF.Abs(speed) / 6.0))
            {
                var x = speed > 0 ? -CarRadius : Width + CarRadius;
                SpawnUnlessOccupied(new Entity(Car, x, _road.Bottom + lane + 0.5f, speed, 0, 2 * CarRadius, CarRadius)
                {
                    Theme = Random.NextInt(CarThemes),
                    Turns = speed < 0 ? 2 : 0,
                });
            }
        }

        for (var lane = 0; lane < _river.Count; lane++)
        {
            var speed = _river[lane];
            if (Random.NextSingle() < (float)(MathF.Abs(speed) / 2.0))
            {
                var x = speed > 0 ? -LogRadius : Width + LogRadius;
                SpawnUnlessOccupied(new Entity(Log, x, _river.Bottom + lane + 0.5f, speed, 0, LogRadius, LogRadius));
            }
        }
    }

    void SpawnUnlessOccupied(in Entity entity)
    {
        if (!OverlapsAny(entity))
        {
            Entities.Add(entity);
        }
    }

    static int WorldSize(ProcgenOptions options) => options.DistributionMode switch
    {
        DistributionMode.Easy => 9,
        DistributionMode.Hard => 15,
        _ => 20,
    };

    // Neighbouring rows of cells, each with the speed of what moves along it.
    sealed class Lanes(int capacity)
    {
        readonly float[] _speeds = new float[capacity];

        public int Bottom { get; private set; }

        public int Count { get; private set; }

        public float this[int lane] => _speeds[lane];

        public void Begin(int bottom) => (Bottom, Count) = (bottom, 0);

        public void Add(float speed) => _speeds[Count++] = speed;

        public void Save(BinaryWriter writer)
        {
            writer.Write(Bottom);
            writer.Write(Count);
            foreach (var speed in _speeds)
            {
                writer.Write(speed);
            }
        }

        public void Load(BinaryReader reader)
        {
            Bottom = reader.ReadInt32();
            Count = Math.Clamp(reader.ReadInt32(), 0, _speeds.Length);
            foreach (ref var speed in _speeds.AsSpan())
            {
                speed = reader.ReadSingle();
            }
        }
    }
}
