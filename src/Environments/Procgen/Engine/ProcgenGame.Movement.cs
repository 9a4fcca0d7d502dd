namespace RL.Environments;

/// <summary>How smart entities move between walls: Procgen's sub-steps, one axis after the other.</summary>
abstract partial class ProcgenGame
{
    // Boxes that overlap by less only touch.
    const float Touch = -0.001f;

    // Corners are looked up a little inside of the box, so that it fits through a gap of its own size.
    const float CornerMargin = 0.98f;

    // Pushing out of one box can push into the next; it stops here.
    const int MaxPushes = 5;

    /// <summary>A cell stops the entity.</summary>
    protected virtual bool Stops(in Entity entity, int cell) => cell == Wall || cell == Outside;

    /// <summary>A cell throws the entity back.</summary>
    protected virtual bool Reflects(in Entity entity, int cell) => false;

    /// <summary>True if entities can stop others; if not, they need not be looked at.</summary>
    protected virtual bool HasSolidEntities => false;

    /// <summary>An entity stops another one.</summary>
    protected virtual bool Stops(in Entity entity, in Entity other, bool isHorizontal) => false;

    /// <summary>Moves a smart entity by its velocity, which loses the share of the way that was blocked.</summary>
    protected void Move(int index)
    {
        ref var entity = ref Entities[index];
        var steps = MovesByCells
            ? 1
            : Math.Max(4, (int)(4 * MathF.Sqrt((entity.Vx * entity.Vx) + (entity.Vy * entity.Vy))));
        var part = (float)(1.0 / steps);
        var isXFirst = IsXFirst(entity, index == 0);
        var (freeX, freeY) = (0f, 0f);
        for (var step = 0; step < steps; step++)
        {
            bool isXBlocked, isYBlocked;
            if (isXFirst)
            {
                isXBlocked = MoveBy(index, entity.Vx * part, 0, 0);
                isYBlocked = MoveBy(index, 0, entity.Vy * part, 0);
            }
            else
            {
                isYBlocked = MoveBy(index, 0, entity.Vy * part, 0);
                isXBlocked = MoveBy(index, entity.Vx * part, 0, 0);
            }

            freeX += isXBlocked ? 0 : 1;
            freeY += isYBlocked ? 0 : 1;
            if (isXBlocked && isYBlocked)
            {
                break;
            }
        }

        entity.Vx *= freeX / steps;
        entity.Vy *= freeY / steps;
    }

    bool IsXFirst(in Entity entity, bool isAgent)
    {
        var difference = MathF.Abs(entity.Vx) - MathF.Abs(entity.Vy);
        return isAgent && ActionY != 0 ? false
            : isAgent && ActionX != 0 ? true
            : difference == 0 ? _tieBreaker % 2 == 0
            : difference > 0;
    }

    // Moves along one axis; true if something was in the way. A move of 0 counts as vertical.
    bool MoveBy(int index, float dx, float dy, int pushes)
    {
        ref var entity = ref Entities[index];
        var isHorizontal = dx != 0;
        var (x, y) = (entity.X + dx, entity.Y + dy);
        var (isBlocked, isReflected) = LookAtCorners(entity, x, y);
        if (isReflected)
        {
            if (isHorizontal)
            {
                x += 2 * Overshoot(x, entity.Rx, dx);
                entity.Vx = -entity.Vx;
            }
            else
            {
                y += 2 * Overshoot(y, entity.Ry, dy);
                entity.Vy = -entity.Vy;
            }
        }
        else if (isBlocked)
        {
            if (isHorizontal)
            {
                x = MovesByCells ? entity.X : Snap(x, entity.Rx, dx);
            }
            else
            {
                y = MovesByCells ? entity.Y : Snap(y, entity.Ry, dy);
            }
        }

        (entity.X, entity.Y) = (x, y);
        return isBlocked | (HasSolidEntities && PushOut(index, isHorizontal, pushes));
    }

    (bool IsBlocked, bool IsReflected) LookAtCorners(in Entity entity, float x, float y)
    {
        var (rx, ry) = (entity.Rx * CornerMargin, entity.Ry * CornerMargin);
        var (isBlocked, isReflected) = (false, false);
        // Usually all four corners lie in the same or in empty cells.
        Span<int> corners = [CellAt(x - rx, y - ry), CellAt(x - rx, y + ry), CellAt(x + rx, y - ry), CellAt(x + rx, y + ry)];
        foreach (var cell in corners)
        {
            if (cell != Space)
            {
                isBlocked |= Stops(entity, cell);
                isReflected |= Reflects(entity, cell);
            }
        }

        return (isBlocked, isReflected);
    }

    // How far the leading edge is beyond the border of its cell, with the sign of the way back.
    static float Overshoot(float centre, float radius, float direction) => direction < 0
        ? MathF.Ceiling(centre - radius) - (centre - radius)
        : MathF.Floor(centre + radius) - (centre + radius);

    // The leading edge at the border of its cell.
    static float Snap(float centre, float radius, float direction) => direction > 0
        ? MathF.Floor(centre + radius) - radius
        : MathF.Ceiling(centre - radius) + radius;

    bool PushOut(int index, bool isHorizontal, int pushes)
    {
        ref var entity = ref Entities[index];
        var isBlocked = false;
        for (var i = Entities.Count - 1; i >= 0; i--)
        {
            ref var other = ref Entities[i];
            if (i == index || other.IsErased || !entity.Overlaps(other, Touch) || !Stops(entity, other, isHorizontal))
            {
                continue;
            }

            // To exact contact.
            isBlocked = true;
            var distance = isHorizontal ? other.Rx + entity.Rx : other.Ry + entity.Ry;
            var dx = isHorizontal ? (float)(other.X + (Sign(entity.X - other.X) * distance) - entity.X) : 0;
            var dy = isHorizontal ? 0 : (float)(other.Y + (Sign(entity.Y - other.Y) * distance) - entity.Y);
            if (pushes < MaxPushes)
            {
                MoveBy(index, dx, dy, pushes + 1);
            }

            if (isHorizontal)
            {
                entity.Vx = 0;
            }
            else
            {
                entity.Vy = 0;
            }
        }

        return isBlocked;
    }

    static double Sign(float value) => value > 0 ? 1 : value == 0 ? 0 : -1;
}
