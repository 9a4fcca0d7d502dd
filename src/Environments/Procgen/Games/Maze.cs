namespace RL.Environments;

/// <summary>Options of procgen:maze.</summary>
public sealed record MazeOptions : ProcgenOptions
{
    internal override ProcgenTask Task => Maze.Task;
}

/// <summary>
/// Maze: a mouse walks to the cheese, one cell a step. Reward 10 at the cheese. Mazes are spanning trees made by Kruskal's
/// algorithm, of a random odd size in the middle of the world.
/// </summary>
sealed partial class Maze(ProcgenOptions options) : ProcgenGame(WorldSize(options), WorldSize(options))
{
    const int Cheese = 2;
    const int MaxSize = 31;

    // Working memory of a level's making, by cell of the maze: whether it is open, and which of the connected sets it is in.
    readonly bool[] _isOpen = new bool[MaxSize * MaxSize];
    readonly int[] _sets = new int[MaxSize * MaxSize];

    // Walls that may still fall, by their middle cells, and the opened cells in their order.
    readonly List<int> _walls = new(MaxSize * MaxSize / 2);
    readonly List<int> _free = new(MaxSize * MaxSize);

    public static ProcgenTask Task { get; } = new("maze", "find the cheese", 500)
    {
        Create = options => new Maze(options),
        Paint = Paint,
        PaintBackdrop = PaintBackdrop,
        Modes = [DistributionMode.Easy, DistributionMode.Hard, DistributionMode.Memory, DistributionMode.Exploration],
        ExplorationSeed = 158988835,
    };

    public override int Backgrounds => 9;

    public override float Visibility => 8;

    public override bool HasUsefulVelocity => false;

    protected override int Outside => Wall;

    protected override bool MovesByCells => true;

    protected override bool StartsAnywhere => false;

    public override bool IsCentred(bool option) => options.DistributionMode == DistributionMode.Memory;

    protected override void MakeLevel()
    {
        var size = (Random.NextInt((Width - 1) / 2) * 2) + 3;
        var margin = (Width - size) / 2;
        ref var agent = ref Agent;
        (agent.Rx, agent.Ry) = (0.5f, 0.5f);
        (agent.X, agent.Y) = (margin + 0.5f, margin + 0.5f);

        Dig(size);
        Fill(0, 0, Width, Height, Wall);
        for (var cell = 0; cell < size * size; cell++)
        {
            if (_isOpen[cell])
            {
                Set(margin + (cell % size), margin + (cell / size), Space);
            }
        }

        // Anywhere but where the mouse is.
        int cheese;
        do
        {
            cheese = _free[Random.NextInt(_free.Count)];
        }
        while (cheese == 0);
        Set(margin + (cheese % size), margin + (cheese / size), Cheese);
    }

    protected override void Steer() => ActionY = ActionX != 0 ? 0 : ActionY;

    protected override void AfterStep(int key)
    {
        ref var agent = ref Agent;
        agent.IsMirrored = ActionX > 0 || (ActionX == 0 && agent.IsMirrored);
        if (this[(int)agent.X, (int)agent.Y] == Cheese)
        {
            Set((int)agent.X, (int)agent.Y, Space);
            Reward += 10;
            IsCompleted = true;
        }

        IsDone = Reward > 0;
    }

    // Kruskal: walls fall in random order wherever they part two sets of connected cells.
    void Dig(int size)
    {
        _isOpen.AsSpan().Clear();
        _free.Clear();
        _walls.Clear();
        for (var cell = 0; cell < size * size; cell++)
        {
            _sets[cell] = cell;
        }

        for (var x = 1; x < size - 1; x += 2)
        {
            for (var y = 0; y < size; y += 2)
            {
                _walls.Add((y * size) + x);
            }
        }

        for (var x = 0; x < size; x += 2)
        {
            for (var y = 1; y < size - 1; y += 2)
            {
                _walls.Add((y * size) + x);
            }
        }

        while (_walls.Count > 0)
        {
            var chosen = Random.NextInt(_walls.Count);
            var middle = _walls[chosen];
            _walls.RemoveAt(chosen);
            var step = middle % size % 2 == 1 ? 1 : size;
            var (first, second) = (middle - step, middle + step);
            if (_isOpen[middle] || _sets[first] == _sets[second])
            {
                continue;
            }

            Open(first);
            Open(middle);
            Open(second);
            var (absorbed, remaining) = (_sets[first], _sets[second]);
            _sets[middle] = remaining;
            _sets.AsSpan(0, size * size).Replace(absorbed, remaining);
        }
    }

    static int WorldSize(ProcgenOptions options) => options.DistributionMode switch
    {
        DistributionMode.Easy => 15,
        DistributionMode.Memory => MaxSize,
        _ => 25,
    };

    void Open(int cell)
    {
        if (!_isOpen[cell])
        {
            _isOpen[cell] = true;
            _free.Add(cell);
        }
    }
}
