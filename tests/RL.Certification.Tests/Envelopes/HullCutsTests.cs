using System.Text.Json;

namespace RL.Certification.Tests;

/// <summary>Relaxations as linear programs equal the reference.</summary>
public sealed class HullCutsTests
{
    public static TheoryData<string> Boxes =>
    [
        .. BoundsGolden.Json("bounds.json").EnumerateObject()
            .Where(box => box.Value.TryGetProperty("lp", out var lp) && lp.TryGetProperty("hull_cuts_lp", out _))
            .Select(box => box.Name).Where(name => name.EndsWith("r0.0625", StringComparison.Ordinal) || name == "small_2/c0/r0.25"),
    ];

    [Theory, MemberData(nameof(Boxes))]
    public void Add_UntilNoneIsViolated_GivesTheReferencesBounds(string name)
    {
        var golden = BoundsGolden.Json("bounds.json").GetProperty(name);
        var lp = golden.GetProperty("lp");
        var layers = LayerChain.Of(BoundsGolden.Network(golden.GetProperty("net").GetString()!));
        var (lower, upper) = (golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());

        using var network = new NetworkProgram(layers, lower, upper).Build(null, solves: true);
        var triangle = network.Range(network.Outputs[0]);
        var (cuts, bounds) = (new HullCuts(network), new double[2]);
        foreach (var sign in new[] { -1, 1 })
        {
            var solution = network.Program.Maximize(network.Outputs[0], sign);
            while (cuts.Add(solution) > 0)
            {
                solution = network.Program.Maximize(network.Outputs[0], sign);
            }
            bounds[(sign + 1) / 2] = sign * solution.Bound;
        }

        AssertClose(lp, "triangle_lp_full", triangle.Lower, triangle.Upper);
        AssertClose(lp, "hull_cuts_lp", bounds[0], bounds[1]);
        if (golden.TryGetProperty("exact_bb", out var exact))
        {
            Assert.True(bounds[0] <= exact[0].GetDouble() && bounds[1] >= exact[1].GetDouble());
        }
    }

    static void AssertClose(JsonElement golden, string name, double lower, double upper)
    {
        var (least, most) = (golden.GetProperty(name)[0].GetDouble(), golden.GetProperty(name)[1].GetDouble());
        var room = 1e-6 * Math.Max(Math.Abs(least), Math.Abs(most));
        Assert.InRange(lower, least - room, least + room);
        Assert.InRange(upper, most - room, most + room);
    }
}
