namespace RL.Environments;

/// <summary>Draws one copy of an environment as it is, without a display. Belongs to the thread that made it.</summary>
public interface IEnvironmentRenderer : IDisposable
{
    /// <summary>Pixels of a row.</summary>
    int Width { get; }

    /// <summary>Rows.</summary>
    int Height { get; }

    /// <summary>Steps per second of the task's own time, for films that run as fast as what they show.</summary>
    double StepsPerSecond { get; }

    /// <summary>Writes what is to be seen: red, green, blue, top row first. [Height × Width × 3]</summary>
    void Draw(Span<byte> rgb);
}
