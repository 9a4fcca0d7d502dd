using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharpTests;

public sealed class AutogradTests
{
    [Fact]
    public void Grad_OfAPolynomial_IsItsDerivative()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { 1, 2, 3 }, requires_grad: true);
        var gradient = autograd.grad([(x * x * x).sum()], [x])[0];
        Assert.Equal([3, 12, 27], gradient.data<float>().ToArray());
        Assert.False(gradient.requires_grad);
    }

    [Fact]
    public void Grad_OfABroadcastOperand_SumsOverTheBroadcast()
    {
        using var scope = NewDisposeScope();
        var bias = zeros(3, requires_grad: true);
        var gradient = autograd.grad([(ones(5, 3) + bias).sum()], [bias])[0];
        Assert.Equal([5, 5, 5], gradient.data<float>().ToArray());
    }

    [Fact]
    public void Grad_CreateGraph_GivesTheSecondDerivative()
    {
        using var scope = NewDisposeScope();
        var x = tensor(3.0f, requires_grad: true);
        var first = autograd.grad([x.pow(4)], [x], create_graph: true)[0];
        var second = autograd.grad([first], [x])[0];
        Assert.Equal(108f, first.item<float>());
        Assert.Equal(108f, second.item<float>());
    }

    [Fact]
    public void Grad_OfAnUnusedInput_ThrowsUnlessAllowed()
    {
        using var scope = NewDisposeScope();
        var x = ones(1, requires_grad: true);
        var unused = ones(1, requires_grad: true);
        Assert.Throws<ExternalException>(() => autograd.grad([x * 2], [unused]));
        Assert.Null(autograd.grad([x * 2], [unused], allow_unused: true)[0]);
    }

    [Fact]
    public void Backward_Accumulates_UntilZeroGrad()
    {
        using var scope = NewDisposeScope();
        var x = new Parameter(ones(2));
        using var optimizer = optim.SGD([x], 1);
        (x * 3).sum().backward();
        (x * 3).sum().backward();
        optimizer.step();
        Assert.Equal([-5, -5], x.data<float>().ToArray());
        optimizer.zero_grad();
        optimizer.step();
        Assert.Equal([-5, -5], x.data<float>().ToArray());
    }

    [Fact]
    public void NoGrad_RecordsNothing_AndEndsWithItsUsing()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad())
                Assert.True((x * 2).requires_grad);
        }
        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).detach().requires_grad);
    }

    [Fact]
    public void InPlace_OnALeafThatRequiresGrad_Throws()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, requires_grad: true);
        var error = Assert.Throws<ExternalException>(() => x.add_(1));
        Assert.Contains("a leaf Variable that requires grad", error.Message, StringComparison.Ordinal);
    }
}
