namespace RL.Environments.Tests;

public class MujocoRendererTests
{
    const int Width = 64, Height = 48;

    public static TheoryData<string> Ids =>
        [.. EnvironmentCatalog.Entries.Values.Where(entry => entry.Family == "mujoco").Select(entry => entry.Spec.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Draw_EveryMujocoTask_ShowsTheRobotAndWhatItDoes(string id)
    {
        using var environment = EnvironmentCatalog.Make(id, 2);
        environment.Reset(0);
        using var renderer = environment.MakeRenderer(1, Width, Height)!;
        var (first, again, later) = (new byte[Width * Height * 3], new byte[Width * Height * 3], new byte[Width * Height * 3]);
        renderer.Draw(first);
        renderer.Draw(again);
        var actions = new SpaceBuffer(environment.ActionSpace, 2);
        actions.Values<float>().Fill(0.3f);
        for (var step = 0; step < 10; step++)
        {
            environment.Step(actions);
            environment.ResetFinished();
        }

        renderer.Draw(later);
        Assert.Equal(first, again);
        Assert.True(first.Distinct().Count() > 20, "There is hardly anything to be seen.");
        Assert.NotEqual(first, later);
        // Orange or blue parts: they differ from the grey ground and sky.
        Assert.Contains(Enumerable.Range(0, Width * Height), i => Math.Abs(first[3 * i] - first[(3 * i) + 2]) > 60);
    }

    [Fact]
    public void Draw_AWalkerFarAway_IsFollowed()
    {
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5");
        var copy = (MujocoEnvironment)((VectorEnvironment<double, float>)environment).Copies[0];
        environment.Reset(0);
        using var renderer = environment.MakeRenderer(0, Width, Height)!;
        var (near, far) = (new byte[Width * Height * 3], new byte[Width * Height * 3]);
        renderer.Draw(near);
        copy.Simulation.Qpos[0] = 20;
        copy.Simulation.Forward();
        renderer.Draw(far);
        static int Orange(byte[] rgb) => Enumerable.Range(0, Width * Height).Count(i => rgb[3 * i] - rgb[(3 * i) + 2] > 60);
        Assert.InRange(Orange(far), 0.8 * Orange(near), 1.2 * Orange(near));
    }

    [Fact]
    public void MakeRenderer_TaskWithoutPictures_IsNull()
    {
        using var environment = EnvironmentCatalog.Make("Pendulum-v1");
        Assert.Null(environment.MakeRenderer(0, Width, Height));
    }
}
