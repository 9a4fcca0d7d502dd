using RL.Environments;

namespace RL.Agents.Tests;

public class RolloutTests
{
    const double Discount = 0.9, Lambda = 0.8;
    const int Steps = 7, Copies = 3;

    static readonly BoxSpace _observations = BoxSpace.Uniform(ElementType.Float32, [2], -10, 10);

    /// <summary>Random rewards and values; copy 1 terminates at step 2 and is cut off at step 4, copy 2 is cut off at the last.</summary>
    static (Rollout Rollout, double[,] Rewards, double[,] Values, double[,] Next, bool[,] Terminated, bool[,] Truncated) Random()
    {
        var random = new Pcg64(5);
        var rollout = new Rollout(Steps, Copies, _observations, 1);
        var (rewards, values, next) = (new double[Steps, Copies], new double[Steps, Copies], new double[Steps, Copies]);
        var (terminated, truncated) = (new bool[Steps, Copies], new bool[Steps, Copies]);
        terminated[2, 1] = truncated[4, 1] = truncated[Steps - 1, 2] = true;
        for (var t = 0; t < Steps; t++)
        {
            var outcome = new StepOutcome(_observations, new DiscreteSpace(4), 0, Copies);
            for (var i = 0; i < Copies; i++)
            {
                (rewards[t, i], values[t, i], next[t, i]) = (random.NextSingle(), random.NextSingle(), random.NextSingle());
                outcome.Observations.Row<float>(i)[0] = (10 * t) + i;
                (outcome.Rewards[i], outcome.Terminated[i], outcome.Truncated[i]) = (rewards[t, i], terminated[t, i], truncated[t, i]);
            }

            var row = t;
            rollout.Add(outcome, [1, 2, 3], [-1, -2, -3], [.. Enumerable.Range(0, Copies).Select(i => (float)values[row, i])]);
            for (var i = 0; i < Copies; i++)
            {
                if (!terminated[t, i] && (truncated[t, i] || rollout.IsFull))
                {
                    rollout.Bootstrap(i, (float)next[t, i]);
                }
            }
        }

        return (rollout, rewards, values, next, terminated, truncated);
    }

    /// <summary>Â = (1 − λ) Σₙ λⁿ⁻¹ (Rₜ⁽ⁿ⁾ − V(sₜ)) over the n-step returns that there are, the longest with the weight that is left.</summary>
    [Fact]
    public void Estimate_TerminationAndTruncation_EqualsWeightedStepReturns()
    {
        var (rollout, rewards, values, next, terminated, truncated) = Random();
        rollout.Estimate(Discount, Lambda);
        for (var i = 0; i < Copies; i++)
        {
            for (var t = 0; t < Steps; t++)
            {
                var (expected, sum, weight) = (0.0, 0.0, 1.0);
                for (var n = 1; ; n++)
                {
                    var last = t + n - 1;
                    sum += Math.Pow(Discount, n - 1) * rewards[last, i];
                    var isCut = truncated[last, i] || last == Steps - 1;
                    var beyond = terminated[last, i] ? 0 : isCut ? next[last, i] : values[last + 1, i];
                    var advantage = sum + (Math.Pow(Discount, n) * beyond) - values[t, i];
                    if (terminated[last, i] || isCut)
                    {
                        expected += weight * advantage;
                        break;
                    }

                    expected += weight * (1 - Lambda) * advantage;
                    weight *= Lambda;
                }

                Assert.Equal(expected, rollout.Advantages[(t * Copies) + i], 1e-5);
                Assert.Equal(expected + values[t, i], rollout.Returns[(t * Copies) + i], 1e-5);
            }
        }
    }

    [Fact]
    public void Add_Rows_AreStepMajor()
    {
        var (rollout, _, _, _, _, _) = Random();
        Assert.Equal(21, rollout.Observations.Row<float>((2 * Copies) + 1)[0]);
        Assert.Equal(3, rollout.Actions[(4 * Copies) + 2]);
    }

    [Fact]
    public void Load_SavedHalfway_GoesOnTheSame()
    {
        var (whole, _, _, _, _, _) = Random();
        using var stream = new MemoryStream();
        whole.Save(new BinaryWriter(stream));
        stream.Position = 0;
        var loaded = new Rollout(Steps, Copies, _observations, 1);
        loaded.Load(new BinaryReader(stream));
        whole.Estimate(Discount, Lambda);
        loaded.Estimate(Discount, Lambda);
        Assert.Equal(whole.Advantages, loaded.Advantages);
        Assert.True(whole.Observations.Bytes.SequenceEqual(loaded.Observations.Bytes));
    }

    [Fact]
    public void Load_OtherSize_ThrowsInvalidData()
    {
        var (rollout, _, _, _, _, _) = Random();
        using var stream = new MemoryStream();
        rollout.Save(new BinaryWriter(stream));
        stream.Position = 0;
        var other = new Rollout(Steps + 1, Copies, _observations, 1);
        var error = Assert.Throws<InvalidDataException>(() => other.Load(new BinaryReader(stream)));
        Assert.Contains("21", error.Message, StringComparison.Ordinal);
    }
}
