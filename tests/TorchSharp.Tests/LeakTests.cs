using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchSharpTests;

/// <summary>Tests that measure the process or use its default generator run by themselves, after the others.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(Alone))]
public sealed class LeakTests
{
    /// <summary>10,000 updates of a small learner: what is not released at once would show in the resident size.</summary>
    [Fact]
    public void Updates_TenThousand_LeaveTheResidentSizeFlat()
    {
        using var network = Sequential(Linear(8, 16), ReLU(), Linear(16, 2));
        using var target = Sequential(Linear(8, 16), ReLU(), Linear(16, 2));
        using var optimizer = optim.Adam(network.parameters());
        target.load_state_dict(network.state_dict());
        var observations = new float[32 * 8];
        // The just-in-time compiler works on for a few thousand updates.
        Run(5_000);
        var before = ResidentKilobytes();
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Run(10_000);
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.InRange(ResidentKilobytes() - before, -100_000, 8_000);

        void Run(int updates)
        {
            for (var i = 0; i < updates; i++)
                Update();
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        void Update()
        {
            using var scope = NewDisposeScope();
            var x = tensor(observations, [32, 8]);
            Tensor y;
            using (no_grad())
                y = target.call(x).clamp(-1, 1) * 0.99 + 1;
            optimizer.zero_grad();
            functional.mse_loss(network.call(x), y).backward();
            optimizer.step();
            using (no_grad())
                foreach (var (slow, fast) in target.parameters().Zip(network.parameters()))
                    slow.mul_(0.995).add_(fast, alpha: 0.005);
        }
    }

    static long ResidentKilobytes()
    {
        var line = File.ReadLines("/proc/self/status").Single(each => each.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
