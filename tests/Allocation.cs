namespace RL;

/// <summary>What code allocates on its thread.</summary>
static class Allocation
{
    /// <summary>Bytes that an object takes at least.</summary>
    public const int SmallestObject = 24;

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

    /// <summary>
    /// Bytes that each further iteration of an action allocates: less than <see cref="SmallestObject"/> if none does. While other tests
    /// collect garbage the runtime's counter is off by some kilobytes a call, so that no two calls need give the same number.
    /// </summary>
    /// <param name="action">Number of iterations → what is measured.</param>
    /// <param name="few">Iterations of the call that is compared with.</param>
    /// <param name="many">Iterations, thousands more.</param>
    public static double PerIteration(Func<int, Action> action, int few, int many) =>
        (double)(Least(action(many)) - Least(action(few))) / (many - few);
}
