using System.IO.Compression;
using System.Text.Json.Nodes;

namespace RL.Environments.Tests;

public class ProcgenTraceTests
{
    static readonly string _folder = Path.Combine(AppContext.BaseDirectory, "golden", "procgen");

    public static TheoryData<string> Traces =>
        [.. Directory.EnumerateFiles(_folder, "*.json.gz").Select(file => Path.GetFileName(file))];

    [Theory]
    [MemberData(nameof(Traces))]
    public void Replay_TraceOfTheOriginal_IsEqual(string file)
    {
        var report = Assert.IsType<ProcgenTraceReport>(
            TraceReplay.Replay(Path.Combine(_folder, file), $"procgen:{file.Split('-')[0]}"));
        Assert.Null(report.FirstDifference);
        Assert.True(report.Passed);
        Assert.True(report is { FrameMismatches: 0, FirstMismatches: 0, LevelMismatches: 0, RewardError: 0, Steps: >= 500 });
    }

    [Fact]
    public void Replay_GivenTraces_AreAllThere() =>
        Assert.Equal(40, Traces.Count(row => row.Data.Contains("-seed", StringComparison.Ordinal)));

    [Theory]
    [InlineData("rewards", "reward of copy 1 in step 5 is 0, recorded: 3")]
    [InlineData("first", "first of copy 1 in step 5 is 0, recorded: 3")]
    [InlineData("level_seed", "level_seed of copy 1 in step 5")]
    [InlineData("prev_level_complete", "prev_level_complete of copy 1 in step 5 is 0, recorded: 3")]
    [InlineData("frame_crc32", "frame_crc32 of copy 1 in step 5")]
    public void Replay_ChangedValue_NamesTheFirstDifference(string column, string difference)
    {
        var report = Replay(root => root[column]![5]![1] = 3);
        Assert.False(report.Passed);
        Assert.Contains(difference, report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Replay_ChangedStart_DoesNotPass()
    {
        Assert.False(Replay(root => root["first_frame_crc32"]![0] = 1).Passed);
        Assert.False(Replay(root => root["first_level_seeds"]![1] = 1).Passed);
        Assert.False(Replay(root => root["rand_seed"] = 8).Passed);
        Assert.False(Replay(root => root["options"]!["use_monochrome_assets"] = false).Passed);
    }

    [Fact]
    public void Replay_DamagedTrace_SaysWhatIsWrong()
    {
        AssertRefused(root => root["env_name"] = "starpilot", "procgen:starpilot; expected: procgen:maze");
        AssertRefused(root => root["env_name"] = 3, "env_name is not a string");
        AssertRefused(root => root["num_envs"] = 0, "num_envs is 0; allowed: 1 to 10000");
        AssertRefused(root => root["num_envs"] = 3, "actions[0] has 4 elements; expected: 3");
        AssertRefused(root => root["actions"]![2]![1] = 15, "actions[2][1] is 15; allowed: -1 to 14");
        AssertRefused(root => root["rewards"]!.AsArray().RemoveAt(0), "rewards has 799 elements; expected: 800");
        AssertRefused(root => root["options"]!["use_lasers"] = true, "use_lasers");
        AssertRefused(root => root["distribution_mode"] = "extreme", "maze has: easy, hard, memory, exploration");
        AssertRefused(root => root["rand_seed"] = -1, "RandSeed");
        AssertRefused(root => root.AsObject().Remove("level_seed"), "no 'level_seed'");
    }

    static void AssertRefused(Action<JsonNode> damage, string message)
    {
        var exception = Assert.Throws<InvalidDataException>(() => Replay(damage));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    static TraceReport Replay(Action<JsonNode> change)
    {
        using var stream = new GZipStream(
            File.OpenRead(Path.Combine(_folder, "maze-easy-seed7-random.json.gz")), CompressionMode.Decompress);
        var root = JsonNode.Parse(stream)!;
        change(root);
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, root.ToJsonString());
            return TraceReplay.Replay(path, "procgen:maze");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
