namespace RL.Environments;

/// <summary>
/// One copy of a Procgen game (Cobbe, Hesse, Hilton &amp; Schulman 2020): a grid of cells, a list of entities whose first is the
/// agent, and one generator that makes a level and everything that happens by chance in it. A level seed, the options and the
/// actions determine an episode. The rules and their float32 arithmetic are those of openai/procgen 0.10.7, bit for bit: where
/// a constant is written as a double, the original computes in double.
/// <para>
/// A game says how a level is made, what its things do, and how they look (<see cref="Renderer"/> draws them). It knows no
/// observations, level sequences or time limits: that is <see cref="ProcgenEnvironment"/>.
/// </para>
/// </summary>
abstract partial class ProcgenGame
{
    /// <summary>The agent's type.</summary>
    public const int Player = 0;

    /// <summary>A cell that stops everything smart.</summary>
    public const int Wall = 51;

    /// <summary>A puff of dust.</summary>
    public const int Trail = 59;

    /// <summary>An empty cell.</summary>
    public const int Space = 100;

    /// <summary>Neither cell nor picture.</summary>
    public const int Nothing = -1;

    /// <summary>Half size of an agent, unless the game says otherwise.</summary>
    protected const float AgentRadius = 0.4f;

    readonly byte[] _cells;
    int _tieBreaker;

    /// <summary>A game in a world of this size.</summary>
    protected ProcgenGame(int width, int height)
    {
        (Width, Height) = (width, height);
        _cells = new byte[width * height];
    }

    /// <summary>What the level was made from.</summary>
    public int LevelSeed { get; private set; }

    /// <summary>Steps since the level began.</summary>
    public int Time { get; private set; }

    /// <summary>Reward of the last step.</summary>
    public float Reward { get; protected set; }

    /// <summary>The last step ended the level, whether it was completed or lost.</summary>
    public bool IsDone { get; protected set; }

    /// <summary>The last step completed the level.</summary>
    public bool IsCompleted { get; protected set; }

    /// <summary>Width of the world in cells.</summary>
    public int Width { get; }

    /// <summary>Height of the world in cells.</summary>
    public int Height { get; }

    /// <summary>The agent and everything else that is not bound to a cell.</summary>
    public EntityList Entities { get; } = new();

    /// <summary>The agent.</summary>
    public ref Entity Agent => ref Entities[0];

    /// <summary>Cell (x, y), or what lies outside of the world.</summary>
    public int this[int x, int y] => (uint)x < (uint)Width && (uint)y < (uint)Height ? _cells[(y * Width) + x] : Outside;

    /// <summary>The level's generator.</summary>
    protected Mt19937 Random { get; } = new();

    /// <summary>Direction of the action: −1, 0 or 1 on each axis, unless the game says otherwise.</summary>
    protected float ActionX { get; set; }

    /// <inheritdoc cref="ActionX"/>
    protected float ActionY { get; set; }

    /// <summary>What lies outside of the world, as a cell. It stops everything smart.</summary>
    protected virtual int Outside => Nothing;

    /// <summary>Share of the new velocity in the agent's.</summary>
    protected virtual float MixRate => 0.5f;

    /// <summary>Velocity that the agent strives for.</summary>
    public virtual float MaxSpeed => 0.5f;

    /// <summary>Vertical velocity that counts as full.</summary>
    public virtual float MaxJump => 0.5f;

    /// <summary>Movement goes from cell to cell.</summary>
    protected virtual bool MovesByCells => false;

    /// <summary>The agent starts anywhere (two draws) rather than in the corner.</summary>
    protected virtual bool StartsAnywhere => true;

    /// <summary>Number of backgrounds that one is drawn from.</summary>
    public abstract int Backgrounds { get; }

    /// <summary>Which background is shown.</summary>
    public int Background { get; protected set; }

    /// <summary>How far a background that is wider than the view is moved to the left, 0 to 1.</summary>
    public float BackgroundShift { get; private set; }

    /// <summary>Makes the level of a seed.</summary>
    public void Reset(int levelSeed)
    {
        LevelSeed = levelSeed;
        Random.Seed((uint)levelSeed);
        BackgroundShift = Random.NextSingle();
        Background = Random.NextInt(Backgrounds);
        var (x, y) = (AgentRadius, AgentRadius);
        if (StartsAnywhere)
        {
            x = (Random.NextSingle() * (Width - (2 * AgentRadius))) + AgentRadius;
            y = (Random.NextSingle() * (Height - (2 * AgentRadius))) + AgentRadius;
        }

        Entities.Clear();
        Entities.Add(new Entity(Player, x, y, 0, 0, AgentRadius, AgentRadius) { IsSmart = true, Layer = 1 });
        Fill(0, 0, Width, Height, Space);
        MakeLevel();
        Time = 0;
    }

    /// <summary>
    /// One step. Action: 0 to 8 are the directions (column by column from the lower left), 9 to 14 special keys 1 to 6.
    /// </summary>
    public void Step(int action)
    {
        Time++;
        (Reward, IsDone, IsCompleted) = (0, false, false);
        BeforeStep();
        _tieBreaker = Random.NextInt(0, 1_000_000);

        // A special key stands still.
        var move = action < 9 ? action : 4;
        (ActionX, ActionY) = ((move / 3) - 1, (move % 3) - 1);
        Steer();
        if (MovesByCells)
        {
            (Agent.Vx, Agent.Vy) = (ActionX, ActionY);
        }
        else
        {
            Accelerate();
        }

        AdvanceEntities();
        Collide();
        Entities.RemoveGone(Width, Height);
        IsDone |= EntityList.IsOutside(Agent, Width, Height);
        AfterStep(action < 9 ? 0 : action - 8);
    }

    /// <summary>Writes everything that the next step or the picture depends on.</summary>
    public virtual void Save(BinaryWriter writer)
    {
        writer.Write(Entities.Count > 0);
        if (Entities.Count == 0)
        {
            return; // there is no level yet
        }

        writer.Write(LevelSeed);
        writer.Write(Time);
        writer.Write(Background);
        writer.Write(BackgroundShift);
        writer.Write(ActionX);
        writer.Write(ActionY);
        Random.Save(writer);
        Entities.Save(writer);
        writer.Write(_cells);
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    public virtual void Load(BinaryReader reader)
    {
        if (!reader.ReadBoolean())
        {
            return;
        }

        LevelSeed = reader.ReadInt32();
        Time = reader.ReadInt32();
        Background = reader.ReadInt32();
        BackgroundShift = reader.ReadSingle();
        ActionX = reader.ReadSingle();
        ActionY = reader.ReadSingle();
        Random.Load(reader);
        Entities.Load(reader);
        reader.BaseStream.ReadExactly(_cells);
    }

    /// <summary>Fills the empty world, drawing in the original's order.</summary>
    protected abstract void MakeLevel();

    /// <summary>What comes before everything else in a step.</summary>
    protected virtual void BeforeStep()
    {
    }

    /// <summary>May change the action's direction.</summary>
    protected virtual void Steer()
    {
    }

    /// <summary>v ← 0.9 ((1 − m) v + m · v_max · a), with the mix rate m.</summary>
    protected virtual void Accelerate()
    {
        ref var agent = ref Agent;
        agent.Vx = (float)(0.9 * (((1 - MixRate) * agent.Vx) + (MixRate * MaxSpeed * ActionX)));
        agent.Vy = (float)(0.9 * (((1 - MixRate) * agent.Vy) + (MixRate * MaxSpeed * ActionY)));
    }

    /// <summary>What comes after everything else in a step.</summary>
    /// <param name="key">The special key, 1 to 6; 0 if none.</param>
    protected virtual void AfterStep(int key)
    {
    }

    /// <summary>The agent and an entity overlap.</summary>
    protected virtual void HitAgent(ref Entity other)
    {
    }

    /// <summary>An entity that hits others overlaps with one.</summary>
    protected virtual void HitEntity(ref Entity hitter, ref Entity other)
    {
    }

    /// <summary>A smart entity overlaps with a cell that is not empty.</summary>
    protected virtual void HitCell(ref Entity entity, int cell)
    {
    }

    /// <summary>Fills the rectangle of cells whose lower left one is (x, y).</summary>
    protected void Fill(int x, int y, int width, int height, int cell)
    {
        for (var row = Math.Max(y, 0); row < Math.Min(y + height, Height); row++)
        {
            _cells.AsSpan((row * Width) + x, width).Fill((byte)cell);
        }
    }

    /// <summary>Sets cell (x, y).</summary>
    protected void Set(int x, int y, int cell) => _cells[(y * Width) + x] = (byte)cell;

    /// <summary>The cell at a point. Coordinates below 0 lie outside, whatever they would be truncated to.</summary>
    protected int CellAt(float x, float y) => x < 0 || y < 0 ? Outside : this[(int)x, (int)y];

    /// <summary>Something is there already.</summary>
    protected bool OverlapsAny(in Entity entity)
    {
        foreach (ref readonly var other in Entities.All)
        {
            if (entity.Overlaps(other))
            {
                return true;
            }
        }

        return false;
    }

    void AdvanceEntities()
    {
        // The agent is the first entity and so moves after everything else.
        for (var i = Entities.Count - 1; i >= 0; i--)
        {
            ref var entity = ref Entities[i];
            if (entity.IsSmart && !entity.IsErased)
            {
                Move(i);
            }

            entity.Advance();
        }
    }

    void Collide()
    {
        for (var i = Entities.Count - 1; i >= 0; i--)
        {
            ref var entity = ref Entities[i];
            if (i > 0 && entity.Overlaps(Agent))
            {
                HitAgent(ref entity);
            }

            if (entity.HitsEntities)
            {
                for (var j = Entities.Count - 1; j >= 0; j--)
                {
                    if (j != i && entity.Overlaps(Entities[j]) && !entity.IsErased && !Entities[j].IsErased)
                    {
                        HitEntity(ref entity, ref Entities[j]);
                    }
                }
            }

            if (entity.IsSmart)
            {
                CollideWithCells(ref entity);
            }
        }
    }

    void CollideWithCells(ref Entity entity)
    {
        var (rx, ry) = (entity.Rx + Touch, entity.Ry + Touch);
        var (left, right) = ((int)(entity.X - rx), (int)(entity.X + rx));
        var (bottom, top) = ((int)(entity.Y - ry), (int)(entity.Y + ry));
        for (var x = left; x <= right; x++)
        {
            for (var y = bottom; y <= top; y++)
            {
                if (CellAt(x, y) is var cell && cell != Space)
                {
                    HitCell(ref entity, cell);
                }
            }
        }
    }
}
