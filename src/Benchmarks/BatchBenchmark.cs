using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.Benchmarks;

/// <summary>
/// What it costs to maximise a just updated critic over the actions of a whole minibatch, as an update that learns from best actions does: per
/// state, one call for all states, from one warm start each, one thread. The critic's weights change before every call. Single states, too.
/// <code>batch CRITIC.safetensors [STATES] [ROUNDS] [METHOD]</code>
/// The file holds 1.weight … 3.bias (out×in), observations and actions. With METHOD only those whose names contain it.
/// </summary>
static class BatchBenchmark
{
    static readonly int[] _passes = [10, 100];

    /// <summary>Maximises over the actions of the states, and returns the mean gain.</summary>
    delegate double Maximize(Tensor states, Tensor actions);

    static readonly (string Name, Func<int, ReluNetwork, Generator, Maximize> Create)[] _methods =
    [
        ("minibatch ascent", (passes, critic, _) => OnMemory(critic, null, passes)),
        ("the same on two critics", (passes, critic, _) => OnMemory(critic, Scaled(critic), passes)),
        ("sign steps, warm start", (passes, critic, generator) => OnTensors(critic, new ProjectedGradient(ProjectedGradientOptions.WarmStart(passes), generator))),
        ("sign steps, annealed", (passes, critic, generator) => OnTensors(critic, new ProjectedGradient(ProjectedGradientOptions.Annealed(passes), generator))),
        ("sharp", (passes, critic, generator) => OnTensors(critic, new Sharp(new() { Passes = passes }, generator))),
        ("adr-gd", (passes, critic, generator) => OnTensors(critic, new AdrGd(AdrGdOptions.ActionRefinement with { Iterations = passes }, generator))),
        ("apgd", (passes, critic, generator) => OnTensors(critic, new AutoProjectedGradient(new() { Steps = passes }, generator))),
    ];

    public static void Run(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var states = arguments.Length > 1 ? int.Parse(arguments[1], culture) : 256;
        var rounds = arguments.Length > 2 ? int.Parse(arguments[2], culture) : 9;
        var chosen = _methods.Where(method => arguments.Length < 4 || method.Name.Contains(arguments[3], StringComparison.Ordinal)).ToArray();
        set_num_threads(1);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var tensors = SafeTensors.Read(arguments[0]);
        var critic = ReluNetwork.FromTensors(tensors);
        var rows = randint(tensors["observations"].shape[0], [states], generator: generator).to(int64);
        var (observations, actions) = (tensors["observations"].index_select(0, rows), tensors["actions"].index_select(0, rows));

        var cases = _passes.SelectMany(passes => chosen.Select(method => (method.Name, Passes: passes, Maximize: method.Create(passes, critic, generator)))).ToArray();
        var times = cases.Select(_ => new List<double>()).ToArray();
        var (gains, bytes) = (new double[cases.Length], new double[cases.Length]);
        for (var round = -2; round < rounds; round++)
        {
            for (var i = 0; i < cases.Length; i++)
            {
                // As an optimiser's step would: every weight is another number.
                foreach (var (weight, _) in critic.Layers)
                {
                    weight.mul_(round % 2 == 0 ? 1.001f : 1 / 1.001f);
                }
                using var given = NewDisposeScope();
                var (began, allocated) = (Environment.CpuUsage.TotalTime, GC.GetAllocatedBytesForCurrentThread());
                gains[i] = cases[i].Maximize(observations, actions);
                bytes[i] = GC.GetAllocatedBytesForCurrentThread() - allocated;
                if (round >= 0)
                {
                    times[i].Add((Environment.CpuUsage.TotalTime - began).TotalMicroseconds / states);
                }
            }
        }

        Console.WriteLine(string.Create(culture, $"CPU time per state, medians of {rounds} calls of {states} states, 1 thread, critic {string.Join('-', critic.Layers.Select(layer => layer.Weight.shape[1]).Append(1))}"));
        for (var i = 0; i < cases.Length; i++)
        {
            var sorted = times[i].Order().ToArray();
            Console.WriteLine(string.Create(culture,
                $"  {cases[i].Name,-24}{cases[i].Passes,5} passes{sorted[sorted.Length / 2],9:F1} µs (least {sorted[0]:F1}), gain {gains[i]:F3}, {bytes[i]:F0} bytes allocated by a call"));
        }
    }

    static Maximize OnTensors(ReluNetwork critic, IInputOptimizer optimizer) =>
        (states, actions) => optimizer.Maximize(new(critic.Given(states)), actions, Box.Ball(actions, 1, -1, 1)).Gain.mean().ToDouble();

    static Maximize OnMemory(ReluNetwork critic, ReluNetwork? second, int passes)
    {
        float[] best = [], gains = [];
        var ascent = default(MinibatchAscent);
        return (states, actions) =>
        {
            if (ascent is null)
            {
                ascent = new(critic, (int)states.shape[1], ProjectedGradientOptions.WarmStart(passes), second);
                (best, gains) = (new float[actions.numel()], new float[actions.shape[0]]);
            }
            ascent.Maximize(
                MemoryMarshal.Cast<byte, float>(states.bytes), MemoryMarshal.Cast<byte, float>(actions.bytes), 1, -1, 1, best, gains);
            return TensorPrimitives.Sum<float>(gains) / gains.Length;
        };
    }

    static ReluNetwork Scaled(ReluNetwork critic) =>
        new([.. critic.Layers.Select(layer => new ReluLayer(layer.Weight * 1.01f, layer.Bias.clone()))]);
}
