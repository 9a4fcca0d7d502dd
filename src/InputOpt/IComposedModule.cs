using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// A module of one's own that says what it computes in terms of standard ones, so that what needs to see its layers, such as certificates, can
/// read it.
/// </summary>
public interface IComposedModule
{
    /// <summary>What it computes; tensors and modules stay its own.</summary>
    ModuleComposition Composition { get; }
}

/// <summary>How a module is made of others.</summary>
public abstract record ModuleComposition
{
    ModuleComposition()
    {
    }

    /// <summary>One module after the other.</summary>
    public sealed record Chain(params IReadOnlyList<nn.Module> Modules) : ModuleComposition;

    /// <summary>x + branch(x).</summary>
    public sealed record Residual(nn.Module Branch) : ModuleComposition;

    /// <summary>The sum of two modules of the same input, and a module of that.</summary>
    public sealed record Sum(nn.Module First, nn.Module Second, nn.Module Then) : ModuleComposition;

    /// <summary>A convolution without border: weights [out×in×height×width], bias [out], one stride for both axes.</summary>
    public sealed record Convolution(Tensor Weight, Tensor Bias, long Stride) : ModuleComposition;
}
