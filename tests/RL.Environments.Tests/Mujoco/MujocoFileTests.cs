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
    [InlineData("<motor joint='slide' ctrllimited='true' ctrlrange='-inf inf'/>", "actuator number 0 has the range -Infinity to Infinity")]
    [InlineData("<motor joint='slide' ctrllimited='true' ctrlrange='-3e38 3e38'/>", "no wider than float32 can hold")]
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

    // Each lookup is a call of the system: 5,001 folders × 100,000 names took hours.
    [Fact]
    public void Files_NamesTimesFoldersBeyondCount_AreRefusedByTheModelsName()
    {
        File.WriteAllText(Model, $"<mujoco>{string.Concat(Enumerable.Range(0, 2_000).Select(i => $"<compiler meshdir='d{i}'/>"))}"
            + $"{string.Concat(Enumerable.Range(0, 2_000).Select(i => $"<mesh file='{i}.obj'/>"))}</mujoco>");
        var exception = Assert.Throws<MujocoException>(() => ModelFile.Read(Model));
        Assert.Contains($"The model {Model} names too many files", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("more.xml", "allowed: 268435456.")]
    [InlineData("a.obj", "allowed: 2147483648.")]
    public void Files_NamedFileOfGigabytes_IsRefusedByNameUnread(string name, string allowed)
    {
        var named = Path.Combine(_folder, name);
        using (var file = File.Create(named))
        {
            file.SetLength(40L << 30);
        }

        File.WriteAllText(Model, $"<mujoco><include file='{name}'/></mujoco>");
        var exception = Assert.Throws<MujocoException>(() => ModelFile.Read(Model));
        Assert.Equal($"The model {Model} names {named}; it has 42949672960 bytes; {allowed}", exception.Message);
    }

    // MuJoCo's compiler lets them pass, and time that stands still divides velocities by 0.
    [Theory]
    [InlineData("timestep='0'", "its option timestep is no positive number.")]
    [InlineData("timestep='-1'", "its option timestep is no positive number.")]
    [InlineData("timestep='nan'", "its option timestep is no positive number.")]
    [InlineData("gravity='0 0 nan'", "its option gravity is no finite number.")]
    [InlineData("wind='inf 0 0'", "its option wind is no finite number.")]
    public void LoadFile_OptionsThatNothingCanBeSimulatedWith_AreRefusedByTheModelsName(string option, string message)
    {
        File.WriteAllText(Model, $"<mujoco><option {option}/></mujoco>");
        var exception = Assert.Throws<MujocoException>(() => MujocoModel.LoadFile(Model));
        Assert.Equal($"MuJoCo refuses the model {Model}: {message}", exception.Message);
    }

    [Fact]
    public void Load_TaskThatReadsDerivedArraysBeforeTheStep_GoesOnBitIdentically()
    {
        File.WriteAllText(Model, """
            <mujoco>
              <option timestep="0.01"/>
              <worldbody>
                <geom type="plane" size="5 5 1"/>
                <body name="ball" pos="0 0 0.1"><freejoint name="free"/><geom size="0.1"/><site name="site" pos="0.05 0 0"/></body>
                <body pos="1 0 0.5">
                  <joint name="hinge" axis="0 1 0" damping="0.1" frictionloss="0.01"/>
                  <geom type="capsule" size="0.05" fromto="0 0 0 0.3 0 0"/>
                </body>
              </worldbody>
              <actuator>
                <motor joint="hinge" ctrllimited="true" ctrlrange="-1 1"/>
                <motor joint="free" gear="1 0 0 0 0 1" ctrllimited="true" ctrlrange="-1 1"/>
                <general joint="hinge" dyntype="filter" dynprm="0.1" gainprm="2" ctrllimited="true" ctrlrange="-1 1"/>
              </actuator>
              <sensor><accelerometer site="site"/><gyro site="site"/><jointvel joint="hinge"/><subtreelinvel body="ball"/></sensor>
            </mujoco>
            """);
        var options = _options with { Task = "derived-difference", MaxEpisodeSteps = 20 };
        using var environment = EnvironmentCatalog.Make($"mujoco:{Model}", 2, options);
        using var restored = EnvironmentCatalog.Make($"mujoco:{Model}", 2, options);
        var actions = new SpaceBuffer(environment.ActionSpace, 2);
        var random = new Pcg64(3);
        environment.Reset(0);
        for (var step = 0; step < 60; step++)
        {
            environment.ActionSpace.Sample(random, actions, 0);
            environment.ActionSpace.Sample(random, actions, 1);
            var state = new MemoryStream();
            environment.Save(new BinaryWriter(state));
            state.Position = 0;
            restored.Load(new BinaryReader(state));
            var (expected, outcome) = (environment.Step(actions), restored.Step(actions));
            Assert.Equal(expected.RewardTerms, outcome.RewardTerms);
            Assert.Equal(expected.NextObservations.Bytes.ToArray(), outcome.NextObservations.Bytes.ToArray());
            Assert.All(expected.RewardTerms, difference => Assert.NotEqual(0, difference));
            environment.ResetFinished();
        }
    }

    void Write(string actuators) => File.WriteAllText(Model, Actuated.Replace("ACTUATOR", actuators, StringComparison.Ordinal));

    sealed class Source : IEnvironmentSource
    {
        public IReadOnlyDictionary<string, Func<MujocoTask>> MujocoTasks { get; } =
            new Dictionary<string, Func<MujocoTask>>
            {
                ["sensor-difference"] = () => new SensorDifference(),
                ["derived-difference"] = () => new DerivedDifference(),
            };
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
    /// <summary>Rewards the change of every array that a step computes and that a task may look at before the next.</summary>
    sealed class DerivedDifference : MujocoTask
    {
        static readonly string[] _arrays =
        [
            "sensordata", "xpos", "xquat", "xmat", "xipos", "ximat", "site_xpos", "geom_xmat", "subtree_com", "cvel", "cacc", "cfrc_ext", "cfrc_int",
            "cinert", "qacc", "qacc_smooth", "qfrc_bias", "qfrc_actuator", "qfrc_constraint", "actuator_force", "actuator_velocity",
            "actuator_length", "act", "act_dot", "qM", "qLD", "subtree_linvel",
        ];

        readonly double[] _before = new double[_arrays.Length];

        // cfrc_ext is 0 in the air, and so is a mass matrix's change: what all of them come to is what must differ.
        public override IReadOnlyList<string> RewardTerms { get; } = ["change"];

        public override void BeforeStep(MujocoSimulation simulation) => Read(simulation, _before);

        public override bool AfterStep(
            MujocoSimulation simulation, ReadOnlySpan<float> action, double dt, Span<double> rewardTerms)
        {
            var after = new double[_arrays.Length];
            Read(simulation, after);
            rewardTerms[0] = after.Zip(_before, (a, b) => a - b).Sum();
            return false;
        }

        static void Read(MujocoSimulation simulation, double[] sums)
        {
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] = 0;
                var position = 1;
                foreach (var value in simulation.Doubles(_arrays[i]).Span)
                {
                    sums[i] += Math.Sin(value * position++);
                }
            }
        }
    }
}
