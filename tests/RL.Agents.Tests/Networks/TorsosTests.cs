using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class TorsosTests
{
    static HeadedNetwork New(NetworkKind kind, IReadOnlyList<long> shape)
    {
        var (torso, features) = Torsos.Create(kind, shape, [16, 8], ActivationKind.Relu, new Pcg64(1));
        return new HeadedNetwork(torso, features, 5, 0.01, new Pcg64(2));
    }

    /// <summary>Attackers look into the ReLUs: all of them must be seen.</summary>
    [Theory]
    [InlineData(NetworkKind.Small, 3)]
    [InlineData(NetworkKind.Nature, 4)]
    [InlineData(NetworkKind.Impala, 14)]
    public void Create_Images_ReluModuleFindsEveryRelu(NetworkKind kind, int relus)
    {
        using var network = New(kind, [3, 64, 64]);
        var seen = new ReluModule(network, [3, 64, 64]);
        Assert.Equal(relus, seen.ReluLayers);
        Assert.Equal(5, seen.Outputs);
    }

    [Fact]
    public void Create_Mlp_ReluModuleFindsEveryRelu()
    {
        using var network = New(NetworkKind.Mlp, [4]);
        Assert.Equal(2, new ReluModule(network, [4]).ReluLayers);
    }

    [Theory]
    [InlineData(NetworkKind.Mlp, 3)]
    [InlineData(NetworkKind.Nature, 1)]
    public void Create_NetworkForOtherInputs_SaysWhatIsAllowed(NetworkKind kind, int axes)
    {
        var error = Assert.Throws<ArgumentException>(() => New(kind, [.. Enumerable.Repeat(64L, axes)]));
        Assert.Contains($"agent.network is {kind.ToString().ToLowerInvariant()}; allowed: auto", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_ImageBelowTheKernel_SaysSo()
    {
        var error = Assert.Throws<ArgumentException>(() => New(NetworkKind.Small, [3, 6, 6]));
        Assert.Contains("6 × 6", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, 9)]
    [InlineData(9, 4)]
    [InlineData(5, 5)]
    public void Fill_RowsOrColumns_AreOrthogonalOfTheGain(int rows, int columns)
    {
        using var scope = NewDisposeScope();
        var weight = zeros(rows, columns);
        Orthogonal.Fill(weight, 2, new Pcg64(3));
        var gram = rows <= columns ? weight.mm(weight.t()) : weight.t().mm(weight);
        Assert.True(gram.allclose(eye(Math.Min(rows, columns)) * 4, atol: 1e-5));
    }

    static Tensor eye(int size) => tensor([.. Enumerable.Range(0, size * size).Select(i => i % (size + 1) == 0 ? 1f : 0f)]).view(size, size);
}
