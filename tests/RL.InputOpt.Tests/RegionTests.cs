using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>A region that this assembly does not know, as a program of its user's has it.</summary>
public sealed class RegionTests
{
    /// <summary>{x : Σ x = 1, x ≥ 0}: shares of a whole.</summary>
    sealed record Simplex : Region
    {
        public override Tensor Project(Tensor x)
        {
            using var scope = NewDisposeScope();
            var (sorted, _) = x.sort(1, descending: true);
            var excess = (sorted.cumsum(1) - 1) / arange(1, x.shape[1] + 1, dtype: x.dtype);
            var count = sorted.gt(excess).sum(1, keepdim: true);
            var shares = (x - excess.gather(1, count - 1)).clamp(min: 0);
            return (shares / shares.sum(1, keepdim: true)).MoveToOuterDisposeScope();
        }

        public override Tensor Steepest(Tensor gradient) => gradient.sign();

        public override Tensor Inward(Tensor x, Tensor gradient) => gradient - gradient.mean([1], keepdim: true);

        public override Tensor Sample(Tensor like, Generator generator) =>
            Project(rand(like.shape, dtype: like.dtype, generator: generator));

        public override Tensor Scale(Tensor like) => full([1, 1], 0.5, dtype: like.dtype);

        public override Region Repeat(int inputDims, long starts) => this;

        public override void ThrowUnlessFits(long problems, IReadOnlyList<long> inputShape, ScalarType dtype)
        {
            if (inputShape.Count != 1)
            {
                throw new ArgumentException("A simplex is of vectors.");
            }
        }
    }

    public static TheoryData<string> Names { get; } = [.. InputOptimizerCatalog.Entries.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_ARegionOfOnesOwn_StaysInsideAndIsNeverWorseThanTheStart(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var objective = new Objective(RandomProblem.Network(generator, ScalarType.Float64, 6, 12, 12, 1));
        var found = InputOptimizerCatalog.Create(name, 20, generator)
            .Maximize(objective, full([3, 2, 6], 1.0 / 6, dtype: float64), new Simplex());

        Assert.True((bool)found.Value.ge(found.StartValue).all());
        Assert.True(found.X.sum(1).allclose(ones(3, dtype: float64)));
        Assert.True((bool)found.X.ge(-1e-12).all());
    }
}
