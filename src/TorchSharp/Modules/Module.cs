using System.Reflection;
using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public interface IModule<T, TResult>
        {
            TResult call(T input1);
        }

        public interface IModule<T1, T2, TResult>
        {
            TResult call(T1 input1, T2 input2);
        }

        /// <summary>
        /// A node of a network: parameters, buffers and sub-modules under names. RegisterComponents finds them in the fields.
        /// </summary>
        public class Module : IDisposable
        {
            protected string name;

            // Tensors and modules in the order of their registration, which is the order of parameters() and of a checkpoint.
            readonly OrderedDictionary<string, Parameter> _ownParameters = [];
            readonly OrderedDictionary<string, Tensor> _ownBuffers = [];
            readonly OrderedDictionary<string, Module> _ownModules = [];
            bool _training = true;
            bool _registered;
            bool _disposed;

            protected Module(string name) => this.name = name;

            /// <summary>For layers of this assembly: they register what they have themselves.</summary>
            private protected Module(string name, bool registered)
            {
                this.name = name;
                _registered = registered;
            }

            public virtual bool training => _training;

            public virtual string GetName() => name;

            public virtual void train(bool train = true)
            {
                _training = train;
                foreach (var (_, module) in named_children())
                    module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in _ownModules)
                    module.apply(fn);
                fn(this);
                return this;
            }

            public virtual IEnumerable<(string name, Module module)> named_children() =>
                _ownModules.Select(pair => (pair.Key, pair.Value));

            public virtual IEnumerable<Module> children() => _ownModules.Values;

            /// <summary>All modules below this one (which is not among them): the children, then each child's.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules()
            {
                foreach (var child in named_children())
                    yield return child;
                foreach (var (childName, child) in _ownModules)
                    foreach (var (moduleName, module) in child.named_modules())
                        yield return ($"{childName}.{moduleName}", module);
            }

            public virtual IEnumerable<Module> modules() => named_modules().Select(pair => pair.module);

            /// <summary>Own parameters first, then the children's depth first; a shared one appears once.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                Named(module => module._ownParameters, recurse);

            public virtual IEnumerable<Parameter> parameters(bool recurse = true) =>
                named_parameters(recurse).Select(pair => pair.parameter);

            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true) =>
                Named(module => module._ownBuffers, recurse);

            public virtual IEnumerable<Tensor> buffers(bool recurse = true) => named_buffers(recurse).Select(pair => pair.buffer);

            public virtual Parameter? get_parameter(string target) =>
                named_parameters().FirstOrDefault(pair => pair.name == target).parameter;

            public virtual void register_parameter(string name, Parameter param)
            {
                ArgumentNullException.ThrowIfNull(param);
                if (!_ownParameters.TryAdd(name, param))
                    throw new InvalidOperationException($"Parameter {name} is already registered.");
            }

            public virtual void register_buffer(string name, Tensor tensor)
            {
                ArgumentNullException.ThrowIfNull(tensor);
                if (!_ownBuffers.TryAdd(name, tensor))
                    throw new InvalidOperationException($"Tensor {name} is already registered.");
            }

            public virtual void register_module(string name, Module submodule)
            {
                ArgumentException.ThrowIfNullOrEmpty(name);
                ArgumentNullException.ThrowIfNull(submodule);
                if (name.Contains('.', StringComparison.Ordinal))
                    throw new ArgumentException($"module name can't contain \".\", got: {name}", nameof(name));
                submodule.RegisterComponents();
                if (!_ownModules.TryAdd(name, submodule))
                    throw new InvalidOperationException($"Sub-module {name} is already registered.");
            }

            /// <summary>Parameters, then buffers, of the whole tree: the live tensors, not copies.</summary>
            public virtual Dictionary<string, Tensor> state_dict(
                Dictionary<string, Tensor>? destination = null, string? prefix = null)
            {
                destination ??= [];
                foreach (var (key, parameter) in named_parameters())
                    destination.TryAdd(Join(key), parameter);
                foreach (var (key, buffer) in named_buffers())
                    destination.TryAdd(Join(key), buffer);
                return destination;

                string Join(string key) => string.IsNullOrEmpty(prefix) ? key : $"{prefix}.{key}";
            }

            /// <summary>Copies the values of the tensors of the same names.</summary>
            public virtual (IList<string> missing_keys, IList<string> unexpected_keyes) load_state_dict(
                Dictionary<string, Tensor> source, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                var missing = destination.Keys.Where(key => !source.ContainsKey(key) && !Skipped(key)).ToList();
                var unexpected = source.Keys.Where(key => !destination.ContainsKey(key) && !Skipped(key)).ToList();
                if (strict && (missing.Count > 0 || unexpected.Count > 0))
                    throw new InvalidOperationException(
                        "The loaded state_dict is not identical to the target dictionary. "
                        + $"Missing: [{string.Join(", ", missing)}]; unexpected: [{string.Join(", ", unexpected)}].");
                using var grad = no_grad();
                foreach (var (key, tensor) in destination)
                    if (!Skipped(key) && source.TryGetValue(key, out var value))
                        tensor.copy_(value);
                return (missing, unexpected);

                bool Skipped(string key) => skip is not null && skip.Contains(key);
            }

            public Module save(string location, IList<string>? skip = null)
            {
                using var stream = File.Create(location);
                return save(stream, skip);
            }

            public Module save(Stream stream, IList<string>? skip = null)
            {
                using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                return save(writer, skip);
            }

            /// <summary>Count, then per entry of the state its key and its tensor.</summary>
            public Module save(BinaryWriter writer, IList<string>? skip = null)
            {
                var kept = state_dict().Where(entry => skip is null || !skip.Contains(entry.Key)).ToList();
                writer.Encode(kept.Count);
                foreach (var (key, tensor) in kept)
                {
                    writer.Write(key);
                    tensor.Save(writer);
                }
                return this;
            }

            public virtual Module load(string location, bool strict = true, IList<string>? skip = null)
            {
                using var stream = File.OpenRead(location);
                return load(stream, strict, skip);
            }

            public Module load(Stream stream, bool strict = true, IList<string>? skip = null)
            {
                using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                return load(reader, strict, skip);
            }

            public virtual Module load(BinaryReader reader, bool strict = true, IList<string>? skip = null)
            {
                var destination = state_dict();
                var count = reader.Decode();
                if (strict && count != destination.Count)
                    throw new ArgumentException(
                        $"Mismatched state_dict sizes: expected {destination.Count}, but found {count} entries.");
                for (var i = 0L; i < count; i++)
                {
                    var key = reader.ReadString();
                    if (!destination.TryGetValue(key, out var tensor))
                    {
                        if (strict)
                            throw new ArgumentException(
                                "Mismatched module state names: the target modules does not have a submodule or buffer "
                                + $"named '{key}'");
                        TensorExtensionMethods.Read(reader).Dispose();
                    }
                    else
                    {
                        tensor.Load(reader, skip is not null && skip.Contains(key));
                    }
                }
                return this;
            }

            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || _disposed)
                    return;
                _disposed = true;
                foreach (var parameter in _ownParameters.Values)
                    parameter.Dispose();
                foreach (var buffer in _ownBuffers.Values)
                    buffer.Dispose();
                foreach (var module in _ownModules.Values)
                    module.Dispose();
            }

            /// <summary>
            /// Registers every field that holds a module, a parameter or another tensor (then a buffer) under the field's name.
            /// Call it at the end of the constructor, when the fields are set.
            /// </summary>
            protected virtual void RegisterComponents()
            {
                if (_registered)
                    return;
                foreach (var field in Fields())
                {
                    if (_ownModules.ContainsKey(field.Name) || _ownParameters.ContainsKey(field.Name)
                        || _ownBuffers.ContainsKey(field.Name))
                        continue;
                    switch (field.GetValue(this))
                    {
                        case Module module:
                            register_module(field.Name, module);
                            break;
                        case Parameter parameter:
                            register_parameter(field.Name, parameter);
                            break;
                        case Tensor tensor:
                            register_buffer(field.Name, tensor);
                            break;
                    }
                }
                _registered = true;
            }

            /// <summary>
            /// Replaces every tensor that is of another device or type; the new ones take the old ones' names and fields.
            /// </summary>
            internal void Convert(Device? device, ScalarType? type)
            {
                using var grad = no_grad();
                foreach (var module in _ownModules.Values)
                    module.Convert(device, type);
                foreach (var (key, parameter) in _ownParameters.ToList())
                {
                    if (Converted(parameter, device, type) is not { } converted)
                        continue;
                    var replacement = new Parameter(converted, parameter.requires_grad);
                    using (var gradient = parameter.Gradient())
                    {
                        if (gradient is not null)
                        {
                            using var convertedGradient = Converted(gradient, device, type) ?? gradient.alias();
                            replacement.SetGradient(convertedGradient);
                        }
                    }
                    _ownParameters[key] = replacement;
                    ReplaceInFields(parameter, replacement);
                }
                foreach (var (key, buffer) in _ownBuffers.ToList())
                {
                    if (Converted(buffer, device, type) is not { } converted)
                        continue;
                    _ownBuffers[key] = converted;
                    ReplaceInFields(buffer, converted);
                }
            }

            /// <summary>The tensor as it should be, in no scope; null if it already is. Integers keep their type.</summary>
            static Tensor? Converted(Tensor tensor, Device? device, ScalarType? type)
            {
                var own = tensor.dtype;
                var isReal = own is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;
                var wantedType = isReal ? type ?? own : own;
                var ownDevice = tensor.device;
                var wantedDevice = device ?? ownDevice;
                var sameDevice = wantedDevice.type == ownDevice.type
                    && (wantedDevice.type == DeviceType.CPU || wantedDevice.index < 0 || wantedDevice.index == ownDevice.index);
                return wantedType == own && sameDevice
                    ? null
                    : tensor.to(wantedType, wantedDevice).DetachFromDisposeScope();
            }

            void ReplaceInFields(Tensor old, Tensor replacement)
            {
                foreach (var field in Fields())
                    if (ReferenceEquals(field.GetValue(this), old))
                        field.SetValue(this, replacement);
                old.Dispose();
            }

            /// <summary>Instance fields from the class itself up to this one, each name once.</summary>
            IEnumerable<FieldInfo> Fields()
            {
                const BindingFlags Own =
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
                var seen = new HashSet<string>();
                for (var type = GetType(); type is not null && type != typeof(Module); type = type.BaseType)
                    foreach (var field in type.GetFields(Own))
                        if (seen.Add(field.Name))
                            yield return field;
            }

            List<(string, T)> Named<T>(Func<Module, OrderedDictionary<string, T>> own, bool recurse)
                where T : Tensor
            {
                var found = new List<(string, T)>();
                var seen = new HashSet<IntPtr>();
                Visit(this, "");
                return found;

                void Visit(Module module, string prefix)
                {
                    foreach (var (key, tensor) in own(module))
                        if (!tensor.IsInvalid && seen.Add(tensor.Handle))
                            found.Add((prefix + key, tensor));
                    if (!recurse)
                        return;
                    foreach (var (key, child) in module._ownModules)
                        Visit(child, $"{prefix}{key}.");
                }
            }
        }
    }
}

public static class ModuleExtensionMethods
{
    /// <summary>
    /// Moves the module's tensors. Where that changes anything the parameters are new objects: create optimizers afterwards.
    /// </summary>
    public static T to<T>(this T module, torch.Device device)
        where T : torch.nn.Module
    {
        module.Convert(device, null);
        return module;
    }

    public static T to<T>(this T module, torch.ScalarType type)
        where T : torch.nn.Module
    {
        module.Convert(null, type);
        return module;
    }

    public static T to<T>(this T module, torch.Device device, torch.ScalarType type)
        where T : torch.nn.Module
    {
        module.Convert(device, type);
        return module;
    }

    public static T cpu<T>(this T module)
        where T : torch.nn.Module => module.to(torch.CPU);
}
