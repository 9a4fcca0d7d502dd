namespace RL.Environments.Tests;

public class EnvironmentFailureTests
{
    [Theory]
    [InlineData("reset", "copy 1 failed when it was reset: The joint is stuck.")]
    [InlineData("step", "copy 1 failed in step 2 of its episode: The joint is stuck.")]
    [InlineData("save", "copy 1 failed when its state was saved: The joint is stuck.")]
    [InlineData("null", "copy 1 failed in step 2 of its episode: its code ended in a NullReferenceException")]
    public void Run_TaskThatThrows_NamesTaskCopyAndStepInAUsersWords(string trouble, string expected)
    {
        using var environment = Make(new Task(""), new Task(trouble));
        var exception = Assert.Throws<EnvironmentFailureException>(() =>
        {
            environment.Reset(0);
            var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
            environment.Step(actions);
            environment.Step(actions);
            environment.Save(new BinaryWriter(Stream.Null));
        });

        Assert.StartsWith($"Task: {expected}", exception.Message, StringComparison.Ordinal);
        Assert.NotNull(exception.InnerException);
        Assert.Equal(("Task", 1), (exception.Environment, exception.Copy));
    }

    [Fact]
    public void Dispose_TaskThatThrows_NamesItAndDisposesOfTheOthers()
    {
        Task[] tasks = [new(""), new("dispose"), new("")];
        var environment = Make(tasks);
        var exception = Assert.Throws<EnvironmentFailureException>(environment.Dispose);
        Assert.Equal("Task: copy 1 failed when it was disposed of: The joint is stuck.", exception.Message);
        Assert.All(tasks, task => Assert.True(task.IsDisposed));
    }

    // It named neither task nor copy.
    [Fact]
    public void Step_TaskThatAsksMujocoForWhatThereIsNot_IsNamed()
    {
        using var environment = Make(new Task("mujoco"));
        environment.Reset(0);
        var exception = Assert.Throws<EnvironmentFailureException>(() => environment.Step(new SpaceBuffer(environment.ActionSpace, 1)));
        Assert.Equal("Task: copy 0 failed in step 1 of its episode: mjData has no array 'energy'.", exception.Message);
    }

    [Theory]
    [InlineData("no space", "the observation space is missing")]
    [InlineData("other elements", "the observation space is of Float32; the task's class has observations of Double")]
    [InlineData("no terms", "the names of the parts of the reward are missing")]
    [InlineData("terms alike", "two parts of the reward have one name")]
    public void Constructor_TaskThatIsIncomplete_IsRefused(string trouble, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Make(new Task(trouble))).Message, StringComparison.Ordinal);

    [Fact]
    public void Constructor_CopyThatIsMissing_IsNamed() =>
        Assert.Contains("copy 1 is missing", Assert.Throws<ArgumentException>(() => Make(new Task(""), null!)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(2_000_000_000)]
    [InlineData(-1)]
    public void BoxSpace_ShapeThatNoArrayHolds_IsRefusedBeforeItIsMade(int extent)
    {
        Assert.Contains("allowed", Assert.Throws<ArgumentException>(() => BoxSpace.Uniform(ElementType.Float32, [extent], -1, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("allowed", Assert.Throws<ArgumentException>(() => BoxSpace.Uniform(ElementType.UInt8, [60000, 60000, extent], 0, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Step_PartOfTheRewardThatIsNoNumber_IsNamed()
    {
        using var environment = Make(new Task("part"));
        environment.Reset(0);
        var exception = Assert.Throws<NonFiniteValueException>(() => environment.Step(new SpaceBuffer(environment.ActionSpace, 1)));
        Assert.Contains("the part b of the reward of copy 0 is NaN", exception.Message, StringComparison.Ordinal);
    }

    static VectorEnvironment<double, float> Make(params Task[] tasks) => new(new EnvironmentSpec("Task", 10, null), null, tasks);

    sealed class Task(string trouble) : SingleEnvironment<double, float>
    {
        int _step;

        public override Space ObservationSpace { get; } = trouble == "no space" ? null!
            : BoxSpace.Uniform(trouble == "other elements" ? ElementType.Float32 : ElementType.Float64, [1], -1, 1);

        public override Space ActionSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);

        public override IReadOnlyList<string> RewardTerms { get; } = trouble switch { "no terms" => null!, "terms alike" => ["a", "a"], _ => ["a", "b"] };

        public override void Reset(Pcg64 random, Span<double> observation) => Fail("reset");

        public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
        {
            if (trouble == "mujoco")
            {
                throw new MujocoException("mjData has no array 'energy'.");
            }

            if (++_step == 2)
            {
                Fail("step");
                _ = trouble == "null" ? ((string)null!).Length : 0;
            }

            rewardTerms[1] = trouble == "part" ? double.NaN : 0;
            return new StepResult(1, Terminated: false);
        }

        public override void Save(BinaryWriter writer) => Fail("save");

        public override void Load(BinaryReader reader)
        {
        }

        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            Fail("dispose");
            base.Dispose(disposing);
        }

        void Fail(string doing)
        {
            if (trouble == doing)
            {
                throw new InvalidOperationException("The joint is stuck.");
            }
        }
    }
}
