using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class ScoreTests
{
    public static TheoryData<string> Scores => ["weighted", "away", "towards", "margin", "dlr", "distance"];

    static Score Make(string name, Tensor labels) => name switch
    {
        "weighted" => Score.Weighted(tensor(new[] { 1.0, -2, 0.5 })),
        "away" => Score.AwayFrom(labels),
        "towards" => Score.Towards(labels),
        "margin" => Score.Margin(labels),
        "dlr" => Score.Dlr(labels),
        _ => Score.SquaredDistance(tensor(new[] { 0.5, -1, 2 })),
    };

    [Theory]
    [MemberData(nameof(Scores))]
    public void Gradient_RandomOutputs_EqualsAutograd(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var score = Make(name, tensor(new long[] { 0, 1, 2, 1 }));
        var outputs = randn(4, 3, dtype: float64, generator: generator).requires_grad_();

        var gradient = score.Gradient(outputs);

        var expected = autograd.grad([score.Value(outputs).sum()], [outputs], retain_graph: true)[0];
        Assert.True(expected.allclose(gradient, 1e-12, 1e-12));
    }

    [Fact]
    public void Value_KnownOutputs_IsWhatItsNameSays()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new[] { 1.0, 3, 2 }, [1, 3]);
        var label = tensor(new long[] { 1 });
        var crossEntropy = -Math.Log(Math.Exp(3) / (Math.E + Math.Exp(2) + Math.Exp(3)));

        Assert.Equal(1 - 6 + 1, Make("weighted", label).Value(outputs).ToDouble(), 12);
        Assert.Equal(crossEntropy, Score.AwayFrom(label).Value(outputs).ToDouble(), 12);
        Assert.Equal(-crossEntropy, Score.Towards(label).Value(outputs).ToDouble(), 12);
        Assert.Equal(2 - 3, Score.Margin(label).Value(outputs).ToDouble(), 12);
    }

    [Fact]
    public void Value_OfMarginsAndDistances_IsWhatTheirPapersSay()
    {
        using var scope = NewDisposeScope();
        var outputs = tensor(new[] { 1.0, 4, 2 }, [1, 3]);

        // −(4 − 2)/(4 − 1), and the other way round for label 2.
        Assert.Equal(-2.0 / 3, Score.Dlr(tensor(new long[] { 1 })).Value(outputs).ToDouble(), 12);
        Assert.Equal(2.0 / 3, Score.Dlr(tensor(new long[] { 2 })).Value(outputs).ToDouble(), 12);
        Assert.Equal(-(0.25 + 25 + 0), Make("distance", zeros(1)).Value(outputs).ToDouble(), 12);
    }

    [Fact]
    public void Dlr_EqualOutputs_IsFinite()
    {
        using var scope = NewDisposeScope();
        var score = Score.Dlr(tensor(new long[] { 0 }));

        Assert.Equal(0, score.Value(ones(1, 3)).ToDouble());
        Assert.True((bool)score.Gradient(ones(1, 3)).isfinite().all());
    }

    [Theory]
    [MemberData(nameof(Scores))]
    public void Repeat_OfEveryScore_ScoresEachStartLikeItsProblem(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var score = Make(name, tensor(new long[] { 0, 2 }));
        var outputs = randn(2, 3, dtype: float64, generator: generator);

        var repeated = score.Repeat(4).Value(Rows.Repeat(outputs, 4));

        Assert.True(repeated.IsSameAs(Rows.Repeat(score.Value(outputs), 4)));
    }
}
