using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharpTests;

public sealed class DisposeScopeTests
{
    [Fact]
    public void Scope_Ends_ReleasesWhatWasCreatedInIt()
    {
        Tensor inside;
        using (var scope = NewDisposeScope())
        {
            inside = ones(2);
            _ = inside + inside;
            Assert.Equal(2, scope.DisposablesCount);
        }
        Assert.True(inside.IsInvalid);
        Assert.Throws<InvalidOperationException>(() => inside.shape);
    }

    [Fact]
    public void MoveToOuter_SurvivesTheInnerScope_AndDiesWithTheOuter()
    {
        Tensor kept;
        using (var outer = NewDisposeScope())
        {
            using (NewDisposeScope())
                kept = ones(2).MoveToOuterDisposeScope();
            Assert.False(kept.IsInvalid);
            Assert.Equal(1, outer.DisposablesCount);
        }
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void MoveToOuter_WithoutAnOuterScope_Detaches()
    {
        Tensor kept;
        using (var scope = NewDisposeScope())
            kept = scope.MoveToOuter(ones(2));
        Assert.False(kept.IsInvalid);
        kept.Dispose();
        Assert.True(kept.IsInvalid);
    }

    [Fact]
    public void Detach_LeavesTheTensorToItsOwner()
    {
        Tensor a, b;
        using (var scope = NewDisposeScope())
        {
            a = ones(2).DetachFromDisposeScope();
            (b, _) = scope.Detach(ones(2), ones(2));
            Assert.Equal(0, scope.DisposablesCount);
        }
        Assert.False(a.IsInvalid || b.IsInvalid);
        a.Dispose();
        b.Dispose();
    }

    [Fact]
    public void DisposeEverythingBut_KeepsWhatItIsTold()
    {
        using var scope = NewDisposeScope();
        var a = ones(1);
        var b = ones(1);
        var c = ones(1);
        Assert.Same(b, scope.DisposeEverythingBut(b));
        Assert.True(a.IsInvalid && c.IsInvalid);
        Assert.False(b.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
    }

    [Fact]
    public void Dispose_InsideAScope_LeavesTheScopeAtOnce()
    {
        using var scope = NewDisposeScope();
        var first = ones(1);
        var second = ones(1);
        first.Dispose();
        first.Dispose();
        Assert.Equal(1, scope.DisposablesCount);
        Assert.False(second.IsInvalid);
    }

    [Fact]
    public void Statistics_CountCreationsAndDisposals_OfThisThread()
    {
        var statistics = DisposeScopeManager.Statistics;
        statistics.Reset();
        var outside = ones(1);
        using (NewDisposeScope())
        {
            var a = ones(1);
            _ = a.add_(1) + 1;
            _ = ones(1).DetachFromDisposeScope();
        }
        Assert.Equal(1, statistics.CreatedOutsideScopeCount);
        Assert.Equal(3, statistics.CreatedInScopeCount);
        Assert.Equal(2, statistics.DisposedInScopeCount);
        Assert.Equal(1, statistics.DetachedFromScopeCount);
        Assert.Equal(2, statistics.ThreadTotalLiveCount);
        outside.Dispose();
        Assert.Equal(1, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Parameter_TakesItsDatasPlace()
    {
        using var scope = NewDisposeScope();
        var data = ones(2);
        var parameter = new Parameter(data);
        Assert.True(data.IsInvalid);
        Assert.Equal(1, scope.DisposablesCount);
        Assert.True(parameter.requires_grad && parameter.is_leaf);
    }
}
