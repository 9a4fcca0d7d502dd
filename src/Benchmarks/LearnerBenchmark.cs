using System.Diagnostics;
using System.Globalization;
using RL.Agents;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// TD3 updates per CPU-second, with gradients by hand and by autograd, beside the matrix products that an update cannot do without,
/// in turn in one process: batch 256, networks 256-256, 17 observations, 6 actions, policy delay 2, one thread.
/// </summary>
static class LearnerBenchmark
{
    const int BatchSize = 256, Observations = 17, Actions = 6, Hidden = 256, Updates = 200;

    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 9;
        set_num_threads(1);
        using var fast = NewAgent(GradientMethod.ByHand);
        using var plain = NewAgent(GradientMethod.Autograd);
        var metrics = new NoMetrics();
        var products = new Products();
        var (byHand, autograd, bare) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var updateByHand = CpuSeconds(() => Repeat(Updates, () => fast.Learn(metrics)));
            var update = CpuSeconds(() => Repeat(Updates, () => plain.Learn(metrics)));
            var product = CpuSeconds(() => Repeat(Updates / 2, products.TwoUpdates));
            // The first round warms up.
            if (round >= 0)
            {
                byHand.Add(Updates / updateByHand);
                autograd.Add(Updates / update);
                bare.Add(Updates / product);
            }
        }

        Console.WriteLine($"TD3 updates per CPU-second: batch {BatchSize}, networks {Hidden}-{Hidden}, obs {Observations}, act {Actions}, policy delay 2, 1 thread");
        Print("gradients by hand", byHand);
        Print("gradients by autograd", autograd);
        Print($"bare matrix products ({Products.MegaFlops:F0} MFLOP)", bare);
        Print("by hand / bare products", [.. byHand.Zip(bare, (l, b) => l / b)]);
        Print("by hand / autograd", [.. byHand.Zip(autograd, (l, b) => l / b)]);
    }

    /// <summary>Median (least to most) of the paired rounds.</summary>
    static void Print(string name, List<double> values)
    {
        var sorted = values.Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"  {name,-36} {sorted[sorted.Length / 2],8:G4}   ({sorted[0]:G4} to {sorted[^1]:G4})"));
    }

    static double CpuSeconds(Action action)
    {
        var start = Process.GetCurrentProcess().TotalProcessorTime;
        action();
        return (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds;
    }

    static Td3 NewAgent(GradientMethod gradients)
    {
        var observations = BoxSpace.Uniform(ElementType.Float64, [Observations], double.NegativeInfinity, double.PositiveInfinity);
        var actions = BoxSpace.Uniform(ElementType.Float32, [Actions], -1, 1);
        var agent = new Td3(
            new Td3Options { StartSteps = 0, ReplayCapacity = 10_000 },
            observations,
            actions,
            new TrainingOptions { Gradients = gradients },
            TimeProvider.System);
        var outcome = new StepOutcome(observations, actions, 0, 1);
        var random = new Pcg64(0);
        for (var i = 0; i < 10_000; i++)
        {
            observations.Sample(random, outcome.Observations, 0);
            observations.Sample(random, outcome.NextObservations, 0);
            actions.Sample(random, outcome.Actions, 0);
            outcome.Rewards[0] = random.NextGaussian();
            agent.Observe(outcome);
        }

        return agent;
    }

    static void Repeat(int times, Action action)
    {
        for (var i = 0; i < times; i++)
        {
            action();
        }
    }

    /// <summary>The matrix products of two TD3 updates, one of them with the actor's.</summary>
    sealed class Products
    {
        // An actor is 17-256-256-6, a critic 23-256-256-1.
        static readonly int[] _actor = [Observations, Hidden, Hidden, Actions];
        static readonly int[] _critic = [Observations + Actions, Hidden, Hidden, 1];
        readonly Dictionary<(int, int), Tensor> _matrices = [];

        /// <summary>Multiply-adds of one update, counted twice as usual.</summary>
        public static double MegaFlops => 2.0 * BatchSize * (
            Weights(_actor) + (2 * Weights(_critic)) + (2 * ((3 * Weights(_critic)) - First(_critic)))
            + ((Weights(_critic) * 2 + (3 * Weights(_actor)) - First(_actor)) / 2.0)) / 1e6;

        public void TwoUpdates()
        {
            for (var update = 0; update < 2; update++)
            {
                Forward(_actor);
                for (var i = 0; i < 2; i++)
                {
                    Forward(_critic);
                    Forward(_critic);
                    Backward(_critic, weights: true, input: false);
                }
            }

            Forward(_actor);
            Forward(_critic);
            Backward(_critic, weights: false, input: true);
            Backward(_actor, weights: true, input: false);
        }

        void Forward(int[] sizes)
        {
            for (var i = 0; i + 1 < sizes.Length; i++)
            {
                Product(BatchSize, sizes[i], sizes[i + 1]);
            }
        }

        void Backward(int[] sizes, bool weights, bool input)
        {
            for (var i = sizes.Length - 2; i >= 0; i--)
            {
                if (weights)
                {
                    Product(sizes[i + 1], BatchSize, sizes[i]);
                }

                if (i > 0 || input)
                {
                    Product(BatchSize, sizes[i + 1], sizes[i]);
                }
            }
        }

        void Product(int rows, int inner, int columns)
        {
            using var noGrad = no_grad();
            using var result = Matrix(rows, inner).mm(Matrix(inner, columns));
        }

        Tensor Matrix(int rows, int columns)
        {
            if (!_matrices.TryGetValue((rows, columns), out var matrix))
            {
                _matrices[(rows, columns)] = matrix = rand(rows, columns);
            }

            return matrix;
        }

        static long First(int[] sizes) => sizes[0] * sizes[1];

        static long Weights(int[] sizes) => sizes.Zip(sizes.Skip(1), (n, m) => (long)n * m).Sum();
    }

    sealed class NoMetrics : IMetrics
    {
        public void Scalar(string tag, double value)
        {
        }
    }
}
