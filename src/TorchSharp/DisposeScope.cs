namespace TorchSharp;

/// <summary>
/// Owns the tensors that its thread creates while it is the innermost scope, and releases them when it ends.
/// A tensor knows its slot here, so that leaving a scope early costs the same however many tensors the scope holds.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    readonly List<torch.Tensor> _tensors = [];
    DisposeScopeManager? _manager;

    internal DisposeScope(DisposeScopeManager manager)
    {
        _manager = manager;
        OuterScope = manager.CurrentScope;
    }

    public int DisposablesCount
    {
        get
        {
            ObjectDisposedException.ThrowIf(_manager is null, this);
            return _tensors.Count;
        }
    }

    internal DisposeScope? OuterScope { get; set; }

    public T MoveToOuter<T>(T disposable)
        where T : IDisposable
    {
        MoveToOuterOne(disposable);
        return disposable;
    }

    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        MoveToOuterOne(first);
        MoveToOuterOne(second);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        MoveToOuterOne(first);
        MoveToOuterOne(second);
        MoveToOuterOne(third);
        return (first, second, third);
    }

    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            MoveToOuterOne(disposable);
    }

    public T Detach<T>(T disposable)
        where T : IDisposable
    {
        DetachOne(disposable);
        return disposable;
    }

    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        DetachOne(first);
        DetachOne(second);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        DetachOne(first);
        DetachOne(second);
        DetachOne(third);
        return (first, second, third);
    }

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            DetachOne(disposable);
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        ObjectDisposedException.ThrowIf(_manager is null, this);
        var keep = inKeep.ToHashSet<object>(ReferenceEqualityComparer.Instance);
        // Backwards: disposing a tensor removes it here by moving the last one into its slot.
        for (var i = _tensors.Count - 1; i >= 0; i--)
            if (keep.Count == 0 || !keep.Contains(_tensors[i]))
                _tensors[i].Dispose();
    }

    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public T DisposeEverythingBut<T>(T keep)
        where T : IDisposable
    {
        DisposeEverythingBut([keep]);
        return keep;
    }

    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second)
        where T1 : IDisposable
        where T2 : IDisposable
    {
        DisposeEverythingBut([first, second]);
        return (first, second);
    }

    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third)
        where T1 : IDisposable
        where T2 : IDisposable
        where T3 : IDisposable
    {
        DisposeEverythingBut([first, second, third]);
        return (first, second, third);
    }

    public void Dispose()
    {
        if (_manager is null)
            return;
        for (var i = _tensors.Count - 1; i >= 0; i--)
            _tensors[i].Dispose();
        _manager.Remove(this);
        _manager = null;
    }

    internal void Add(torch.Tensor tensor)
    {
        tensor.OwningScope = this;
        tensor.ScopeSlot = _tensors.Count;
        _tensors.Add(tensor);
    }

    internal void Remove(torch.Tensor tensor)
    {
        var last = _tensors[^1];
        _tensors[tensor.ScopeSlot] = last;
        last.ScopeSlot = tensor.ScopeSlot;
        _tensors.RemoveAt(_tensors.Count - 1);
        tensor.OwningScope = null;
    }

    /// <summary>The replacement takes the original's place, in whatever scope that is.</summary>
    internal static void Replace(torch.Tensor original, torch.Tensor replacement)
    {
        if (original.OwningScope is not { } scope)
            return;
        scope.Remove(original);
        scope.Add(replacement);
    }

    void MoveToOuterOne(IDisposable disposable)
    {
        ObjectDisposedException.ThrowIf(_manager is null, this);
        if (OuterScope is null)
        {
            DetachOne(disposable);
        }
        else if (disposable is torch.Tensor tensor && ReferenceEquals(tensor.OwningScope, this))
        {
            Remove(tensor);
            OuterScope.Add(tensor);
        }
    }

    void DetachOne(IDisposable disposable)
    {
        ObjectDisposedException.ThrowIf(_manager is null, this);
        if (disposable is not torch.Tensor tensor || !ReferenceEquals(tensor.OwningScope, this))
            return;
        Remove(tensor);
        _manager.StatisticsInstance.DetachedFromScopeCount++;
    }
}
