using System.IO.Compression;
using System.Text.Json.Nodes;

namespace RL.Environments.Tests;

public class TraceReplayTests
{
    public static TheoryData<string> Traces =>
    [
        "HalfCheetah-v4", "HalfCheetah-v5", "Hopper-v4", "Hopper-v5", "Ant-v4", "Ant-v5", "Humanoid-v4",
        "Humanoid-v5", "Reacher-v4", "Reacher-v5", "InvertedPendulum-v4", "InvertedPendulum-v5",
    ];

    [Theory]
    [MemberData(nameof(Traces))]
    public void Replay_GoldenTrace_IsBitEqual(string id)
    {
        var report = TraceReplay.Replay(Golden.Trace(id), id);
        // Reacher observes cosines and sines: NumPy's own differ from the C library's in the last bits.
        var isRounded = id.StartsWith("Reacher", StringComparison.Ordinal);
        Assert.InRange(report.MaxObservationError, 0, isRounded ? 1e-15 : 0);
        var steps = id.StartsWith("Humanoid", StringComparison.Ordinal) ? 300 : 600;
        Assert.Equal(report with { MaxRewardError = 0, TerminatedMismatches = 0, Episodes = 3, Steps = steps }, report);
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
            var expected = Golden.Numbers(episode.GetProperty("init_obs"));
            var first = id.StartsWith("Reacher", StringComparison.Ordinal) ? 4 : 0; // after the cosines and sines
            Assert.Equal(expected[first..], environment.Observations.Row<double>(0)[first..].ToArray());
        }
    }

    // There is no golden trace of these: what is shown is that a recording with every kind of info replays, whatever the task.
    [Theory]
    [InlineData("Walker2d")]
    [InlineData("Swimmer")]
    [InlineData("InvertedDoublePendulum")]
    [InlineData("HumanoidStandup")]
    [InlineData("Pusher")]
    public void Replay_OwnRecording_IsBitEqual(string task)
    {
        foreach (var id in new[] { $"{task}-v4", $"{task}-v5" })
        {
            var file = Path.GetTempFileName();
            try
            {
                File.WriteAllText(file, TraceRecorder.Record(id, steps: 60).ToJsonString());
                Assert.Equal(new TraceReport(0, 0, 0, 1, 60), TraceReplay.Replay(file, id));
            }
            finally
            {
                File.Delete(file);
            }
        }
    }

    [Fact]
    public void Replay_PlainJson_IsAccepted()
    {
        using var file = new TemporaryFile(_ => { });
        Assert.True(TraceReplay.Replay(file.Path, "Hopper-v5").Passed);
    }

    [Fact]
    public void Replay_TraceOfAnotherEnvironment_NamesFileAndBothIds()
    {
        var exception = Assert.Throws<InvalidDataException>(() => TraceReplay.Replay(Golden.Trace("Hopper-v5"), "Hopper-v4"));
        Assert.Contains("Hopper-v5.json.gz", exception.Message, StringComparison.Ordinal);
        Assert.Contains("of Hopper-v5; expected: Hopper-v4", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_ChangedValues_DoNotPass()
    {
        using var observation = new TemporaryFile(root => root["episodes"]![0]!["obs"]![3]![2] = 0.123);
        Assert.False(TraceReplay.Replay(observation.Path).Passed);
        using var reward = new TemporaryFile(root => root["episodes"]![0]!["reward"]![3] = 0.123);
        Assert.False(TraceReplay.Replay(reward.Path).Passed);
        using var start = new TemporaryFile(root => root["episodes"]![0]!["init_obs"]![0] = 0.123);
        Assert.False(TraceReplay.Replay(start.Path).Passed);
        using var terminated = new TemporaryFile(root => root["episodes"]![0]!["terminated"]![0] = true);
        Assert.Equal(1, TraceReplay.Replay(terminated.Path).TerminatedMismatches);
    }

    [Fact]
    public void Replay_DamagedTrace_SaysWhatIsWrong()
    {
        AssertRefused(root => root["episodes"]![0]!["actions"]![5]!.AsArray().RemoveAt(0), "actions[5] is 2; expected: 3");
        AssertRefused(root => root["episodes"]![0]!["obs"]!.AsArray().RemoveAt(0), "obs has 199 elements; expected: 200");
        AssertRefused(root => root["episodes"]![0]!.AsObject().Remove("reward"), "episodes[0] has no 'reward'");
        AssertRefused(root => root["episodes"]![0]!["reward"]![1] = "much", "episodes[0].reward[1] holds String");
        AssertRefused(root => root["episodes"] = new JsonArray(), "episodes is not an array of at least one");
        AssertRefused(root => root["meta"]!["env_id"] = "Mars-v1", "Mars-v1, which is not in the catalogue");
        AssertRefused(root => root["meta"]!["env_id"] = "CartPole-v1", "CartPole-v1 is not a MuJoCo environment");
        AssertRefused(root => root["meta"]!["options"] = new JsonObject { ["restrict"] = "cubes" }, "meta.options are no options of Hopper-v5");
        AssertRefused(root => root["meta"]!["options"] = new JsonObject { ["gravity"] = 1 }, "meta.options are no options of Hopper-v5");
        AssertRefused(root => root["meta"]!["options"] = new JsonObject { ["action_range"] = 2 }, "ActionRange is 2; allowed");
        AssertRefused(root => root["meta"]!["options"] = null, "meta.options are no options of Hopper-v5");
        AssertRefused(root => root["meta"] = "none", "not a trace of a known format");

        var path = Path.GetTempFileName();
        File.WriteAllText(path, "{ \"meta\": ");
        var exception = Assert.Throws<InvalidDataException>(() => TraceReplay.Replay(path));
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, [0x1f, 0x8b, 1, 2, 3]);
        Assert.Throws<InvalidDataException>(() => TraceReplay.Replay(path));
        File.WriteAllText(path, "[]");
        Assert.Throws<InvalidDataException>(() => TraceReplay.Replay(path));
        File.Delete(path);
        Assert.Throws<FileNotFoundException>(() => TraceReplay.Replay(path));
    }

    /// <summary>A file of a few hundred kilobytes that unpacks to more than any trace.</summary>
    [Fact]
    public void Replay_FileThatUnpacksToAnything_IsRefusedByName()
    {
        var path = Path.GetTempFileName();
        try
        {
            using (var packed = new GZipStream(File.Create(path), CompressionLevel.Fastest))
            {
                var spaces = new byte[1 << 20];
                Array.Fill(spaces, (byte)' ');
                for (var megabyte = 0; megabyte < 257; megabyte++)
                {
                    packed.Write(spaces);
                }
            }

            var message = Assert.Throws<InvalidDataException>(() => TraceReplay.Replay(path)).Message;
            Assert.Contains(path, message, StringComparison.Ordinal);
            Assert.Contains("longer than the 256 MB that a trace may have", message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    static void AssertRefused(Action<JsonNode> damage, string message)
    {
        using var file = new TemporaryFile(damage);
        var exception = Assert.Throws<InvalidDataException>(() => TraceReplay.Replay(file.Path));
        Assert.Contains(file.Path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    // A plain copy of the Hopper-v5 trace with a change.
    sealed class TemporaryFile : IDisposable
    {
        public TemporaryFile(Action<JsonNode> change)
        {
            using var golden = Golden.Read("Hopper-v5.json.gz");
            var root = JsonNode.Parse(golden.RootElement.GetRawText())!;
            change(root);
            File.WriteAllText(Path, root.ToJsonString());
        }

        public string Path { get; } = System.IO.Path.GetTempFileName();

        public void Dispose() => File.Delete(Path);
    }
}
