using System.Diagnostics;
using System.Globalization;
using RL.Agents;
using RL.Environments;
using TorchSharp;

namespace RL.Benchmarks;

/// <summary>
/// Where PPO's time goes: CPU time per environment step for the environment, for acting and for each epoch of learning, on CoinRun, or
/// on CartPole if the network is mlp, 64 copies, one thread. Arguments: network, size of a minibatch, steps of a rollout, rollouts. Prints one line.
/// </summary>
static class PpoBenchmark
{
    const int Copies = 64;
    const int Epochs = 2;

    public static void Run(string[] arguments)
    {
        var network = Enum.Parse<NetworkKind>(arguments[0], ignoreCase: true);
        var numbers = Array.ConvertAll(arguments[1..], argument => int.Parse(argument, CultureInfo.InvariantCulture));
        var (size, steps, rollouts) = (numbers[0], numbers[1], numbers[2]);
        var task = network == NetworkKind.Mlp ? "CartPole-v1" : "procgen:coinrun";
        torch.set_num_threads(1);
        var options = new PpoOptions
        {
            Network = network, RolloutSteps = steps, Minibatches = Copies * steps / size, Epochs = Epochs,
        };
        using var environment = new NormalizedEnvironment(EnvironmentCatalog.Make(task, Copies), new() { Rewards = true });
        using var agent = new Ppo(
            options, environment.ObservationSpace, environment.ActionSpace, new TrainingOptions { Copies = Copies });
        var (actions, metrics) = (new SpaceBuffer(environment.ActionSpace, Copies), new NoMetrics());
        var (acting, stepping, learning) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
        environment.Reset(0);
        for (var step = -steps; step < rollouts * steps; step++)
        {
            if (step == 0)
            {
                (acting, stepping, learning) = (TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero);
            }

            acting += Cpu(() => agent.Act(environment.Observations, actions, explore: true));
            StepOutcome? outcome = null;
            stepping += Cpu(() => outcome = environment.Step(actions));
            acting += Cpu(() => agent.Observe(outcome!));
            stepping += Cpu(environment.ResetFinished);
            learning += Cpu(() => agent.Update(metrics));
        }

        double Microseconds(TimeSpan time) => time.TotalMicroseconds / ((double)rollouts * steps * Copies);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{arguments[0]}, minibatches of {size}: environment {Microseconds(stepping):F1}, acting {Microseconds(acting):F1}, "
            + $"learning {Microseconds(learning) / Epochs:F1} per epoch (CPU microseconds per step)"));
    }

    static TimeSpan Cpu(Action action)
    {
        using var process = Process.GetCurrentProcess();
        var start = process.TotalProcessorTime;
        action();
        process.Refresh();
        return process.TotalProcessorTime - start;
    }

    sealed class NoMetrics : IMetrics
    {
        public void Scalar(string tag, double value)
        {
        }
    }
}
