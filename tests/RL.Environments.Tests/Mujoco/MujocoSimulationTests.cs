namespace RL.Environments.Tests;

public class MujocoSimulationTests
{
    const string Ball = """
        <mujoco>
          <worldbody>
            <geom type="plane" size="1 1 1"/>
            <body pos="0 0 0.5"><freejoint/><geom type="sphere" size="0.1"/></body>
          </worldbody>
        </mujoco>
        """;

    [Theory]
    [InlineData("not xml", "XML parse error")]
    [InlineData("<mujoco><worldbody><geom shape=\"round\"/></worldbody></mujoco>", "unrecognized attribute")]
    [InlineData("<mujoco><worldbody><body><joint/></body></worldbody></mujoco>", "mass and inertia")]
    public void Load_BadModel_ThrowsWithMujocosMessage(string mjcf, string message)
    {
        var exception = Assert.Throws<MujocoException>(() => new MujocoModel(mjcf));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Advance_FatalErrorInMujoco_ThrowsAndTheProcessAndOtherSimulationsLive()
    {
        // Too small a stack for a contact: mj_step calls mju_error, whose default ends the process.
        const string Size = "<size nstack=\"100\"/>";
        using var small = new MujocoModel(Ball.Replace("<worldbody>", $"{Size}<worldbody>", StringComparison.Ordinal));
        using var broken = new MujocoSimulation(small);
        for (var i = 0; i < 3; i++)
        {
            var exception = Assert.Throws<MujocoException>(() => broken.Advance(300, contactForces: false));
            Assert.Contains("Stack overflow", exception.Message, StringComparison.Ordinal);
            broken.Reset();
        }

        using var model = new MujocoModel(Ball);
        using var simulation = new MujocoSimulation(model);
        simulation.Advance(100, contactForces: true);
        Assert.InRange(simulation.Qpos[2], 0.05, 0.45);
    }

    [Fact]
    public void Warnings_UnstableSimulation_AreCountedAndSurviveAReset()
    {
        using var model = new MujocoModel(Ball);
        using var simulation = new MujocoSimulation(model);
        Assert.Empty(simulation.Warnings);
        simulation.Qvel[2] = double.NaN;
        simulation.Advance(1, contactForces: false);
        var warning = Assert.Single(simulation.Warnings);
        Assert.Contains("warned 1 times", warning, StringComparison.Ordinal);
        Assert.Contains("QVEL", warning, StringComparison.Ordinal);
        simulation.Reset();
        Assert.Equal(warning[..24], Assert.Single(simulation.Warnings)[..24]);
        Assert.False(File.Exists("MUJOCO_LOG.TXT"));
    }

    [Fact]
    public void Fields_ByName_HaveTheModelsSizesAndTypes()
    {
        using var model = new MujocoModel(Ball);
        using var simulation = new MujocoSimulation(model);
        Assert.Equal(7, model.Size("nq"));
        Assert.Equal(2 * 3, simulation.Doubles("xpos").Length);
        Assert.Equal(MujocoType.Float, model.TypeOf("geom_rgba"));
        Assert.Equal([0.002], model.Doubles("opt.timestep").ToArray());
        Assert.Throws<ArgumentException>(() => model.Doubles("geom_rgba").Length);
        var exception = Assert.Throws<MujocoException>(() => model.Doubles("no_such_field").Length);
        Assert.Contains("no_such_field", exception.Message, StringComparison.Ordinal);
        Assert.Throws<MujocoException>(() => simulation.Doubles("no_such_field"));
    }

    [Fact]
    public void Dispose_UsedAfterwards_Throws()
    {
        var model = new MujocoModel(Ball);
        var simulation = new MujocoSimulation(model);
        simulation.Dispose();
        simulation.Dispose();
        Assert.Throws<ObjectDisposedException>(simulation.Forward);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => new MujocoSimulation(model));
    }

    [Fact]
    public void Advance_ManyThreads_EachIsIndependent()
    {
        using var model = new MujocoModel(Ball);
        var heights = new double[8];
        Parallel.For(0, heights.Length, i =>
        {
            using var simulation = new MujocoSimulation(model);
            simulation.Advance(200, contactForces: false);
            heights[i] = simulation.Qpos[2];
        });
        Assert.All(heights, height => Assert.Equal(heights[0], height));
    }

    [Fact]
    public void Load_AfterSave_RestoresEveryArrayThatATaskCanRead()
    {
        using var model = MujocoModel.LoadEmbedded("humanoid");
        using var simulation = new MujocoSimulation(model);
        using var restored = new MujocoSimulation(model);
        simulation.Ctrl.Fill(0.3);
        for (var step = 0; step < 1000 && !simulation.Doubles("cfrc_ext").Span.ContainsAnyExcept(0); step++)
        {
            simulation.Advance(1, contactForces: true);
        }

        var state = new MemoryStream();
        simulation.Save(new BinaryWriter(state));
        state.Position = 0;
        restored.Load(new BinaryReader(state));
        string[] arrays =
        [
            "time", "qpos", "qvel", "qacc", "qacc_warmstart", "ctrl", "xpos", "xquat", "xmat", "xipos", "geom_xpos", "geom_xmat", "cam_xpos",
            "subtree_com", "subtree_linvel", "cinert", "cvel", "cacc", "cfrc_int", "cfrc_ext", "actuator_force", "actuator_velocity",
            "qfrc_actuator", "qfrc_passive", "qfrc_bias", "qfrc_constraint", "ten_length", "ten_velocity", "qLDiagInv",
        ];
        Assert.All(arrays, array => Assert.Equal(simulation.Doubles(array).Span.ToArray(), restored.Doubles(array).Span.ToArray()));
        Assert.Contains(simulation.Doubles("cfrc_ext").Span.ToArray(), force => force != 0);
    }

    [Fact]
    public void Load_StateOfAnotherVersionOrModel_IsRefused()
    {
        using var model = new MujocoModel(Ball);
        using var simulation = new MujocoSimulation(model);
        var other = new MemoryStream();
        new BinaryWriter(other).Write("1.2.3");
        other.Position = 0;
        var exception = Assert.Throws<InvalidDataException>(() => simulation.Load(new BinaryReader(other)));
        Assert.Contains("MuJoCo 1.2.3", exception.Message, StringComparison.Ordinal);
        Assert.Contains(MujocoVersion.Loaded, exception.Message, StringComparison.Ordinal);

        using var larger = MujocoModel.LoadEmbedded("hopper");
        using var hopper = new MujocoSimulation(larger);
        var state = new MemoryStream();
        hopper.Save(new BinaryWriter(state));
        state.Position = 0;
        Assert.Throws<InvalidDataException>(() => simulation.Load(new BinaryReader(state)));
    }

    [Theory]
    [InlineData("efc_force")]
    [InlineData("contact")]
    public void Doubles_ArrayOfConstraints_IsNotToBeRead(string field)
    {
        using var model = new MujocoModel(Ball);
        using var simulation = new MujocoSimulation(model);
        Assert.Throws<MujocoException>(() => simulation.Doubles(field));
    }
}
