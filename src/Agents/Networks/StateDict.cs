using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The tensors of a network by name.</summary>
static class StateDict
{
    /// <summary>Copies values by name into a network's own tensors.</summary>
    /// <param name="own">The network's.</param>
    /// <param name="source">Values of the same names and shapes.</param>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape; nothing was copied.</exception>
    public static void Copy(IReadOnlyDictionary<string, Tensor> own, IReadOnlyDictionary<string, Tensor> source)
    {
        foreach (var name in source.Keys.Except(own.Keys).Take(1))
        {
            throw new InvalidDataException($"Unknown tensor {name}; allowed: {string.Join(", ", own.Keys)}.");
        }

        foreach (var (name, target) in own)
        {
            if (!source.TryGetValue(name, out var value))
            {
                throw new InvalidDataException($"The tensor {name} is missing.");
            }

            if (value.dtype != target.dtype)
            {
                throw new InvalidDataException($"The tensor {name} holds {value.dtype}; allowed: {target.dtype}.");
            }

            if (!value.shape.AsSpan().SequenceEqual(target.shape))
            {
                throw new InvalidDataException(
                    $"The tensor {name} is [{string.Join(", ", value.shape)}]; allowed: [{string.Join(", ", target.shape)}].");
            }
        }

        using var noGrad = no_grad();
        foreach (var (name, target) in own)
        {
            target.copy_(source[name]);
        }
    }
}
