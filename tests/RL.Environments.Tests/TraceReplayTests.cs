using System.Text.Json;

namespace RL.Environments.Tests;

public class TraceReplayTests
{
    public static TheoryData<string> Traces => ["HalfCheetah-v4", "HalfCheetah-v5", "Hopper-v4", "Hopper-v5", "Ant-v4", "Ant-v5"];

    [Theory]
    [MemberData(nameof(Traces))]
    public void Replay_GoldenTrace_IsBitEqual(string id)
    {
        var report = TraceReplay.Replay(Golden.Trace(id), id);
        Assert.Equal(new TraceReport(0, 0, 0, 3, 600), report);
        Assert.True(report.Passed);
    }

    [Theory]
    [MemberData(nameof(Traces))]
    public void Reset_WithTheTracesSeed_DrawsTheTracesState(string id)
    {
        using var golden = Golden.Read($"{id}.json.gz");
        using var environment = EnvironmentCatalog.Make(id);
        foreach (var episode in golden.RootElement.GetProperty("episodes").EnumerateArray())
        {
            environment.Reset(episode.GetProperty("seed").GetUInt64());
            Assert.Equal(Golden.Numbers(episode.GetProperty("init_obs")), environment.Observations.Row<double>(0).ToArray());
        }
    }
}
