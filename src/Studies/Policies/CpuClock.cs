namespace RL.Studies;

/// <summary>CPU time of the process: limits in seconds mean the same on a busy machine. It has no time of day of its own.</summary>
public sealed class CpuClock : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
