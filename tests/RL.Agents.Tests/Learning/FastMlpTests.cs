using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public unsafe class FastMlpTests
{
    // Sizes of HalfCheetah's critic and actor, and of nothing in particular.
    public static TheoryData<int, int[], int, int> Shapes => new()
    {
        { 23, [256, 256], 1, 256 }, { 17, [256, 256], 6, 256 }, { 5, [7, 33, 18], 3, 9 }, { 3, [400, 300], 1, 100 }, { 4, [20], 1, 8 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_AnyShape_EqualsAutograd(int inputs, int[] hidden, int outputs, int rows)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        var net = new Mlp(inputs, hidden, outputs, generator);
        var x = rand([rows, inputs], generator: generator).mul(2).sub(1);
        x.requires_grad = true;
        var dy = rand([rows, outputs], generator: generator).sub(0.5);
        var y = net.call(x);
        var parameters = net.parameters().ToArray();
        var expected = autograd.grad([(y * dy).sum()], [.. parameters, x]);

        var fast = new FastMlp(net);
        using var pass = new FastMlp.Pass(fast, rows);
        using var output = new NativeFloats(rows * outputs);
        using var gradient = new NativeFloats(fast.ParameterCount);
        var (points, deltas) = (x.detach().clone(), dy.clone());
        fast.Forward(pass, FastMlp.PointerOf(points), output.Pointer);
        AssertClose(y.detach(), output.Span);

        fast.Backward(pass, FastMlp.PointerOf(points), FastMlp.PointerOf(deltas), gradient.Pointer);
        var offset = 0;
        for (var i = 0; i < parameters.Length; i++)
        {
            var length = (int)parameters[i].numel();
            AssertClose(expected[i], gradient.Span.Slice(offset, length));
            offset += length;
        }

        // Of the inputs from the second on.
        using var inputGradient = new NativeFloats(rows * (inputs - 1));
        fast.Forward(pass, FastMlp.PointerOf(points), output.Pointer);
        fast.BackwardToInput(pass, FastMlp.PointerOf(deltas), 1, inputGradient.Pointer);
        AssertClose(expected[^1].narrow(1, 1, inputs - 1).contiguous(), inputGradient.Span);
    }

    [Fact]
    public void Forward_NotANumber_StaysOne()
    {
        using var generator = new Generator(1, CPU);
        using var net = new Mlp(4, [40], 1, generator);
        var fast = new FastMlp(net);
        using var pass = new FastMlp.Pass(fast, 2);
        using var x = new NativeFloats(8);
        using var y = new NativeFloats(2);
        x.Span[0] = float.NaN;
        fast.Forward(pass, x.Pointer, y.Pointer);
        Assert.Equal((true, true), (float.IsNaN(y.Span[0]), float.IsFinite(y.Span[1])));
    }

    // To 1e-6 of the whole.
    static void AssertClose(Tensor expected, ReadOnlySpan<float> actual)
    {
        var values = expected.data<float>().ToArray();
        Assert.Equal(values.Length, actual.Length);
        var (error, size) = (0.0, 0.0);
        for (var i = 0; i < values.Length; i++)
        {
            error += Math.Pow(values[i] - actual[i], 2);
            size += Math.Pow(values[i], 2);
        }

        Assert.True(Math.Sqrt(error) <= 1e-6 * Math.Sqrt(size), $"relative error {Math.Sqrt(error / size)}");
    }
}
