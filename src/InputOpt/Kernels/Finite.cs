using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary>Checks of numbers before a search begins: on spans where they are in the CPU's memory, which costs next to nothing.</summary>
static class Finite
{
    /// <summary>Whether every element is finite.</summary>
    public static bool All(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.dtype is ScalarType.Float32 or ScalarType.Float64)
        {
            if (tensor.is_contiguous())
            {
                return AllElements(tensor);
            }
            using var elements = tensor.contiguous();
            return AllElements(elements);
        }
        using var noGrad = no_grad();
        using var finite = tensor.isfinite().all();
        return (bool)finite;
    }

    static bool AllElements(Tensor contiguous) => contiguous.dtype == ScalarType.Float32
        ? TensorPrimitives.IsFiniteAll<float>(PackedNetwork<float>.Elements(contiguous))
        : TensorPrimitives.IsFiniteAll<double>(PackedNetwork<double>.Elements(contiguous));

    /// <summary>Whether an element is less than zero; there is at least one element, and none is not a number.</summary>
    public static bool AnyNegative(Tensor tensor)
    {
        if (tensor.device_type == DeviceType.CPU && tensor.is_contiguous() && tensor.dtype is ScalarType.Float32 or ScalarType.Float64)
        {
            return tensor.dtype == ScalarType.Float32
                ? TensorPrimitives.Min<float>(PackedNetwork<float>.Elements(tensor)) < 0
                : TensorPrimitives.Min<double>(PackedNetwork<double>.Elements(tensor)) < 0;
        }
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return (bool)tensor.lt(0).any();
    }

    /// <summary>Whether an element is not a number.</summary>
    public static bool AnyNaN(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        return (bool)tensor.ne(tensor).any();
    }

    /// <exception cref="ArgumentException">A number that is not finite; the message begins with the name.</exception>
    public static void ThrowUnlessAll(string name, Tensor tensor)
    {
        if (!All(tensor))
        {
            throw new ArgumentException($"{name} holds a number that is infinite or not a number; all must be finite.");
        }
    }
}
