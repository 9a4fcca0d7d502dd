using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using RL.Environments;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Orthogonal initial weights (Saxe, McClelland, Ganguli 2014), from a seeded generator: TorchSharp's nn.init.orthogonal_ has none.
/// </summary>
static class Orthogonal
{
    /// <summary>Every linear and convolutional layer of a module: weights orthogonal times <paramref name="gain"/>, biases 0.</summary>
    public static void Initialize(nn.Module module, double gain, Pcg64 random)
    {
        foreach (var layer in module.modules().Append(module).Distinct())
        {
            if (layer is Linear linear)
            {
                Fill(linear.weight!, gain, random);
                nn.init.zeros_(linear.bias!);
            }
            else if (layer is Conv2d convolution)
            {
                Fill(convolution.weight!, gain, random);
                nn.init.zeros_(convolution.bias!);
            }
            else if (layer is StridedConvolution strided)
            {
                Fill(strided.Weight, gain, random);
                nn.init.zeros_(strided.Bias);
            }
        }
    }

    /// <summary>
    /// Fills [out × …], seen as a matrix [out × in], with a random matrix whose rows (or columns, if they are fewer) are orthogonal and
    /// of length <paramref name="gain"/>.
    /// </summary>
    public static void Fill(torch.Tensor weight, double gain, Pcg64 random)
    {
        var rows = (int)weight.shape[0];
        var columns = (int)(weight.numel() / rows);
        var (vectors, length) = (Math.Min(rows, columns), Math.Max(rows, columns));
        var basis = new double[vectors * length];
        for (var i = 0; i < vectors; i++)
        {
            AddVector(basis, i, length, random);
        }

        using var noGrad = no_grad();
        using var values = zeros(weight.shape, ScalarType.Float32);
        var flat = MemoryMarshal.Cast<byte, float>(values.bytes);
        for (var i = 0; i < flat.Length; i++)
        {
            var (row, column) = (i / columns, i % columns);
            flat[i] = (float)(gain * (rows <= columns ? basis[i] : basis[(column * length) + row]));
        }

        weight.copy_(values);
    }

    /// <summary>A Gaussian vector made orthogonal to those before it (Gram–Schmidt, twice for accuracy) and of length 1.</summary>
    static void AddVector(double[] basis, int index, int length, Pcg64 random)
    {
        var vector = basis.AsSpan(index * length, length);
        foreach (ref var element in vector)
        {
            element = random.NextGaussian();
        }

        for (var pass = 0; pass < 2; pass++)
        {
            for (var i = 0; i < index; i++)
            {
                var other = basis.AsSpan(i * length, length);
                TensorPrimitives.MultiplyAdd(other, -TensorPrimitives.Dot<double>(vector, other), vector, vector);
            }
        }

        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<double>(vector), vector);
    }
}
