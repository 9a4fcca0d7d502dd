namespace TorchSharp;

/// <summary>One thread's stack of dispose scopes.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    static DisposeScopeManager? _current;

    public static ThreadDisposeScopeStatistics Statistics => Current.StatisticsInstance;

    internal static DisposeScopeManager Current => _current ??= new DisposeScopeManager();

    internal ThreadDisposeScopeStatistics StatisticsInstance { get; } = new();

    internal DisposeScope? CurrentScope { get; private set; }

    internal DisposeScope NewScope() => CurrentScope = new DisposeScope(this);

    internal void Register(torch.Tensor tensor)
    {
        if (CurrentScope is null)
        {
            StatisticsInstance.CreatedOutsideScopeCount++;
            return;
        }
        StatisticsInstance.CreatedInScopeCount++;
        CurrentScope.Add(tensor);
    }

    /// <summary>Takes a scope out, wherever in the stack it is: scopes may end out of order.</summary>
    internal void Remove(DisposeScope scope)
    {
        if (ReferenceEquals(CurrentScope, scope))
        {
            CurrentScope = scope.OuterScope;
            return;
        }
        for (var inner = CurrentScope; inner is not null; inner = inner.OuterScope)
        {
            if (ReferenceEquals(inner.OuterScope, scope))
            {
                inner.OuterScope = scope.OuterScope;
                return;
            }
        }
    }
}

/// <summary>How many tensors this thread has created and disposed, in and out of scopes.</summary>
public class ThreadDisposeScopeStatistics
{
    public long CreatedOutsideScopeCount { get; internal set; }

    public long CreatedInScopeCount { get; internal set; }

    public long DisposedInScopeCount { get; internal set; }

    public long DetachedFromScopeCount { get; internal set; }

    public long ThreadTotalLiveCount =>
        CreatedInScopeCount - DisposedInScopeCount + (CreatedOutsideScopeCount - DisposedOutsideScope);

    internal long DisposedOutsideScope { get; set; }

    public void Reset()
    {
        CreatedOutsideScopeCount = 0;
        CreatedInScopeCount = 0;
        DisposedInScopeCount = 0;
        DetachedFromScopeCount = 0;
        DisposedOutsideScope = 0;
    }
}
