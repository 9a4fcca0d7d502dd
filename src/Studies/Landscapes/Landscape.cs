using System.ComponentModel.DataAnnotations;
using RL.Certification;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>How a landscape is made and walked.</summary>
public sealed record LandscapeOptions : IValidatableObject
{
    /// <summary>The regions are found exactly, and their number grows with the square of the neurons.</summary>
    const int MostNeurons = 200;

    /// <summary>Sizes of the hidden layers.</summary>
    [Range(1, MostNeurons)] public IReadOnlyList<int> Hidden { get; init; } = [16, 16];

    /// <summary>The optimisers to compare.</summary>
    [OptimizerNames] public IReadOnlyList<string> Methods { get; init; } = ["gradient-ascent", "pgd-annealed", "adr-gd"];

    /// <summary>Gradient passes of each.</summary>
    [Range(1, 100_000)] public int Passes { get; init; } = 60;

    /// <summary>Where they start: x, y.</summary>
    [Range(-1, 1)] public IReadOnlyList<double> Start { get; init; } = [0, 0];

    /// <summary>Seed of the network and of what methods draw.</summary>
    [Range(0, int.MaxValue)] public ulong Seed { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Hidden.Sum() > MostNeurons)
        {
            yield return new($"at most {MostNeurons} neurons in all.", [nameof(Hidden)]);
        }

        if (Start.Count != 2)
        {
            yield return new("two numbers, x and y.", [nameof(Start)]);
        }
    }
}

/// <summary>The way of one optimiser.</summary>
/// <param name="Method">Its name.</param>
/// <param name="GradientPasses">Gradients it took.</param>
/// <param name="X">The best point that it found.</param>
/// <param name="Value">f there.</param>
/// <param name="Steps">
/// Every point at which it asked the network, in order; several at once (a line of points) where it follows several starts.
/// </param>
public sealed record Trajectory(
    string Method, long GradientPasses, (double X, double Y) X, double Value, IReadOnlyList<(double X, double Y)[]> Steps);

/// <summary>
/// A random ReLU network of two inputs on [−1, 1]² with all that can be known about it (its linear regions and its exact maximum) and the
/// ways of several optimisers (the paper's Figure 1). In float64.
/// </summary>
/// <param name="Regions">The linear regions.</param>
/// <param name="Maximum">The point with the largest value.</param>
/// <param name="MaximumValue">f there.</param>
/// <param name="Trajectories">One per method.</param>
public sealed record Landscape(
    IReadOnlyList<SliceCell> Regions, (double X, double Y) Maximum, double MaximumValue, IReadOnlyList<Trajectory> Trajectories)
{
    /// <summary>Makes the network (weights and biases uniform in [−1, 1], as the paper's) and runs the methods.</summary>
    /// <param name="options">How.</param>
    /// <param name="stop">Ends it after the current method: the ways are those of the methods that are done.</param>
    /// <exception cref="ArgumentException">A method that is not there.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before all regions were known.</exception>
    public static Landscape Create(LandscapeOptions options, CancellationToken stop = default)
    {
        options.Checked();
        using var scope = NewDisposeScope();
        using var generator = new Generator(options.Seed);
        using var module = RandomNetwork(options.Hidden, generator);
        var slice = PlaneSlice.Of(NetworkGraph.Of(ReluNetwork.FromModule(module)), [0, 0], [1, 0], [0, 1], stop: stop);
        if (slice.IsPartial)
        {
            throw new OperationCanceledException("The regions, and with them the maximum, are not all known.", stop);
        }
        var regions = slice.Cells;
        // On a polygon an affine function has its maximum at a corner.
        var (maximum, value) = regions.SelectMany(region => region.Corners.Select(corner => (corner, region.Value(0, corner.S, corner.T))))
            .MaxBy(each => each.Item2);
        return new(
            regions,
            maximum,
            value,
            [.. options.Methods.TakeWhile(_ => !stop.IsCancellationRequested).Select(method => Walk(module, method, options))]);
    }

    static nn.Module<Tensor, Tensor> RandomNetwork(IReadOnlyList<int> hidden, Generator generator)
    {
        int[] sizes = [2, .. hidden, 1];
        var layers = new List<nn.Module<Tensor, Tensor>>();
        for (var i = 0; i + 1 < sizes.Length; i++)
        {
            layers.Add(nn.Linear(sizes[i], sizes[i + 1], dtype: ScalarType.Float64));
            if (i + 2 < sizes.Length)
            {
                layers.Add(nn.ReLU());
            }
        }
        var module = nn.Sequential(layers);
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
        {
            parameter.uniform_(-1, 1, generator);
        }
        return module;
    }

    static Trajectory Walk(nn.Module<Tensor, Tensor> module, string method, LandscapeOptions options)
    {
        using var generator = new Generator(options.Seed);
        var network = new ReluModule(module, [2]);
        var optimizer = InputOptimizerCatalog.Create(method, options.Passes, generator);
        var start = tensor(options.Start.ToArray(), [1, 2]);
        var steps = new List<(double X, double Y)[]>();
        var hook = module.register_forward_pre_hook((_, x) =>
        {
            var points = Points(x);
            // Some methods ask for value and gradient apart.
            if (steps.Count == 0 || !steps[^1].AsSpan().SequenceEqual(points))
            {
                steps.Add(points);
            }
            return x;
        });
        try
        {
            var optimum = optimizer.Maximize(new(network), start, Box.Between(-1, 1, start));
            return new(method, optimum.GradientPasses, Points(optimum.X)[0], optimum.Value.ToDouble(), steps);
        }
        finally
        {
            hook.remove();
        }
    }

    static (double X, double Y)[] Points(Tensor x) =>
        [.. x.detach().contiguous().data<double>().ToArray().Chunk(2).Select(point => (point[0], point[1]))];
}
