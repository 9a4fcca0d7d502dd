namespace RL.Environments;

/// <summary>Where a task that stays in its place is seen from.</summary>
/// <param name="LookAt">The point in the middle of the picture. [m]</param>
/// <param name="Distance">From there to the camera. [m]</param>
/// <param name="Azimuth">Direction of sight: 90 looks along y. [°]</param>
/// <param name="Elevation">Negative looks down. [°]</param>
readonly record struct MujocoView((double X, double Y, double Z) LookAt, double Distance, double Azimuth, double Elevation);

/// <summary>
/// Draws a simulation with MuJoCo's own renderer over OSMesa. The camera is the task's view, or else the model's first one (ours
/// follow the robot's mass centre), or else one that follows the first body. Each pixel is the mean of four, which smooths the edges.
/// </summary>
sealed class MujocoRenderer : IEnvironmentRenderer
{
    const int Samples = 2; // per side of a pixel

    readonly MujocoSimulation _simulation;
    readonly byte[] _fine;
    nint _renderer;

    /// <exception cref="MujocoException">There is no OSMesa, or it cannot draw.</exception>
    public MujocoRenderer(MujocoSimulation simulation, int width, int height, double stepsPerSecond, MujocoView? view)
    {
        _simulation = simulation;
        (Width, Height, StepsPerSecond) = (width, height, stepsPerSecond);
        _fine = new byte[Width * Samples * Height * Samples * 3];
        _renderer = simulation.Model.MakeRenderer(Width * Samples, Height * Samples);
        if (view is { LookAt: var (x, y, z) } own)
        {
            MujocoShim.rl_mujoco_draw_from(_renderer, [x, y, z], own.Distance, own.Azimuth, own.Elevation);
        }
    }

    public int Width { get; }

    public int Height { get; }

    public double StepsPerSecond { get; }

    public void Draw(Span<byte> rgb)
    {
        ObjectDisposedException.ThrowIf(_renderer == 0, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, Width * Height * 3);
        MujocoShim.Check(MujocoShim.rl_mujoco_draw(_renderer, _simulation.Handle, _fine));
        var fineRow = Width * Samples * 3;
        for (var y = 0; y < Height; y++)
        {
            for (var i = 0; i < Width * 3; i++)
            {
                var first = (y * Samples * fineRow) + (i / 3 * Samples * 3) + (i % 3);
                var sum = _fine[first] + _fine[first + 3] + _fine[first + fineRow] + _fine[first + fineRow + 3];
                rgb[(y * Width * 3) + i] = (byte)((sum + 2) / 4);
            }
        }
    }

    public void Dispose()
    {
        if (_renderer != 0)
        {
            MujocoShim.rl_mujoco_draw_free(_renderer);
            _renderer = 0;
        }
    }
}
