using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharpTests;

public sealed class OptimizerTests
{
    const int Steps = 50;

    public static TheoryData<double, bool, bool, bool> Variants => new()
    {
        { 0, false, false, false },
        { 0.1, false, false, false },
        { 0, true, false, false },
        { 0.1, false, true, false },
        { 0, false, false, true },
        { 0.1, true, true, true },
    };

    /// <summary>The fused kernel (float32, no amsgrad) and the tensor operations against the equations in double.</summary>
    [Theory]
    [MemberData(nameof(Variants))]
    public void Adam_FiftySteps_MatchesThePlainEquations(double weightDecay, bool amsgrad, bool maximize, bool wide)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        const double Lr = 0.05, Beta1 = 0.9, Beta2 = 0.99, Eps = 1e-8;
        var type = wide ? float64 : float32;
        var parameter = new Parameter(randn(1000, type, generator: generator));
        var p = parameter.detach().to(float64).clone();
        var (m, v, largest) = (zeros_like(p), zeros_like(p), zeros_like(p));
        using var optimizer = optim.Adam([parameter], Lr, Beta1, Beta2, Eps, weightDecay, amsgrad, maximize);
        for (var t = 1; t <= Steps; t++)
        {
            using var inner = NewDisposeScope();
            var c = randn(1000, float64, generator: generator);
            optimizer.zero_grad();
            ((parameter - c.to(type)).pow(2) * 0.5).sum().backward();
            optimizer.step();

            var g = (maximize ? -1 : 1) * (p - c) + weightDecay * p;
            m.copy_(Beta1 * m + (1 - Beta1) * g);
            v.copy_(Beta2 * v + (1 - Beta2) * g * g);
            largest.copy_(maximum(largest, v));
            var squares = (amsgrad ? largest : v) / (1 - Math.Pow(Beta2, t));
            p.sub_(Lr * m / (1 - Math.Pow(Beta1, t)) / (squares.sqrt() + Eps));
        }
        var error = (parameter.detach().to(float64) - p).abs().max().item<double>();
        Assert.InRange(error, 0, wide ? 1e-10 : 1e-4);
    }

    /// <summary>A zeroed gradient is zero, not absent: the first moment carries the parameter on by its decayed average.</summary>
    [Fact]
    public void Step_AfterZeroGradWithoutBackward_UsesZeroGradients()
    {
        using var scope = NewDisposeScope();
        const double Lr = 0.1, Beta1 = 0.9, Beta2 = 0.99;
        var parameter = new Parameter(ones(1));
        using var optimizer = optim.Adam([parameter], Lr, Beta1, Beta2);
        parameter.sum().backward();
        optimizer.step();
        optimizer.zero_grad();
        optimizer.step();

        // g = 1, then 0.
        var m = (1 - Beta1) * Beta1 / (1 - (Beta1 * Beta1));
        var v = (1 - Beta2) * Beta2 / (1 - (Beta2 * Beta2));
        Assert.Equal(1 - Lr - (Lr * m / Math.Sqrt(v)), parameter.item<float>(), 1e-5);
    }

    /// <summary>The first moment of a dead unit's weight must not stay subnormal for ever, where arithmetic is slow.</summary>
    [Fact]
    public void Adam_ZeroGradientsForLong_FirstMomentBecomesZero()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(1));
        using var optimizer = optim.Adam([parameter]);
        parameter.sum().backward();
        optimizer.step();
        optimizer.zero_grad();
        for (var i = 0; i < 1_500; i++)
        {
            optimizer.step();
        }

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        optimizer.save_state_dict(writer);
        // The state ends with exp_avg (type, dimensions, extent, value), exp_avg_sq (likewise) and a flag.
        Assert.Equal(0, BitConverter.ToSingle(stream.ToArray().AsSpan()[^12..^8]));
    }

    [Fact]
    public void Step_WithoutAnyBackward_LeavesTheParameter()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(1));
        using var optimizer = optim.Adam([parameter]);
        optimizer.zero_grad();
        optimizer.step();
        Assert.Equal(1, parameter.item<float>());
    }

    [Fact]
    public void Adam_InPlaceUpdate_IsSeenByAutograd()
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(ones(3));
        using var optimizer = optim.Adam([parameter]);
        parameter.sum().backward();
        var stale = (parameter * parameter).sum();
        optimizer.step();
        // The graph saved the parameter's old value, which is gone.
        Assert.Throws<System.Runtime.InteropServices.ExternalException>(stale.backward);
    }

    [Fact]
    public void Adam_SaveAndLoad_ContinuesBitForBit()
    {
        using var scope = NewDisposeScope();
        var a = new Parameter(ones(5));
        using var first = optim.Adam([a], 0.1);
        Train(first, a, 3);
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
            first.save_state_dict(writer);
        var bytes = stream.ToArray();
        byte[] start = [4, .. "Adam"u8, 1, 1, .. BitConverter.GetBytes(0.1), .. BitConverter.GetBytes(0.1)];
        Assert.Equal(start, bytes[..start.Length]);

        var b = new Parameter(a.detach().clone());
        using var second = optim.Adam([b], 0.7);
        stream.Position = 0;
        using (var reader = new BinaryReader(stream))
            second.load_state_dict(reader);
        Assert.Equal(0.1, second.ParamGroups.Single().LearningRate);
        Train(first, a, 4);
        Train(second, b, 4);
        Assert.Equal(a.data<float>().ToArray(), b.data<float>().ToArray());
    }

    [Fact]
    public void Sgd_WithMomentum_MatchesHandValues()
    {
        using var scope = NewDisposeScope();
        var x = new Parameter(zeros(1));
        using var optimizer = optim.SGD([x], 0.1, momentum: 0.5);
        for (var i = 0; i < 2; i++)
        {
            optimizer.zero_grad();
            (x * 2).sum().backward();
            optimizer.step();
        }
        // Velocities 2 and 3.
        Assert.Equal(-0.5f, x.item<float>(), 1e-6f);
    }

    [Fact]
    public void LearningRate_SetThroughParamGroups_TakesEffect()
    {
        using var scope = NewDisposeScope();
        var x = new Parameter(zeros(1));
        using var optimizer = optim.SGD([x], 0.1);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = 2;
        x.sum().backward();
        optimizer.step();
        Assert.Equal(-2f, x.item<float>());
        Assert.Equal(0.1, optimizer.ParamGroups.Single().InitialLearningRate);
    }

    static void Train(optim.Optimizer optimizer, Parameter parameter, int steps)
    {
        for (var i = 0; i < steps; i++)
        {
            optimizer.zero_grad();
            parameter.pow(2).sum().backward();
            optimizer.step();
        }
    }
}
