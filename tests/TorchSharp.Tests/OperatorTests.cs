using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Operators against values worked out by hand.</summary>
public sealed class OperatorTests
{
    static readonly float[] _oneToSix = [1, 2, 3, 4, 5, 6];

    [Fact]
    public void Arithmetic_Broadcasts_OverRowsAndColumns()
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(_oneToSix, [2, 3]);
        var row = tensor(new float[] { 10, 20, 30 });
        var column = tensor(new float[] { 100, 200 }, [2, 1]);
        Assert.Equal([11, 22, 33, 14, 25, 36], (matrix + row).data<float>().ToArray());
        Assert.Equal([101, 102, 103, 204, 205, 206], (matrix + column).data<float>().ToArray());
        Assert.Equal([9, 8, 7, 6, 5, 4], (10 - matrix).data<float>().ToArray());
        Assert.Equal([6, 3, 2, 1.5f, 1.2f, 1], (6 / matrix).data<float>().ToArray());
        Assert.Equal([1, 3, 5, 7, 9, 11], (matrix * 2 - 1).data<float>().ToArray());
        Assert.Equal([1, 4, 9, 16, 25, 36], matrix.pow(2).data<float>().ToArray());
        Assert.Equal([-1, -2, -3, -4, -5, -6], (-matrix).data<float>().ToArray());
        Assert.Equal([10, 10, 10, 2.5f, 4, 5], (row / matrix).data<float>().ToArray());
    }

    [Fact]
    public void Scalar_OfAFloatTensor_KeepsTheTensorsType()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(float32, (tensor(_oneToSix) + 1.0).dtype);
        Assert.Equal(float32, (tensor(_oneToSix) * 2).dtype);
        Assert.Equal(int64, (arange(5) + 1).dtype);
        Assert.Equal(float32, (arange(5) + 1.5).dtype);
    }

    [Fact]
    public void InPlace_ReturnsTheSameObject()
    {
        using var scope = NewDisposeScope();
        var x = tensor(_oneToSix);
        Assert.Same(x, x.add_(1).mul_(2).sub_(x).zero_());
        Assert.Same(x, x.copy_(ones(6)).clamp_(0, 0.5));
        Assert.Equal(1, scope.DisposablesCount - 1);
        Assert.Equal(3f, x.sum().item<float>());
    }

    [Fact]
    public void Matmul_WrongShapes_ThrowsLibtorchsMessage()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ExternalException>(() => ones(2, 3).matmul(ones(2, 3)));
        Assert.Contains("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("frame #", error.Message, StringComparison.Ordinal);
        Assert.Throws<ExternalException>(() => ones(2) + ones(3));
        Assert.Throws<ExternalException>(() => ones(2).view(3));
        Assert.Throws<ExternalException>(() => cat([ones(2, 2), ones(3, 3)]));
        Assert.Equal(7f, ones(1, 7).matmul(ones(7, 1)).item<float>());
    }
}
