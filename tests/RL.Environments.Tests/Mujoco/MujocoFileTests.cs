namespace RL.Environments.Tests;

public sealed class MujocoFileTests : IDisposable
{
    const string Actuated = """
        <mujoco>
          <worldbody>
            <body><joint name="slide" type="slide" axis="1 0 0"/><geom size="0.1"/></body>
          </worldbody>
          <actuator>ACTUATOR</actuator>
          <sensor><jointpos joint="slide"/></sensor>
        </mujoco>
        """;

    const string Motor = "<motor joint='slide' ctrllimited='true' ctrlrange='-1 1'/>";

    static readonly MujocoFileOptions _options = new() { Task = "sensor-difference" };

    readonly string _folder = Directory.CreateTempSubdirectory("models").FullName;

    static MujocoFileTests() => EnvironmentCatalog.Add(new Source());

    string Model => Path.Combine(_folder, "model.xml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("", "has no actuators")]
    [InlineData("<motor name='push' joint='slide'/>", "actuator 'push' has no range of controls")]
    [InlineData(Motor + "<motor joint='slide'/>", "actuator number 1 has no range of controls")]
    public void Make_ActuatorsThatCannotBeActedWith_AreRefusedByName(string actuators, string message)
    {
        Write(actuators);
        var exception = Assert.Throws<ArgumentException>(() => EnvironmentCatalog.Make($"mujoco:{Model}", 1, _options));
        Assert.Contains(Model, exception.Message, StringComparison.Ordinal);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_RelativePath_IdHasTheFullPath()
    {
        Write(Motor);
        var relative = Path.GetRelativePath(Environment.CurrentDirectory, Model);
        Assert.Equal($"mujoco:{Model}", EnvironmentCatalog.Find($"mujoco:{relative}")!.Spec.Id);
        using var environment = EnvironmentCatalog.Make($"mujoco:{relative}", 1, _options);
        Assert.Equal($"mujoco:{Model}", environment.Spec.Id);
        Assert.Equal(Model, environment.Spec.Model!.Path);
    }

    [Theory]
    [InlineData("mujoco:")]
    [InlineData("mujoco:a\0b.xml")]
    public void Find_NoFileName_IsNull(string id) => Assert.Null(EnvironmentCatalog.Find(id));

    [Fact]
    public void Read_ModelOrAFileThatItNames_ChangesTheHash()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "assets"));
        var mesh = Path.Combine(_folder, "assets", "a.obj");
        var included = Path.Combine(_folder, "more.xml");
        File.WriteAllText(mesh, "v 0 0 0");
        File.WriteAllText(included, "<mujoco/>");
        File.WriteAllText(Model, """
            <mujoco><compiler meshdir="assets"/><include file="more.xml"/><asset><mesh name="m" file = 'a.obj'/></asset></mujoco>
            """);
        var first = ModelFile.Read(Model);
        Assert.Equal(first, ModelFile.Read(Model));
        Assert.Equal(64, first.Sha256.Length);
        var hashes = new HashSet<string> { first.Sha256 };
        foreach (var file in new[] { mesh, included, Model })
        {
            File.AppendAllText(file, "\n");
            Assert.True(hashes.Add(ModelFile.Read(Model).Sha256), file);
        }
    }

    [Fact]
    public void Load_TaskThatReadsASensorBeforeTheStep_GoesOnBitIdentically()
    {
        Write(Motor);
        using var environment = EnvironmentCatalog.Make($"mujoco:{Model}", 1, _options);
        using var restored = EnvironmentCatalog.Make($"mujoco:{Model}", 1, _options);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        environment.Reset(0);
        for (var step = 0; step < 5; step++)
        {
            actions.Values<float>()[0] = 0.5f;
            environment.Step(actions);
        }

        var state = new MemoryStream();
        environment.Save(new BinaryWriter(state));
        state.Position = 0;
        restored.Load(new BinaryReader(state));
        Assert.Equal(environment.Step(actions).Rewards[0], restored.Step(actions).Rewards[0]);
    }

    void Write(string actuators) => File.WriteAllText(Model, Actuated.Replace("ACTUATOR", actuators, StringComparison.Ordinal));

    sealed class Source : IEnvironmentSource
    {
        public IReadOnlyDictionary<string, Func<MujocoTask>> MujocoTasks { get; } =
            new Dictionary<string, Func<MujocoTask>> { ["sensor-difference"] = () => new SensorDifference() };
    }

    sealed class SensorDifference : MujocoTask
    {
        double _before;

        public override IReadOnlyList<string> RewardTerms { get; } = ["difference"];

        public override void BeforeStep(MujocoSimulation simulation) => _before = simulation.Doubles("sensordata")[0];

        public override bool AfterStep(
            MujocoSimulation simulation, ReadOnlySpan<float> action, double dt, Span<double> rewardTerms)
        {
            rewardTerms[0] = simulation.Doubles("sensordata")[0] - _before;
            return false;
        }
    }
}
