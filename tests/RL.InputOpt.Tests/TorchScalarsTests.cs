using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>No garbage collection changes a number that an operation reads.</summary>
public sealed class TorchScalarsTests
{
    [Fact]
    public async Task Add_WhileAnotherThreadCollects_ReadsItsAlpha()
    {
        using var done = new CancellationTokenSource();
        var collector = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                GC.Collect(0);
                GC.WaitForPendingFinalizers();
                // Takes the place of a number that was freed.
                using Scalar other = 7.0;
            }
        });

        using var scope = NewDisposeScope();
        // libtorch converts the integers before it reads the alpha of the sum, which leaves milliseconds for a collection.
        var (integers, floats) = (ones(200_000, dtype: ScalarType.Int64), ones(200_000));
        var sums = new List<float>();
        for (var i = 0; i < 400; i++)
        {
            using var sum = integers + floats;
            sums.Add(sum[0].item<float>());
        }

        await done.CancelAsync();
        await collector;
        Assert.All(sums, sum => Assert.Equal(2f, sum));
    }

    // These ended the process.
    [Fact]
    public void Operations_OfWhatDoesNotFit_ThrowWhatLibtorchSays()
    {
        using var scope = NewDisposeScope();
        var input = ones(2, requires_grad: true);
        (Func<Tensor> Call, string Says)[] calls =
        [
            (() => ones(2, 3).matmul(ones(2, 3)), "cannot be multiplied"),
            (() => ones(2, 3).matmul(ones(3, 2, dtype: float64)), "same dtype"),
            (() => ones(2).cummax(7).values, "Dimension out of range"),
            (() => ones(2).cummin(7).values, "Dimension out of range"),
            (() => autograd.grad([input * 2], [input], [ones(5)])[0], "shape"),
        ];
        foreach (var (call, says) in calls)
        {
            Assert.Contains(says, Assert.Throws<ExternalException>(call).Message, StringComparison.Ordinal);
            Assert.Equal(3f, (ones(1) + 2).item<float>());
        }

        Assert.Throws<ExternalException>(() => ones(2).reshape(3));
    }
}
