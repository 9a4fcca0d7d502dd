using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>Values of nodes from values of what they read, a whole image or a window of it at a time.</summary>
static class Layers
{
    /// <summary>
    /// What a node makes of its first parent's values [parent's size]: W h without the bias, the largest under kernels, or the same numbers.
    /// </summary>
    /// <param name="node">The node.</param>
    /// <param name="parent">What it reads.</param>
    /// <param name="values">The parent's.</param>
    /// <param name="transposed">Wᵀ, or |W|ᵀ, of linear nodes and convolutions.</param>
    public static double[] Forward(GraphNode node, GraphNode parent, ReadOnlySpan<double> values, double[] transposed)
    {
        var result = new double[node.Size];
        switch (node.Kind)
        {
            case NodeKind.Linear:
                MatrixProduct.Multiply(values, transposed, result, 1, parent.Size, node.Size);
                break;
            case NodeKind.Convolution:
                var pixels = node.Height * node.Width;
                var patches = new double[pixels * transposed.Length / node.Channels];
                var from = new Window(parent.Height, parent.Width, 0, 0);
                Gather(values, from, parent, node.Kernel, new(node.Height, node.Width, 0, 0), patches);
                MatrixProduct.Multiply(patches, transposed, result, pixels, transposed.Length / node.Channels, node.Channels);
                break;
            case NodeKind.MaxPool:
                Array.Fill(result, double.NegativeInfinity);
                Pool(node, parent, values, result);
                break;
            default:
                values.CopyTo(result);
                break;
        }
        return result;
    }

    /// <summary>
    /// The pixels under the kernel at every place of a window of its outputs: [places × kernel height × kernel width × channels], 0 outside of
    /// the image and of the window that is given of it.
    /// </summary>
    public static void Gather(ReadOnlySpan<double> values, Window from, GraphNode image, Kernel kernel, Window places, Span<double> patches)
    {
        var channels = image.Channels;
        var patch = kernel.Height * kernel.Width * channels;
        patches[..(places.Height * places.Width * patch)].Clear();
        for (var i = 0; i < places.Height; i++)
        {
            for (var j = 0; j < places.Width; j++)
            {
                var to = patches.Slice(((i * places.Width) + j) * patch, patch);
                var (y, x) = (((places.Y + i) * kernel.StrideY) - kernel.PaddingY, ((places.X + j) * kernel.StrideX) - kernel.PaddingX);
                var (left, right) = Overlap(x, kernel.Width, Math.Max(0, from.X), Math.Min(image.Width, from.X + from.Width));
                var (top, bottom) = Overlap(y, kernel.Height, Math.Max(0, from.Y), Math.Min(image.Height, from.Y + from.Height));
                for (var ky = top; ky < bottom && left < right; ky++)
                {
                    values.Slice((((y + ky - from.Y) * from.Width) + x + left - from.X) * channels, (right - left) * channels)
                        .CopyTo(to[(((ky * kernel.Width) + left) * channels)..]);
                }
            }
        }
    }

    /// <summary>The adjoint of <see cref="Gather"/>: adds patches to the pixels that they are of.</summary>
    public static void Scatter(ReadOnlySpan<double> patches, Window places, Kernel kernel, GraphNode image, Window to, Span<double> values)
    {
        var channels = image.Channels;
        var patch = kernel.Height * kernel.Width * channels;
        for (var i = 0; i < places.Height; i++)
        {
            for (var j = 0; j < places.Width; j++)
            {
                var from = patches.Slice(((i * places.Width) + j) * patch, patch);
                var (y, x) = (((places.Y + i) * kernel.StrideY) - kernel.PaddingY, ((places.X + j) * kernel.StrideX) - kernel.PaddingX);
                var (left, right) = Overlap(x, kernel.Width, Math.Max(0, to.X), Math.Min(image.Width, to.X + to.Width));
                var (top, bottom) = Overlap(y, kernel.Height, Math.Max(0, to.Y), Math.Min(image.Height, to.Y + to.Height));
                for (var ky = top; ky < bottom && left < right; ky++)
                {
                    var row = values.Slice((((y + ky - to.Y) * to.Width) + x + left - to.X) * channels, (right - left) * channels);
                    TensorPrimitives.Add(row, from.Slice(((ky * kernel.Width) + left) * channels, row.Length), row);
                }
            }
        }
    }

    /// <summary>The pixels of an image under a pool's kernel at one of its places, as [Top, Bottom) × [Left, Right).</summary>
    public static (int Top, int Bottom, int Left, int Right) Under(Kernel kernel, GraphNode image, int y, int x)
    {
        var (top, left) = ((y * kernel.StrideY) - kernel.PaddingY, (x * kernel.StrideX) - kernel.PaddingX);
        return (Math.Max(top, 0), Math.Min(top + kernel.Height, image.Height), Math.Max(left, 0), Math.Min(left + kernel.Width, image.Width));
    }

    static void Pool(GraphNode node, GraphNode parent, ReadOnlySpan<double> values, double[] result)
    {
        for (var y = 0; y < node.Height; y++)
        {
            for (var x = 0; x < node.Width; x++)
            {
                var largest = result.AsSpan(((y * node.Width) + x) * node.Channels, node.Channels);
                var (top, bottom, left, right) = Under(node.Kernel, parent, y, x);
                for (var row = top; row < bottom; row++)
                {
                    for (var column = left; column < right; column++)
                    {
                        TensorPrimitives.Max(largest, values.Slice(((row * parent.Width) + column) * node.Channels, node.Channels), largest);
                    }
                }
            }
        }
    }

    /// <summary>The part [first, end) of [0, length) that start + it lies in [low, high) for.</summary>
    static (int First, int End) Overlap(int start, int length, int low, int high) =>
        (Math.Max(0, low - start), Math.Min(length, high - start));
}

/// <summary>A part of an image, in pixels; it may reach beyond the image.</summary>
readonly record struct Window(int Height, int Width, int Y, int X);
