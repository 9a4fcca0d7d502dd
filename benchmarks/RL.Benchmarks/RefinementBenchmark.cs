using System.Diagnostics;
using System.Globalization;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// CPU time of refining one action with ADR-GD's refinement form on a critic [23→256→256→1], plain and fast in turn, one thread.
/// The network is made anew for each call, as after an update of the critic: packing and norms are part of the cost.
/// <code>refinement CRITIC.safetensors [ROUNDS]</code>
/// The file holds 1.weight … 3.bias (out×in), observations and actions.
/// </summary>
static class RefinementBenchmark
{
    static readonly int[] _iterations = [0, 100];

    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 7;
        set_num_threads(1);
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var tensors = SafeTensors.Read(arguments[0]);
        var (observations, actions) = (tensors["observations"], tensors["actions"]);
        var critic = ReluNetwork.FromTensors(tensors);
        var optimizers = new (string Name, Func<AdrGdOptions, IInputOptimizer> Make, int Calls)[]
        {
            ("plain", options => new AdrGd(options, generator), 10),
            ("fast", options => new FastAdrGd(options, generator), 500),
        };
        var times = new Dictionary<(string, int), List<double>>();
        for (var round = -1; round < rounds; round++)
        {
            foreach (var (name, make, calls) in optimizers)
            {
                foreach (var iterations in _iterations)
                {
                    var optimizer = make(AdrGdOptions.ActionRefinement with { Iterations = iterations });
                    var start = Process.GetCurrentProcess().TotalProcessorTime;
                    for (var i = 0; i < calls; i++)
                    {
                        using var call = NewDisposeScope();
                        var row = i % observations.shape[0];
                        var network = new ReluNetwork(critic.Layers).Given(observations.narrow(0, row, 1));
                        var action = actions.narrow(0, row, 1);
                        optimizer.Maximize(new Objective(network), action, Box.Ball(action, 1, -1, 1));
                    }

                    var microseconds = (Process.GetCurrentProcess().TotalProcessorTime - start).TotalMicroseconds / calls;
                    // The first round warms up.
                    if (round >= 0)
                    {
                        times.TryAdd((name, iterations), []);
                        times[(name, iterations)].Add(microseconds);
                    }
                }
            }
        }

        double Median(string name, int iterations) => times[(name, iterations)].Order().ElementAt(rounds / 2);
        Console.WriteLine("ADR-GD, refinement form, B = 1, [23-256-256-1], float32, 1 thread; CPU time, medians");
        foreach (var (name, _, _) in optimizers)
        {
            var (fixedCost, call) = (Median(name, _iterations[0]), Median(name, _iterations[1]));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"  {name,-6} {call,10:F0} us a call of 100 iterations, {fixedCost,8:F0} us of it before the first; {(call - fixedCost) / 100,8:F2} us an iteration"));
        }
    }
}
