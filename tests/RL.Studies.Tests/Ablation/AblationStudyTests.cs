using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies.Tests;

public sealed class AblationStudyTests
{
    static Func<ReluNetwork>[] Networks(ulong seed) =>
        [.. Enumerable.Range(0, 2).Select(number => (Func<ReluNetwork>)(() => RandomNetworks.Draw([4, 12, 12, 1], seed, number)))];

    [Fact]
    public void Run_SmallNetworks_NoMethodExceedsTheBestAndCoursesRise()
    {
        var study = AblationStudy.Run(Networks(1), new() { Passes = 60, ReferenceEffort = 2 }, TimeProvider.System);

        Assert.Equal(AblationStudy.Methods(AdrGdOptions.RandomSmall).Count, study.Rows.Count);
        Assert.All(study.Rows, row =>
        {
            // ADR-GD's budget is its iterations, of two passes each.
            Assert.InRange(row.Passes, 1, row.Method.StartsWith("adr-gd", StringComparison.Ordinal) ? 120 : 60);
            Assert.True(row.Gap >= 0);
            Assert.All(row.Values.Zip(study.Best), pair => Assert.True(pair.First <= pair.Second));
            Assert.Equal(row.Course.Order(), row.Course);
            Assert.InRange(row.Course[^1], double.NegativeInfinity, row.Mean + 1e-4);
        });
    }

    [Fact]
    public void Run_Certified_NoMethodExceedsTheProvenMaximum()
    {
        var study = AblationStudy.Run(
            Networks(1), new() { Passes = 60, ReferenceEffort = 2, CertifySeconds = 1000 }, TimeProvider.System);

        Assert.Equal(2, study.Certificates.Count);
        Assert.All(study.Certificates, certificate => Assert.True(certificate.Proven));
        Assert.All(study.Best.Zip(study.Certificates), pair => Assert.InRange(pair.First, pair.Second.Value, pair.Second.UpperBound + 1e-4));
        Assert.All(study.Rows, row => Assert.InRange(row.GapToBound!.Value, row.Gap - 1e-5, row.Gap + 1e-4));
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameValues()
    {
        var (first, second, other) = (
            AblationStudy.Run(Networks(1), new() { Passes = 20, ReferenceEffort = 1 }, TimeProvider.System),
            AblationStudy.Run(Networks(1), new() { Passes = 20, ReferenceEffort = 1 }, TimeProvider.System),
            AblationStudy.Run(Networks(2), new() { Passes = 20, ReferenceEffort = 1 }, TimeProvider.System));

        Assert.Equal(first.Rows.SelectMany(row => row.Values), second.Rows.SelectMany(row => row.Values));
        Assert.NotEqual(first.Best, other.Best);
    }

    [Fact]
    public void Draw_Network_HasWeightsAndBiasesUniformFromMinusOneToOne()
    {
        using var scope = NewDisposeScope();
        var network = RandomNetworks.Draw(RandomNetworks.Small, 0, 3);

        Assert.Equal([64, 64, 1], network.Layers.Select(layer => layer.Bias.shape[0]));
        foreach (var tensor in new[] { network.Layers[1].Weight, network.Layers[0].Bias })
        {
            Assert.InRange(tensor.min().ToDouble(), -1, -0.9);
            Assert.InRange(tensor.max().ToDouble(), 0.9, 1);
        }
        Assert.InRange(network.Layers[1].Weight.mean().ToDouble(), -0.05, 0.05);
    }
}
