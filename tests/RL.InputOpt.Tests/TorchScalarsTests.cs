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
}
