namespace RL.Environments.Tests;

/// <summary>Alone, because it counts what the whole process allocates.</summary>
[CollectionDefinition(nameof(ParallelSteppingTests), DisableParallelization = true)]
public sealed class Alone;

[Collection(nameof(ParallelSteppingTests))]
public class ParallelSteppingTests
{
    [Theory]
    [InlineData("Hopper-v5")]
    [InlineData("Ant-v5")]
    [InlineData("CartPole-v1")]
    public void Step_AnyNumberOfThreads_GivesTheSameBits(string id)
    {
        var expected = Play(id, threads: 1, out var expectedState);
        foreach (var threads in new[] { 2, 5, 16 })
        {
            Assert.Equal(expected, Play(id, threads, out var state));
            Assert.Equal(expectedState, state);
        }
    }

    [Fact]
    public void Step_SeveralThreads_AllocatesNothingOnAnyThread()
    {
        const int Copies = 8;
        using var environment = new VectorEnvironment<float, float>(
            new EnvironmentSpec("Probe", 50, null),
            null,
            [.. Enumerable.Range(0, Copies).Select(_ => new AllocationProbe())],
            threads: 3);
        var actions = new SpaceBuffer(environment.ActionSpace, Copies);
        environment.Reset(0);
        for (var step = 0; step < 2000; step++)
        {
            environment.Step(actions);
            environment.ResetFinished();
        }

        Assert.Equal(0, environment.Copies.Sum(copy => ((AllocationProbe)copy).Allocated));
    }

    [Theory]
    [InlineData("HalfCheetah-v5")]
    [InlineData("Humanoid-v5")]
    public void Step_MujocoOnSeveralThreads_AllocatesNothingInTheWholeProcess(string id)
    {
        using var environment = EnvironmentCatalog.Make(id, count: 4, threads: 2);
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        environment.Reset(0);
        void Play()
        {
            for (var step = 0; step < 60; step++)
            {
                environment.Step(actions);
                environment.ResetFinished();
            }
        }

        Play(); // whatever is made once is made here
        // The runtime's own threads allocate now and then: the environment would at every one of the steps.
        Assert.Contains(Enumerable.Range(0, 20), _ =>
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            Play();
            return GC.GetTotalAllocatedBytes(precise: true) == before;
        });
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Step_CopiesThatFail_ThrowsTheFirstOnesExceptionAndWantsAReset(int threads)
    {
        using var environment = new VectorEnvironment<float, float>(
            new EnvironmentSpec("Failing", null, null),
            null,
            [.. Enumerable.Range(0, 4).Select(i => new FailingCopy($"copy {i}", fails: i >= 2))],
            threads: threads);
        var actions = new SpaceBuffer(environment.ActionSpace, 4);
        environment.Reset(0);
        Assert.Equal(
            "Failing: copy 2 failed in step 1 of its episode: copy 2",
            Assert.Throws<EnvironmentFailureException>(() => environment.Step(actions)).Message);
        Assert.Throws<InvalidOperationException>(() => environment.Step(actions));
    }

    static byte[] Play(string id, int threads, out byte[] state)
    {
        using var environment = EnvironmentCatalog.Make(id, count: 5, threads: threads);
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        var random = new Pcg64(7);
        var trajectory = new MemoryStream();
        environment.Reset(3);
        for (var step = 0; step < 150; step++)
        {
            for (var copy = 0; copy < environment.Count; copy++)
            {
                environment.ActionSpace.Sample(random, actions, copy);
            }

            var outcome = environment.Step(actions);
            trajectory.Write(outcome.NextObservations.Bytes);
            trajectory.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(outcome.Rewards.AsSpan()));
            environment.ResetFinished();
            trajectory.Write(environment.Observations.Bytes);
        }

        var saved = new MemoryStream();
        environment.Save(new BinaryWriter(saved));
        state = saved.ToArray();
        return trajectory.ToArray();
    }

    abstract class FlatCopy : SingleEnvironment<float, float>
    {
        public override Space ObservationSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);

        public override Space ActionSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);

        public override IReadOnlyList<string> RewardTerms => [];

        public override void Save(BinaryWriter writer)
        {
        }

        public override void Load(BinaryReader reader)
        {
        }
    }

    /// <summary>Counts what its thread allocates between two of the thread's calls of any probe: the pool's share.</summary>
    sealed class AllocationProbe : FlatCopy
    {
        [ThreadStatic] static long _last;
        [ThreadStatic] static int _calls;

        public long Allocated { get; private set; }

        public override void Reset(Pcg64 random, Span<float> observation) => Count();

        public override StepResult Step(
            ReadOnlySpan<float> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms)
        {
            Count();
            return new StepResult(0, false);
        }

        void Count()
        {
            var now = GC.GetAllocatedBytesForCurrentThread();
            // A thread's first waits make what it waits with.
            Allocated += _calls++ < 50 ? 0 : now - _last;
            _last = now;
        }
    }

    sealed class FailingCopy(string name, bool fails) : FlatCopy
    {
        public override void Reset(Pcg64 random, Span<float> observation) => observation.Clear();

        public override StepResult Step(
            ReadOnlySpan<float> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms) =>
            fails ? throw new MujocoException(name) : new StepResult(0, false);
    }
}
