using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class PolytopeTests
{
    /// <summary>Thirty problems of five inputs in boxes of one width, with half-spaces that leave the centre inside.</summary>
    static (Polytope Region, Tensor X) Random(ulong seed, int halfSpaces, bool isPerProblem, ScalarType dtype = ScalarType.Float64)
    {
        using var generator = new Generator(seed);
        Tensor Numbers(params long[] shape) => (rand(shape, dtype: dtype, generator: generator) * 2) - 1;
        var normals = isPerProblem ? Numbers(30, halfSpaces, 5) : Numbers(halfSpaces, 5);
        var centers = Numbers(30, 5);
        var limits = (centers.unsqueeze(1) * normals).sum(2) + (rand(30, halfSpaces, dtype: dtype, generator: generator) * 0.5) + 1e-3;
        return (new(Box.Ball(centers, 1), normals, limits, centers), centers + (Numbers(30, 5) * 3));
    }

    static void AssertInside(Polytope region, Tensor x)
    {
        Assert.True(region.Box.Project(x).IsSameAs(x));
        var products = (region.Normals.to(float64) * x.to(float64).unsqueeze(1)).sum(2);
        Assert.True((bool)products.le(region.Limits.to(float64)).all(), $"{(products - region.Limits).max().ToDouble():R}");
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(1, true)]
    [InlineData(4, false)]
    [InlineData(4, true)]
    public void Project_FindsTheNearestPoint(int halfSpaces, bool isPerProblem)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (region, x) = Random(1, halfSpaces, isPerProblem);

        var nearest = region.Project(x);

        AssertInside(region, nearest);
        Assert.True(region.Project(nearest).IsSameAs(nearest));
        Assert.False(region.Box.Project(x).IsSameAs(nearest), "no half-space matters");
        for (var i = 0; i < 100; i++)
        {
            // (x − p)·(y − p) ≤ 0 for every point y of a convex set says that p is the projection of x.
            var other = region.Sample(x, generator);
            AssertInside(region, other);
            Assert.True((bool)((x - nearest) * (other - nearest)).sum(1).le(1e-9).all());
        }
    }

    [Fact]
    public void Project_Float32_NeverLeavesThePolytope()
    {
        using var scope = NewDisposeScope();
        var (region, x) = Random(2, 6, isPerProblem: true, ScalarType.Float32);

        AssertInside(region, region.Project(x));
        AssertInside(region, region.Project(x * 1e6));
        Assert.True(region.Project(region.Inner).IsSameAs(region.Inner));
    }

    /// <summary>What is left is a direction that stays inside and climbs, and nothing that climbs is left at the maximum.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Inward_IsFeasibleAndLeadsNowhereFromTheMaximum(int halfSpaces)
    {
        using var scope = NewDisposeScope();
        var (region, g) = Random(4, halfSpaces, isPerProblem: true);
        var (_, other) = Random(5, halfSpaces, isPerProblem: true);

        var surface = region.Project(g * 10);
        var inward = region.Inward(surface, other);
        var moved = surface + (inward * 1e-7);
        var excess = (region.Normals * moved.unsqueeze(1)).sum(2) - region.Limits;
        Assert.True((bool)excess.le(1e-12).all(), $"{excess.max().ToDouble():R}");
        Assert.True((bool)(inward * other).sum(1).ge(-1e-12).all());

        // The point nearest to one far out along a gradient has the largest product with it.
        var maximum = region.Project(region.Inner + (g * 1e3));
        var climb = (g * region.Inward(maximum, g)).sum(1);
        Assert.True((bool)climb.le(1e-9).all(), $"{climb.max().ToDouble():R}");
    }

    public static TheoryData<string> Names { get; } = [.. InputOptimizerCatalog.Entries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_StaysInsideAndIsNeverWorseThanTheStart(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (region, _) = Random(6, 3, isPerProblem: true);
        var objective = new Objective(RandomProblem.Network(generator, ScalarType.Float64, 5, 12, 12, 1));

        var found = InputOptimizerCatalog.Create(name, 20, generator).Maximize(objective, region.Inner.unsqueeze(1).expand(-1, 2, -1), region);

        AssertInside(region, found.X);
        Assert.True((bool)found.Value.ge(found.StartValue).all());
        Assert.True((bool)found.Value.gt(found.StartValue).any());
    }

    /// <summary>Torques that share a budget: the maximum of an affine function is at the vertex that a linear program gives.</summary>
    [Fact]
    public void Maximize_AnAffineFunction_ReachesTheVertex()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        // y = 3 x₁ + 2 x₂ + x₃ over [−1, 1]³ with x₁ + x₂ + x₃ ≤ 1.5: (1, 1, −0.5), where it is 4.5.
        var weight = tensor(new double[,] { { 3, 2, 1 } });
        var network = new ReluNetwork([new(weight, tensor(new[] { 10.0 })), new(ones(1, 1, dtype: float64), zeros(1, dtype: float64))]);
        var inner = zeros(1, 3, dtype: float64);
        var region = new Polytope(Box.Between(-1, 1, inner), ones(1, 3, dtype: float64), tensor(new[] { 1.5 }), inner);
        foreach (var name in new[] { "pgd-annealed", "apgd", "sharp" })
        {
            var found = InputOptimizerCatalog.Create(name, 100, generator).Maximize(new(network), inner, region);
            Assert.Equal(14.5, found.Value.ToDouble(), 0.05);
        }
    }

    [Fact]
    public void Maximize_BadPolytope_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var objective = new Objective(RandomProblem.Network(generator, ScalarType.Float32, 3, 4, 1));
        var optimizer = InputOptimizerCatalog.Create("pgd", 5, generator);
        var inner = zeros(2, 3);
        void Says(Polytope region, params string[] words) => Error.Says(() => optimizer.Maximize(objective, inner, region), words);

        var box = Box.Between(-1, 1, inner);
        Says(new(box, ones(2, 3), full(2, -0.5f), inner), "Polytope.Inner", "by up to 0.5");
        Says(new(box, ones(2, 3), ones(2), inner + 2), "Polytope.Inner", "outside the box");
        Says(new(box, ones(2, 4), ones(2), inner), "Polytope.Normals", "[2×4]");
        Says(new(box, ones(2, 3), full(2, float.NaN), inner), "Polytope.Limits");
    }
}
