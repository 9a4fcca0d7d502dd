namespace RL.Environments;

/// <summary>
/// A thing that is not bound to a cell: an axis-aligned box with a velocity and a look. Units are cells and cells per step; y
/// points up.
/// </summary>
struct Entity
{
    /// <summary>A thing of this type that shows its own picture and is not smart.</summary>
    public Entity(int type, float x, float y, float vx, float vy, float rx, float ry)
    {
        (Type, Image) = (type, type);
        (X, Y, Vx, Vy, Rx, Ry) = (x, y, vx, vy, rx, ry);
    }

    /// <summary>Centre.</summary>
    public float X, Y;

    /// <summary>Velocity.</summary>
    public float Vx, Vy;

    /// <summary>Half width and half height.</summary>
    public float Rx, Ry;

    /// <summary>Factor of its size per step.</summary>
    public float GrowRate = 1;

    /// <summary>Opacity of its picture, and its factor per step.</summary>
    public float Alpha = 1, AlphaDecay = 1;

    /// <summary>What it is.</summary>
    public int Type;

    /// <summary>Whose picture it shows (a type), and which of its looks.</summary>
    public int Image, Theme;

    /// <summary>Clockwise quarter turns of its picture.</summary>
    public int Turns;

    /// <summary>0 or 1; layer 1 is drawn over layer 0.</summary>
    public int Layer;

    /// <summary>Steps since it appeared.</summary>
    public int Age;

    /// <summary>Age beyond which it vanishes; −1 if never.</summary>
    public int Lifetime = -1;

    /// <summary>Its picture is mirrored, left to right.</summary>
    public bool IsMirrored;

    /// <summary>Walls stop it and cells act on it.</summary>
    public bool IsSmart;

    /// <summary>It acts on other entities, not only on the agent.</summary>
    public bool HitsEntities;

    /// <summary>It vanishes at the end of the step.</summary>
    public bool IsErased;

    /// <summary>The boxes overlap on both axes by more than −<paramref name="margin"/>.</summary>
    public readonly bool Overlaps(in Entity other, float margin = 0) =>
        MathF.Abs(X - other.X) < Rx + other.Rx + margin && MathF.Abs(Y - other.Y) < Ry + other.Ry + margin;

    /// <summary>Moves it on, unless it is smart and has moved already, and ages it.</summary>
    public void Advance()
    {
        if (!IsSmart)
        {
            X += Vx;
            Y += Vy;
        }

        Age++;
        IsErased |= Lifetime > 0 && Age > Lifetime;
        Rx *= GrowRate;
        Ry *= GrowRate;
        Alpha = AlphaDecay * Alpha;
    }
}
