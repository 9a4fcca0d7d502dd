using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The networks of an agent under the names by which they are saved and exported.</summary>
sealed class NamedModules(params (string Name, nn.Module Module)[] modules) : IDisposable
{
    /// <summary>Every parameter, in the order of the modules.</summary>
    public IEnumerable<TorchSharp.Modules.Parameter> Parameters() => modules.SelectMany(module => module.Module.parameters());

    /// <summary>Every parameter as "module.parameter". The tensors stay the modules'.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors() =>
        modules
            .SelectMany(module => module.Module.named_parameters().Select(p => (Name: $"{module.Name}.{p.name}", Value: (Tensor)p.parameter)))
            .ToDictionary(entry => entry.Name, entry => entry.Value);

    /// <summary>Copies values by name.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape.</exception>
    public void Load(IReadOnlyDictionary<string, Tensor> source) => StateDict.Copy(Tensors(), source);

    public void Save(BinaryWriter writer)
    {
        foreach (var (_, module) in modules)
        {
            module.save(writer);
        }
    }

    /// <summary>
    /// Restores what <see cref="Save"/> wrote, into the parameters that the optimizers know: TorchSharp's module.load puts new
    /// ones in their place where they are not on the CPU.
    /// </summary>
    /// <exception cref="InvalidDataException">A tensor is missing or unknown.</exception>
    public void Load(BinaryReader reader)
    {
        using var noGrad = no_grad();
        foreach (var (name, module) in modules)
        {
            var own = module.state_dict();
            var count = reader.Read7BitEncodedInt();
            if (count != own.Count)
            {
                throw new InvalidDataException($"The saved network {name} has {count} tensors; allowed: {own.Count}.");
            }

            for (; count > 0; count--)
            {
                var key = reader.ReadString();
                if (!own.TryGetValue(key, out var target))
                {
                    throw new InvalidDataException($"Unknown tensor {name}.{key}; allowed: {string.Join(", ", own.Keys)}.");
                }

                using var scope = NewDisposeScope();
                var value = zeros_like(target, device: CPU);
                value.Load(reader);
                target.copy_(value);
            }
        }
    }

    public void Dispose()
    {
        foreach (var (_, module) in modules)
        {
            module.Dispose();
        }
    }
}
