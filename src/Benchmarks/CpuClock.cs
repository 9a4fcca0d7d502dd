namespace RL.Benchmarks;

/// <summary>CPU time of the process: limits in seconds mean the same on a busy machine.</summary>
sealed class CpuClock : TimeProvider
{
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Environment.CpuUsage.TotalTime.Ticks;
}
