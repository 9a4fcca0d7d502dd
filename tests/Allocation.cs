namespace RL;

/// <summary>What code allocates on its thread.</summary>
static class Allocation
{
    /// <summary>
    /// Bytes that the calls of an action allocate at least, the first one left out. The least of several calls, because the runtime
    /// itself allocates on the thread now and then: when it compiles a method again, or initialises a type at its first use.
    /// </summary>
    public static long Least(Action action)
    {
        action();
        var least = long.MaxValue;
        for (var call = 0; call < 5; call++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
