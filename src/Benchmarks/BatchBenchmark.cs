using System.Globalization;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// What it costs to maximise a just updated critic over the actions of a whole minibatch, as an update that learns from best actions does: per
/// state, one call for all states, from one warm start each, one thread. The critic's weights change before every call.
/// <code>batch CRITIC.safetensors [STATES] [ROUNDS]</code>
/// The file holds 1.weight … 3.bias (out×in), observations and actions.
/// </summary>
static class BatchBenchmark
{
    static readonly int[] _passes = [10, 100];

    static readonly (string Name, Func<int, Generator, IInputOptimizer> Create)[] _methods =
    [
        ("sign steps, warm start", (passes, generator) => new ProjectedGradient(ProjectedGradientOptions.WarmStart(passes), generator)),
        ("sign steps, annealed", (passes, generator) => new ProjectedGradient(ProjectedGradientOptions.Annealed(passes), generator)),
        ("sharp", (passes, generator) => new Sharp(new() { Passes = passes }, generator)),
        ("adr-gd", (passes, generator) => new AdrGd(AdrGdOptions.ActionRefinement with { Iterations = passes }, generator)),
        ("apgd", (passes, generator) => new AutoProjectedGradient(new() { Steps = passes }, generator)),
    ];

    public static void Run(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var states = arguments.Length > 1 ? int.Parse(arguments[1], culture) : 256;
        var rounds = arguments.Length > 2 ? int.Parse(arguments[2], culture) : 9;
        set_num_threads(1);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var tensors = SafeTensors.Read(arguments[0]);
        var critic = ReluNetwork.FromTensors(tensors);
        var rows = randint(tensors["observations"].shape[0], [states], generator: generator).to(int64);
        var (observations, actions) = (tensors["observations"].index_select(0, rows), tensors["actions"].index_select(0, rows));
        var box = Box.Ball(actions, 1, -1, 1);

        var cases = _passes.SelectMany(passes => _methods.Select(method => (method.Name, Passes: passes, Optimizer: method.Create(passes, generator)))).ToArray();
        var times = cases.Select(_ => new List<double>()).ToArray();
        var (gains, bytes) = (new double[cases.Length], new double[cases.Length]);
        for (var round = -2; round < rounds; round++)
        {
            for (var i = 0; i < cases.Length; i++)
            {
                // As an optimiser's step would: every weight is another number.
                foreach (var (weight, bias) in critic.Layers)
                {
                    weight.mul_(round % 2 == 0 ? 1.001f : 1 / 1.001f);
                }
                var (began, allocated) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
                using var given = NewDisposeScope();
                var found = cases[i].Optimizer.Maximize(new(critic.Given(observations)), actions, box);
                if (round >= 0)
                {
                    times[i].Add((Environment.CpuUsage.TotalTime - began).TotalMicroseconds / states);
                    (gains[i], bytes[i]) = (found.Gain.mean().ToDouble(), (GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)states);
                }
            }
        }

        Console.WriteLine(string.Create(culture, $"CPU time per state, medians of {rounds} calls of {states} states, 1 thread, critic {string.Join('-', critic.Layers.Select(layer => layer.Weight.shape[1]).Append(1))}"));
        for (var i = 0; i < cases.Length; i++)
        {
            var sorted = times[i].Order().ToArray();
            Console.WriteLine(string.Create(culture,
                $"  {cases[i].Name,-24}{cases[i].Passes,5} passes{sorted[sorted.Length / 2],9:F1} µs (least {sorted[0]:F1}), gain {gains[i]:F3}, {bytes[i]:F0} bytes allocated"));
        }
    }
}
