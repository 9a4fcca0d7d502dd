using System.Runtime.ExceptionServices;

namespace RL.Environments;

/// <summary>
/// Runs the same work on items 0…n−1 with a fixed number of threads, the calling one among them. The threads sleep between
/// two runs, and a run allocates nothing. Items are handed out one by one, so that long ones do not hold up the
/// others: which thread does which item is a matter of chance, so the work on an item may depend on nothing but the item.
/// </summary>
sealed class WorkerPool : IDisposable
{
    readonly Thread[] _workers;
    readonly SemaphoreSlim _start = new(0);
    readonly SemaphoreSlim _done = new(0);
    readonly Exception?[] _failures;
    Action<int>? _work;
    int _count;
    int _next;
    int _running;
    bool _isDisposed;

    /// <param name="threads">Threads that work, the calling one included: 1 does everything in it.</param>
    /// <param name="mostItems">Most items of a run; more threads than that are not made.</param>
    public WorkerPool(int threads, int mostItems)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _failures = new Exception?[mostItems];
        _workers = new Thread[Math.Min(threads, mostItems) - 1];
        for (var i = 0; i < _workers.Length; i++)
        {
            // Background: an environment that nobody disposed of does not keep the process alive.
            _workers[i] = new Thread(Serve) { IsBackground = true, Name = $"environments {i + 1}" };
            _workers[i].Start();
        }
    }

    /// <summary>Threads that work, the calling one included.</summary>
    public int Threads => _workers.Length + 1;

    /// <summary>Runs <paramref name="work"/> on the items 0 to <paramref name="count"/> − 1 and returns when all are done.</summary>
    /// <remarks>Where several items throw, the first item's exception is thrown, whatever the number of threads.</remarks>
    public void Run(int count, Action<int> work)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        var helpers = Math.Min(_workers.Length, count - 1);
        (_work, _count, _next) = (work, count, 0);
        if (helpers > 0)
        {
            Volatile.Write(ref _running, helpers);
            _start.Release(helpers);
        }

        WorkOff();
        if (helpers > 0)
        {
            _done.Wait();
        }

        if (_failures.AsSpan(0, Math.Max(count, 0)).IndexOfAnyExcept((Exception?)null) is >= 0 and var first)
        {
            var failure = _failures[first]!;
            Array.Clear(_failures);
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        if (_workers.Length > 0)
        {
            _start.Release(_workers.Length);
        }

        foreach (var worker in _workers)
        {
            worker.Join();
        }

        _start.Dispose();
        _done.Dispose();
    }

    void Serve()
    {
        while (true)
        {
            _start.Wait();
            if (_isDisposed)
            {
                return;
            }

            WorkOff();
            if (Interlocked.Decrement(ref _running) == 0)
            {
                _done.Release();
            }
        }
    }

    void WorkOff()
    {
        for (int item; (item = Interlocked.Increment(ref _next) - 1) < _count;)
        {
            try
            {
                _work!(item);
            }
            catch (Exception exception)
            {
                // Thrown again by Run, in the thread that called it.
                _failures[item] = exception;
            }
        }
    }
}
