using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Runs.Tests;

/// <summary>Policies, and observations to give them.</summary>
static class TestPolicies
{
    /// <summary>A policy that was not trained, its weights moved so far that outputs differ between observations.</summary>
    public static Policy Untrained(string agent, string environment, params string[] assignments)
    {
        var options = RL.Runs.RunOptions.Resolve(agent, environment, null, assignments);
        RunningMoments? moments = null;
        if (options.Training.Normalize.Observations)
        {
            using var task = RunFactory.MakeTask(options, 1);
            moments = new RunningMoments(task.ObservationSpace.Size);
            var seen = Observations(task, 50);
            var vector = new double[moments.Size];
            for (var row = 0; row < seen.Count; row++)
            {
                seen.RowToDouble(row, vector);
                moments.Add(vector);
            }
        }

        using var evaluation = RunFactory.MakeEvaluation(options, 1, moments);
        var made = RunFactory.MakeAgent(options, evaluation, TimeProvider.System);
        Move(made);
        return new Policy(options, made, moments, evaluation);
    }

    static void Move(IAgent agent)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(7, CPU);
        foreach (var network in agent.Networks.Values)
        {
            // Of many convolutions less, or activations, and with them rounding errors, grow from layer to layer.
            var share = network.dim() == 4 ? 0.1 : 0.5;
            network.add_(randn(network.shape, generator: generator) * (share / Math.Sqrt(Math.Max(1, network.numel() / network.shape[0]))));
        }
    }

    /// <summary>What a task shows under random actions.</summary>
    public static SpaceBuffer Observations(IVectorEnvironment task, int count)
    {
        var (random, seen, actions) = (new Pcg64(5), new SpaceBuffer(task.ObservationSpace, count), new SpaceBuffer(task.ActionSpace, task.Count));
        var size = seen.Bytes.Length / count;
        task.Reset(3);
        for (var row = 0; row < count; row++)
        {
            task.Observations.Bytes.Slice(row % task.Count * size, size).CopyTo(seen.Bytes.Slice(row * size, size));
            if (row % task.Count == task.Count - 1)
            {
                for (var copy = 0; copy < task.Count; copy++)
                {
                    task.ActionSpace.Sample(random, actions, copy);
                }

                task.Step(actions);
                task.ResetFinished();
            }
        }

        return seen;
    }

    /// <summary>The actions of a policy, row after row.</summary>
    public static double[] Act(Policy policy, SpaceBuffer observations)
    {
        var actions = new SpaceBuffer(policy.ActionSpace, observations.Count);
        policy.Act(observations, actions);
        return Numbers(actions);
    }

    /// <summary>The outputs of a policy's network, row after row.</summary>
    public static double[] Outputs(Policy policy, SpaceBuffer observations, ScalarType type = ScalarType.Float32)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var network = policy.Network!;
        return [.. network.Network.Forward(network.Inputs(observations).to(type)).to(ScalarType.Float64).contiguous().data<double>()];
    }

    public static double[] Numbers(SpaceBuffer buffer) =>
        [.. Enumerable.Range(0, buffer.Count).SelectMany(row => Enumerable.Range(0, buffer.Space.Size).Select(i => buffer.Get(row, i)))];

    public static double LargestDifference(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        return expected.Zip(actual, (left, right) => Math.Abs(left - right)).Max();
    }
}
