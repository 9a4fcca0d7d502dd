namespace RL.Certification;

/// <summary>What a node of a <see cref="NetworkGraph"/> computes of its parents.</summary>
enum NodeKind
{
    Input,
    Linear,
    Convolution,
    Activation,
    MaxPool,
    Add,
    Reshape,
}

/// <summary>
/// A node of a <see cref="NetworkGraph"/>. Its values lie as [height×width×channels]: the channels of a pixel together; vectors are
/// [1×1×channels].
/// </summary>
sealed class GraphNode
{
    public required NodeKind Kind { get; init; }

    public required int[] Parents { get; init; }

    public required int Height { get; init; }

    public required int Width { get; init; }

    public required int Channels { get; init; }

    public int Size => Height * Width * Channels;

    /// <summary>Place in the network's own order, [channels×height×width] flattened, of each value; null where it is the same.</summary>
    public int[]? Order { get; init; }

    /// <summary>W [out×in] of a linear node; of a convolution [out channels × kernel height × kernel width × in channels].</summary>
    public double[] Weight { get; init; } = [];

    /// <summary>Wᵀ.</summary>
    public double[] Transposed { get; init; } = [];

    /// <summary>|W|ᵀ.</summary>
    public double[] Magnitudes { get; init; } = [];

    /// <summary>b, of every value [Size].</summary>
    public double[] Bias { get; init; } = [];

    public ActivationFunction? Function { get; init; }

    /// <summary>Of convolutions and pools.</summary>
    public Kernel Kernel { get; init; }

    /// <summary>How many terms are added up in a value, and in a coefficient on what it reads.</summary>
    public int Terms { get; init; }
}

/// <summary>A kernel that slides over an image, in pixels.</summary>
readonly record struct Kernel(int Height, int Width, int StrideY, int StrideX, int PaddingY, int PaddingX)
{
    public (int Height, int Width) Output(int height, int width) => (
        ((height + (2 * PaddingY) - Height) / StrideY) + 1,
        ((width + (2 * PaddingX) - Width) / StrideX) + 1);
}
