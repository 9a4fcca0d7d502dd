using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL;

static class RandomProblem
{
    /// <summary>A network of the given sizes, weights and biases uniform in [−1, 1].</summary>
    public static ReluNetwork Network(Generator generator, ScalarType dtype, params long[] sizes) => new(
        [.. sizes.Skip(1).Zip(sizes, (rows, columns) => new ReluLayer(
            (rand(rows, columns, dtype: dtype, generator: generator) * 2) - 1,
            (rand(rows, dtype: dtype, generator: generator) * 2) - 1))]);

    /// <summary>
    /// The module with its parameters uniform in [−1/2, 1/2]. PyTorch's own draws come from the generator that all tests share, so
    /// that they depend on the order in which tests run.
    /// </summary>
    public static TModule Drawn<TModule>(this TModule module, ulong seed)
        where TModule : nn.Module
    {
        using var noGrad = no_grad();
        using var generator = new Generator(seed);
        foreach (var parameter in module.parameters())
        {
            parameter.uniform_(-0.5, 0.5, generator);
        }

        return module;
    }

    /// <summary>Points uniform in [−1, 1]ⁿ.</summary>
    public static Tensor Points(Generator generator, ScalarType dtype, long problems, long inputs) =>
        (rand(problems, inputs, dtype: dtype, generator: generator) * 2) - 1;

    /// <summary>Whether two tensors are equal bit for bit.</summary>
    public static bool IsSameAs(this Tensor left, Tensor right) =>
        left.dtype == right.dtype && left.shape.SequenceEqual(right.shape)
        && left.contiguous().bytes.SequenceEqual(right.contiguous().bytes);
}
