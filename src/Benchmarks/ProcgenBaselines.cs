using System.Globalization;
using RL.Agents;
using RL.Environments;
using TorchSharp;

namespace RL.Benchmarks;

/// <summary>
/// What policies that have learnt nothing reach in a Procgen game, beside which trained ones are to be seen: uniformly random actions,
/// and one action for ever. Arguments: game, action (random, or a number from 0 to 14; 8 is right and up), episodes, seed, number of
/// levels, the first of them (0 if left out). Easy levels; episodes as `rl evaluate` plays them. Prints "mean s.e. length".
/// </summary>
static class ProcgenBaselines
{
    const int Copies = 16;

    public static void Run(string[] arguments)
    {
        var (game, action) = (arguments[0], arguments[1]);
        var numbers = Array.ConvertAll(arguments[2..], argument => int.Parse(argument, CultureInfo.InvariantCulture));
        var entry = EnvironmentCatalog.Entries[$"procgen:{game}"];
        var options = (ProcgenOptions)entry.DefaultOptions with
        {
            DistributionMode = DistributionMode.Easy,
            NumLevels = numbers[2],
            StartLevel = numbers.Length > 3 ? numbers[3] : 0,
        };
        using var environment = EnvironmentCatalog.Make($"procgen:{game}", Copies, options);
        using var agent = new Unlearned(action == "random" ? null : int.Parse(action, CultureInfo.InvariantCulture));
        var result = Evaluation.Run(agent, environment, numbers[0], (ulong)numbers[1], 0);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Mean:F2} {result.StandardDeviation / Math.Sqrt(result.Returns.Count):F2} {result.Lengths.Average():F1}"));
    }

    /// <summary>Takes one action for ever, or random ones. It has nothing to learn, so nothing to keep.</summary>
    sealed class Unlearned(int? action) : IAgent
    {
        readonly Pcg64 _random = new(1);

        public IReadOnlyDictionary<string, torch.Tensor> Networks { get; } = new Dictionary<string, torch.Tensor>();

        public void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore)
        {
            foreach (ref var chosen in actions.Values<int>())
            {
                chosen = action ?? _random.NextInt(((DiscreteSpace)actions.Space).Count);
            }
        }

        public void Observe(StepOutcome outcome)
        {
        }

        public void Update(IMetrics metrics)
        {
        }

        public void LoadNetworks(IReadOnlyDictionary<string, torch.Tensor> tensors)
        {
        }

        public void Save(BinaryWriter writer)
        {
        }

        public void Load(BinaryReader reader)
        {
        }

        public void Dispose()
        {
        }
    }
}
