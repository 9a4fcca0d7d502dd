using System.ComponentModel.DataAnnotations;
using RL.Drawing;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>How images are reconstructed.</summary>
public sealed record ReconstructionOptions
{
    /// <summary>The optimisers to compare.</summary>
    [OptimizerNames] public IReadOnlyList<string> Methods { get; init; } = ["gradient-ascent", "pgd-annealed", "adam", "adr-gd", "sharp"];

    /// <summary>Gradient passes per image.</summary>
    [Range(1, 10_000_000)] public int Passes { get; init; } = 300;

    /// <summary>Latent vectors are sought in [−radius, radius]ⁿ; the prior is N(0, 1).</summary>
    [Range(1e-6, 1e6)] public double Radius { get; init; } = 3;

    /// <summary>Seed of what methods draw.</summary>
    [Range(0, int.MaxValue)] public ulong Seed { get; init; }
}

/// <summary>What one method did.</summary>
/// <param name="Method">Its name; "encoder" for what the encoder's latent vectors decode to.</param>
/// <param name="GradientPasses">Gradients it took per image.</param>
/// <param name="MeanError">Mean over the images of ‖x − x̂‖².</param>
/// <param name="MedianError">Median of the same.</param>
/// <param name="MillisecondsPerImage">CPU time.</param>
/// <param name="Images">x̂ [N×C×H×W].</param>
/// <param name="Errors">‖x − x̂‖² [N].</param>
public sealed record ReconstructionResult(
    string Method, long GradientPasses, double MeanError, double MedianError, double MillisecondsPerImage, Tensor Images,
    double[] Errors);

/// <summary>
/// A comparison of optimisers at finding the latent vector whose decoded image is nearest to a given one, from the prior's mean, at equal
/// gradient passes.
/// </summary>
/// <param name="Targets">The given images [N×C×H×W].</param>
/// <param name="Results">The encoder's own, then method by method.</param>
public sealed record Reconstruction(Tensor Targets, IReadOnlyList<ReconstructionResult> Results)
{
    const string Encoder = "encoder";

    /// <summary>Runs every method of the options.</summary>
    /// <param name="autoencoder">Whose decoder is used.</param>
    /// <param name="targets">Images [N×C×H×W] in [0, 1].</param>
    /// <param name="options">How.</param>
    /// <param name="report">Called with every result, if given.</param>
    /// <param name="stop">Ends it after the current method: the results are those of the methods that are done.</param>
    /// <exception cref="ArgumentException">Images of another shape, a method that is not there.</exception>
    public static Reconstruction Run(
        Autoencoder autoencoder, Tensor targets, ReconstructionOptions options, Action<ReconstructionResult>? report = null,
        CancellationToken stop = default)
    {
        options.Checked();
        if (!targets.shape[1..].SequenceEqual(autoencoder.ImageShape))
        {
            throw new ArgumentException(
                $"The images are [{string.Join('×', targets.shape[1..])}]; allowed for this autoencoder: " +
                $"[{string.Join('×', autoencoder.ImageShape)}].", nameof(targets));
        }
        var results = new List<ReconstructionResult>();
        // The encoder is quick: something is known in any case.
        foreach (var method in options.Methods.Prepend(Encoder).TakeWhile(method => method == Encoder || !stop.IsCancellationRequested))
        {
            results.Add(Reconstruct(autoencoder, targets, options, method));
            report?.Invoke(results[^1]);
        }
        return new(targets, results);
    }

    /// <summary>Targets and what each method made of them, the squared errors below.</summary>
    /// <param name="title">Above the sheet.</param>
    /// <param name="columns">Images to show at most.</param>
    public ContactSheet Sheet(string title, int columns = 10)
    {
        var count = (int)Math.Min(columns, Targets.shape[0]);
        SheetRow Row(string label, Tensor images, Func<int, string> caption) => new(label, [.. Enumerable.Range(0, count).Select(i =>
        {
            using var image = images[i];
            return new SheetCell(ByteImage.FromTensor(image), caption(i));
        })]);
        return new(title, [], [
            Row("target", Targets, _ => ""),
            .. Results.Select(result => Row(result.Method, result.Images, i =>
                result.Errors[i].ToString("F1", System.Globalization.CultureInfo.InvariantCulture))),
        ])
        { Zoom = 2 };
    }

    static ReconstructionResult Reconstruct(Autoencoder autoencoder, Tensor targets, ReconstructionOptions options, string method)
    {
        using var scope = NewDisposeScope();
        var began = Environment.CpuUsage.TotalTime;
        var (latents, passes) = method == Encoder ? (autoencoder.Encode(targets), 0) : Seek(autoencoder, targets, options, method);
        var time = Environment.CpuUsage.TotalTime - began;
        var images = autoencoder.Decode(latents);
        var errors = (images - targets).flatten(1).square().sum(1).to(ScalarType.Float64).data<double>().ToArray();
        return new(
            method,
            passes,
            errors.Average(),
            errors.Order().ElementAt(errors.Length / 2),
            time.TotalMilliseconds / errors.Length,
            images.MoveToOuterDisposeScope(),
            errors);
    }

    static (Tensor Latents, long Passes) Seek(Autoencoder autoencoder, Tensor targets, ReconstructionOptions options, string method)
    {
        using var generator = new Generator(options.Seed);
        var starts = zeros(targets.shape[0], autoencoder.Latent);
        var optimum = InputOptimizerCatalog.Create(method, options.Passes, generator).Maximize(
            new(autoencoder.Decoder, Score.SquaredDistance(targets.flatten(1))),
            starts,
            Box.Between(-options.Radius, options.Radius, starts));
        return (optimum.X, optimum.GradientPasses);
    }
}
