namespace RL.Environments;

/// <summary>
/// How CoinRun's levels are made: one section after the other to the right, each a step up or down, either a pit with a danger in
/// it or a platform with obstacles; the coin stands after the last.
/// </summary>
sealed partial class CoinRun
{
    // From the physics: the highest and the widest jump, less half a cell.
    const int MaxRise = 5;
    const int MaxSpan = 7;

    const int CrateThemes = 4;
    const int EnemyThemes = 9;
    const int AgentThemes = 5;
    const int WallThemes = 6;

    bool IsEasy => options.DistributionMode == DistributionMode.Easy;

    protected override void MakeLevel()
    {
        ref var agent = ref Agent;
        _wallTheme = 0;
        if (IsEasy)
        {
            Background = 0;
        }
        else
        {
            agent.Theme = Random.NextInt(AgentThemes);
            _wallTheme = Random.NextInt(WallThemes);
        }

        (agent.Rx, agent.Ry) = (0.5f, 0.5787f);
        (agent.X, agent.Y) = (1 + agent.Rx, 1 + agent.Ry);
        _lastY = agent.Y;
        _hasSupport = _isOnCrate = false;

        Fill(0, 0, Width, 1, WallTop);
        Fill(0, 0, 1, Height, WallMid);
        Fill(Width - 1, 0, 1, Height, WallMid);
        Fill(0, Height - 1, Width, 1, WallMid);
        MakeSections();
    }

    void MakeSections()
    {
        var difficulty = Random.NextInt(3) + 1;
        var extra = difficulty / 3;
        var sections = Random.NextInt(difficulty) + difficulty;
        var danger = Random.NextInt(3);
        var (x, y) = (5, 1);
        for (var section = 0; section < sections && x + 15 < Width; section++)
        {
            var rise = Math.Min(Random.NextInt(4) + 1 + extra, MaxRise);
            if (y >= 20 || (y >= 5 && Random.NextInt(2) == 1))
            {
                rise = -rise;
            }

            var width = Random.NextInt(2 * difficulty) + 3 + extra;
            y = Math.Max(y + rise, 1);
            if (width > 7 && y > 3 && Random.NextInt(20) >= difficulty)
            {
                MakePit(x, y, width, danger);
            }
            else
            {
                MakePlatform(x, y, width, difficulty);
            }

            // Enemies turn around at both ends of a section.
            if (!IsWall(this[x - 1, y]))
            {
                Set(x - 1, y, EnemyBarrier);
            }

            x += width;
            Set(x, y, EnemyBarrier);
        }

        Set(x, y, Coin);
        FillGround(x, 0, 1, y);
        Fill(x + 1, 0, Width - x - 1, Height, WallMid);
    }

    void MakePit(int x, int y, int width, int danger)
    {
        var left = Random.NextInt(3) + 1;
        var right = Random.NextInt(3) + 1;
        var span = width - left - right;
        if (span > MaxSpan)
        {
            span = MaxSpan;
            right = width - left - span;
        }

        FillGround(x, 0, left, y);
        FillGround(x + width - right, 0, right, y);
        var lava = Random.NextInt(y - 3) + 1;
        if (danger == 0)
        {
            Fill(x + left, 1, span, lava - 1, LavaMid);
            Fill(x + left, lava, span, 1, LavaTop);
        }
        else
        {
            for (var i = 0; i < span; i++)
            {
                AddDanger(danger == 1 ? Saw : Enemy, x + left + i, 1);
            }
        }

        if (span > 4)
        {
            // A floating platform to land on.
            var from = Random.NextInt(2) + (span == 5 ? 1 : 2);
            var size = span == 7 ? span - from - (Random.NextInt(2) + 2) : Random.NextInt(2) + 1;
            FillGround(x + left + from, y - 1, size, 1);
        }
    }

    void MakePlatform(int x, int y, int width, int difficulty)
    {
        FillGround(x, 0, width, y);
        var (saw, enemy) = (-1, -1);
        if (Random.NextInt(10) < 2 * difficulty && width > 3)
        {
            saw = RandomColumn();
            AddDanger(Saw, saw, y);
        }

        if (Random.NextInt(10) < difficulty && width > 3 && !IsEasy)
        {
            enemy = RandomColumn();
            AddDanger(Enemy, enemy, y);
        }

        for (var pile = 0; pile < 2; pile++)
        {
            var column = RandomColumn();
            if (Random.NextInt(2) == 1 && column != saw && column != enemy)
            {
                var height = Random.NextInt(3) + 1;
                for (var i = 0; i < height; i++)
                {
                    Entities.Add(new Entity(Crate, column + 0.5f, y + i + 0.5f, 0, 0, 0.5f, 0.5f))
                        .Theme = Random.NextInt(CrateThemes);
                }
            }
        }

        int RandomColumn() => x + Random.NextInt(width - 2) + 1;
    }

    void AddDanger(int type, int x, int y)
    {
        var vx = type == Enemy ? (float)(0.15 * ((Random.NextInt(2) * 2) - 1)) : 0;
        ref var danger = ref Entities.Add(new Entity(type, x + 0.5f, y + 0.5f, vx, 0, 0.5f, 0.5f));
        if (type == Enemy)
        {
            (danger.IsSmart, danger.Image, danger.Layer) = (true, EnemyStep1, 1);
            danger.Theme = Random.NextInt(EnemyThemes);
        }
    }

    void FillGround(int x, int y, int width, int height)
    {
        Fill(x, y, width, height - 1, WallMid);
        Fill(x, y + height - 1, width, 1, WallTop);
    }
}
