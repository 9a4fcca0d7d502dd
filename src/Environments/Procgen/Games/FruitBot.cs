namespace RL.Environments;

/// <summary>Options of procgen:fruitbot.</summary>
public sealed record FruitBotOptions : ProcgenOptions
{
    internal override ProcgenTask Task => FruitBot.Task;
}

/// <summary>
/// FruitBot: a robot drives up a hall, through the gaps of walls. Reward +1 for each fruit, −4 for each other food, +10 for each
/// of the presents at the end (two can be reached at once), which complete the level; a wall or a locked door ends it. Key D
/// throws a key that opens the door whose lock it hits.
/// </summary>
sealed partial class FruitBot(ProcgenOptions options)
    : ProcgenGame(options.DistributionMode == DistributionMode.Easy ? 10 : 20, 60)
{
    const int Barrier = 1;
    const int OutsideWall = 2;
    const int Key = 3;
    const int Bad = 4;
    const int Good = 7;
    const int Door = 10;
    const int Lock = 11;
    const int Present = 12;

    const int ThrowKey = 1;
    const int KeyLifetime = 8;
    const int WallDistance = 4;
    const float WallRy = 0.3f;
    const float LockRx = 0.25f;
    const float LockRy = 0.45f;
    const float DoorAspect = 3.25f;
    const int MaxTries = 100;

    // Width over height of what is eaten, look by look: the boxes are as wide or as high as that of the look leaves them.
    static readonly float[] _goodAspects = [27f / 28, 24f / 30, 30f / 22, 20f / 31, 23f / 23, 22f / 26];
    static readonly float[] _badAspects = [14f / 25, 28f / 13, 19f / 19, 21f / 20, 22f / 24, 22f / 22];

    int _lastThrow;

    public static ProcgenTask Task { get; } = new("fruitbot", "drive through the gaps and eat fruit", 1000)
    {
        Create = options => new FruitBot(options),
        Paint = Paint,
        PaintBackdrop = PaintBackdrop,
    };

    public override int Backgrounds => 9;

    public override float MaxSpeed => 0.85f;

    public override float Visibility => Width;

    public override (float X, float Y) ViewCentre =>
        ((float)(Width / 2.0), (float)(Agent.Y + (Width / 2.0) - (2 * Agent.Ry)));

    protected override int Outside => OutsideWall;

    bool IsEasy => options.DistributionMode == DistributionMode.Easy;

    public override float TileAspect(int type) => type switch
    {
        Barrier => 1,
        Door => DoorAspect,
        _ => 0,
    };

    public override void Save(BinaryWriter writer)
    {
        base.Save(writer);
        writer.Write(_lastThrow);
    }

    public override void Load(BinaryReader reader)
    {
        base.Load(reader);
        _lastThrow = reader.ReadInt32();
    }

    protected override void MakeLevel()
    {
        var (walls, looks, doorShare, minGap) = IsEasy ? (5, 2, 0, 0.2f) : (10, 6, 0.125f, 0.1f);
        _lastThrow = 0;

        Span<int> distances = stackalloc int[walls];
        Random.Partition(Height - (WallDistance * walls) - WallDistance, distances);
        var y = 0;
        foreach (var extra in distances)
        {
            y += WallDistance + extra;
            AddWall(y, WallDistance + extra > 5 && Random.NextSingle() < doorShare, minGap);
        }

        Agent.Y = Agent.Ry;
        var good = Random.NextInt(10) + 10;
        var bad = Random.NextInt(10) + 10;
        for (var i = 0; i < Width; i++)
        {
            Entities.Add(new Entity(Present, i + 0.5f, Height - 0.5f, 0, 0, 0.5f, 0.5f)).Theme = Random.NextInt(3);
        }

        for (var i = 0; i < good + bad; i++)
        {
            AddFood(i < good ? Good : Bad);
        }

        foreach (ref var entity in Entities.All)
        {
            if (entity.Type is Good or Bad)
            {
                entity.Theme = Random.NextInt(looks);
                // With restricted themes all of them look like the first, and are as large.
                var aspects = entity.Type == Good ? _goodAspects : _badAspects;
                var aspect = aspects[options.RestrictThemes ? 0 : entity.Theme];
                (entity.Rx, entity.Ry) = aspect > 1 ? (entity.Rx, entity.Rx / aspect) : (entity.Ry * aspect, entity.Ry);
            }
        }
    }

    // The robot always drives on.
    protected override void Steer() => ActionY = 0.2f;

    protected override void HitAgent(ref Entity other)
    {
        switch (other.Type)
        {
            case Good:
                Reward += 1;
                other.IsErased = true;
                break;
            case Bad:
                Reward -= 4;
                other.IsErased = true;
                break;
            case Present:
                Reward += 10;
                IsDone = IsCompleted = true;
                break;
            case Barrier or Door:
                IsDone = true;
                break;
        }
    }

    protected override void HitEntity(ref Entity hitter, ref Entity other)
    {
        if (hitter.Type != Key || other.Type is not (Barrier or Lock))
        {
            return;
        }

        hitter.IsErased = true;
        if (other.Type == Lock)
        {
            other.IsErased = true;
            foreach (ref var entity in Entities.All)
            {
                if (entity.Type == Door && MathF.Abs(entity.Y - other.Y) < 1)
                {
                    entity.IsErased = true;
                    break;
                }
            }
        }
    }

    protected override void AfterStep(int key)
    {
        if (key == ThrowKey && Time - _lastThrow >= KeyLifetime)
        {
            Entities.Add(new Entity(Key, Agent.X, Agent.Y, 0, 0.5f, 0.25f, 0.25f)
            {
                Lifetime = KeyLifetime,
                HitsEntities = true,
            });
            _lastThrow = Time;
        }
    }

    // A wall with a gap in it, which a door with a lock may fill.
    void AddWall(float y, bool hasDoor, float minGap)
    {
        var share = (float)(minGap + (0.2 * Random.NextSingle()));
        if (hasDoor)
        {
            // Wide enough for a whole number of door tiles beside the lock.
            share += 0.1f;
            var lockShare = 2 * LockRx / Width;
            var tileShare = WallRy * 2 * DoorAspect / Width;
            share = (2 * lockShare) + (tileShare * (int)MathF.Ceiling((share - (2 * lockShare)) / tileShare));
        }

        float width = Width;
        var gap = share * width;
        var left = Random.NextSingle() * (width - gap);
        var right = width - left - gap;
        Entities.Add(new Entity(Barrier, left / 2, y, 0, 0, left / 2, WallRy));
        Entities.Add(new Entity(Barrier, width - (right / 2), y, 0, 0, right / 2, WallRy));
        if (hasDoor)
        {
            var side = Random.NextInt(2);
            var lockX = left + LockRx + (side * (gap - (2 * LockRx)));
            var doorX = left + (gap / 2) - (((side * 2) - 1) * LockRx);
            Entities.Add(new Entity(Door, doorX, y, 0, 0, (gap / 2) - LockRx, WallRy));
            Entities.Add(new Entity(Lock, lockX, y - LockRy + WallRy, 0, 0, LockRx, LockRy));
        }
    }

    // Anywhere where nothing is, if such a place is found.
    void AddFood(int type)
    {
        var food = new Entity(type, 0, 0, 0, 0, 0.5f, 0.5f);
        for (var attempt = 0; attempt <= MaxTries; attempt++)
        {
            food.X = ((Width - (2 * food.Rx)) * Random.NextSingle()) + food.Rx;
            food.Y = ((Height - (2 * food.Ry)) * Random.NextSingle()) + food.Ry;
            if (!OverlapsAny(food))
            {
                break;
            }
        }

        Entities.Add(food);
    }
}
