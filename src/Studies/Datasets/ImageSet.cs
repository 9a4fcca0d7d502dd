using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>Labelled images.</summary>
/// <param name="Images">Float32 [N×C×H×W] in [0, 1].</param>
/// <param name="Labels">Int64 [N], numbers of classes.</param>
/// <param name="Classes">Names of the classes, by number.</param>
public sealed record ImageSet(Tensor Images, Tensor Labels, IReadOnlyList<string> Classes) : IDisposable
{
    /// <summary>N.</summary>
    public int Count => (int)Images.shape[0];

    /// <summary>[C, H, W].</summary>
    public long[] Shape => Images.shape[1..];

    /// <summary>Images <paramref name="start"/> to start + count, as views.</summary>
    public ImageSet Slice(int start, int count) =>
        new(Images.narrow(0, start, count), Labels.narrow(0, start, count), Classes);

    /// <summary>The images at the given positions, int64 [n], copied.</summary>
    public ImageSet Select(Tensor positions) => new(Images.index_select(0, positions), Labels.index_select(0, positions), Classes);

    public void Dispose()
    {
        Images.Dispose();
        Labels.Dispose();
    }

    /// <summary>Bytes [N×C×H×W] as numbers in [0, 1], and labels, checked against the number of classes.</summary>
    /// <param name="pixels">N·C·H·W bytes.</param>
    /// <param name="shape">[C, H, W].</param>
    /// <param name="labels">One per image.</param>
    /// <param name="classes">Names of the classes.</param>
    internal static ImageSet FromBytes(byte[] pixels, ReadOnlySpan<long> shape, long[] labels, IReadOnlyList<string> classes) =>
        new(Values(pixels, [labels.Length, .. shape]), tensor(labels), classes);

    /// <summary>Bytes as numbers in [0, 1] of the given shape.</summary>
    internal static Tensor Values(byte[] pixels, ReadOnlySpan<long> shape)
    {
        using var raw = tensor(pixels, shape);
        using var values = raw.to(ScalarType.Float32);
        return values / 255;
    }

    /// <summary>"0", "1", … for datasets that do not name their classes.</summary>
    internal static string[] Numbered(long count) =>
        [.. Enumerable.Range(0, (int)count).Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture))];
}
