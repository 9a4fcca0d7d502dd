namespace RL.Runs;

/// <summary>One layer of a network that is being imported, in float64.</summary>
abstract record ImportedLayer
{
    /// <summary>W h + b; W [out×in], row after row.</summary>
    public sealed record Linear(double[] Weight, double[] Bias) : ImportedLayer;

    /// <summary>A convolution; W [out×in×height×width].</summary>
    public sealed record Convolution(double[] Weight, double[] Bias, Window Window) : ImportedLayer;

    /// <summary>s ∘ h + t for each element of a vector, or each channel of an image.</summary>
    public sealed record Scale(double[] Factors, double[] Offsets) : ImportedLayer;

    /// <summary>relu, tanh or sigmoid.</summary>
    public sealed record Activation(string Function) : ImportedLayer;

    /// <summary>min(max(h, low), high).</summary>
    public sealed record Clip(double Low, double High) : ImportedLayer;

    /// <summary>Largest values under kernels.</summary>
    public sealed record MaxPool(Window Window) : ImportedLayer;

    /// <summary>An image as a vector, channel after channel.</summary>
    public sealed record Flatten : ImportedLayer;

    /// <summary>h + branch(h).</summary>
    public sealed record Residual(IReadOnlyList<ImportedLayer> Branch) : ImportedLayer;
}

/// <summary>Kernel, stride and zeros around the image, each down and across.</summary>
readonly record struct Window(int Height, int Width, int StrideY, int StrideX, int PaddingY, int PaddingX)
{
    /// <summary>As <see cref="RL.Agents.ImportedOptions.Network"/> writes it.</summary>
    public string Text => $"{Height}x{Width} stride {StrideY}x{StrideX} pad {PaddingY}x{PaddingX}";

    /// <summary>Height and width of what it makes; less than 1 if it does not fit.</summary>
    public (long Height, long Width) Output(long height, long width) =>
        (((height + (2L * PaddingY) - Height) / StrideY) + 1, ((width + (2L * PaddingX) - Width) / StrideX) + 1);
}
