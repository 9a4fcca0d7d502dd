using RL.Environments;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class ReplayBufferTests
{
    static readonly BoxSpace _observations = BoxSpace.Uniform(ElementType.Float64, [3], double.NegativeInfinity, double.PositiveInfinity);
    static readonly BoxSpace _actions = BoxSpace.Uniform(ElementType.Float32, [2], -2, 2);
    static readonly ActionScaling _scaling = new(_actions);

    /// <summary>Transition i has i in every field.</summary>
    static StepOutcome Outcome(int i, bool terminated = false, bool truncated = false)
    {
        var outcome = new StepOutcome(_observations, _actions, 0, 1);
        outcome.Observations.Row<double>(0).Fill(i);
        outcome.Actions.Row<float>(0).Fill(i % 3);
        outcome.NextObservations.Row<double>(0).Fill(i + 0.5);
        outcome.Rewards[0] = i;
        outcome.Terminated[0] = terminated;
        outcome.Truncated[0] = truncated;
        return outcome;
    }

    static HashSet<float> SampledRewards(ReplayBuffer buffer)
    {
        using var batch = new Batch(1_000, 3, 2, CPU);
        buffer.Sample(new Pcg64(0), batch);
        return [.. batch.Rewards.data<float>().ToArray()];
    }

    [Fact]
    public void Sample_EveryField_BelongsToOneTransition()
    {
        var buffer = new ReplayBuffer(10, 3, 2);
        for (var i = 0; i < 7; i++)
        {
            buffer.Add(Outcome(i, terminated: i == 3, truncated: i == 5), _scaling);
        }

        using var batch = new Batch(200, 3, 2, CPU);
        buffer.Sample(new Pcg64(1), batch);
        var (s, a, r) = (batch.Observations.data<float>().ToArray(), batch.Actions.data<float>().ToArray(), batch.Rewards.data<float>().ToArray());
        var (s2, continues) = (batch.NextObservations.data<float>().ToArray(), batch.Continues.data<float>().ToArray());
        for (var i = 0; i < batch.Size; i++)
        {
            var id = (int)r[i];
            Assert.All(s.AsSpan(3 * i, 3).ToArray(), value => Assert.Equal(id, value));
            Assert.All(a.AsSpan(2 * i, 2).ToArray(), value => Assert.Equal(id % 3 / 2f, value));
            Assert.All(s2.AsSpan(3 * i, 3).ToArray(), value => Assert.Equal(id + 0.5f, value));
            // A truncation (5) does not cut the bootstrap, a termination (3) does.
            Assert.Equal(id == 3 ? 0 : 1, continues[i]);
        }

        Assert.Equal(Enumerable.Range(0, 7).Select(i => (float)i).ToHashSet(), SampledRewards(buffer));
    }

    [Fact]
    public void Add_WhenFull_OverwritesTheOldest()
    {
        var buffer = new ReplayBuffer(4, 3, 2);
        for (var i = 0; i < 6; i++)
        {
            buffer.Add(Outcome(i), _scaling);
        }

        Assert.Equal(4, buffer.Count);
        Assert.Equal([2f, 3f, 4f, 5f], SampledRewards(buffer).Order());
    }

    [Fact]
    public void Save_Load_RestoresEverything()
    {
        var buffer = new ReplayBuffer(4, 3, 2);
        for (var i = 0; i < 6; i++)
        {
            buffer.Add(Outcome(i), _scaling);
        }

        var saved = Bytes(buffer);
        var restored = new ReplayBuffer(4, 3, 2);
        restored.Load(new BinaryReader(new MemoryStream(saved)));
        Assert.Equal(saved, Bytes(restored));
        buffer.Add(Outcome(6), _scaling);
        restored.Add(Outcome(6), _scaling);
        Assert.Equal(Bytes(buffer), Bytes(restored));
    }

    [Fact]
    public void Memory_OneMillionHalfCheetahTransitions_AtMostTenPercentOverRawFloats()
    {
        const long raw = (17 + 6 + 1 + 17 + 1) * sizeof(float) * 1_000_000L;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var buffer = new ReplayBuffer(1_000_000, 17, 6);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.InRange(after - before, 1, raw * 1.1);
        GC.KeepAlive(buffer);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void Constructor_ImpossibleCapacity_NamesItAndWhatIsAllowed(int capacity)
    {
        var error = Assert.Throws<ArgumentException>(() => new ReplayBuffer(capacity, 17, 6));
        Assert.Contains($"a replay buffer of {capacity} transitions takes ", error.Message, StringComparison.Ordinal);
        Assert.Contains("replay_capacity from 1 to ", error.Message, StringComparison.Ordinal);
    }

    static byte[] Bytes(ReplayBuffer buffer)
    {
        using var stream = new MemoryStream();
        buffer.Save(new BinaryWriter(stream));
        return stream.ToArray();
    }
}
