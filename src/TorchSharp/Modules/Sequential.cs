using System.Globalization;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Modules.Sequential Sequential() => new(Array.Empty<Module<Tensor, Tensor>>());

            /// <summary>Modules named "0", "1", … one after the other.</summary>
            public static Modules.Sequential Sequential(params Module<Tensor, Tensor>[] modules) => new(modules);

            public static Modules.Sequential Sequential(IEnumerable<Module<Tensor, Tensor>> modules) => new(modules);

            public static Modules.Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules) =>
                new(modules);

            public static Modules.Sequential Sequential(IEnumerable<(string name, Module<Tensor, Tensor> submodule)> modules) =>
                new(modules);
        }
    }
}

namespace TorchSharp.Modules
{
    public class Sequential : nn.Module<Tensor, Tensor>
    {
        readonly List<nn.IModule<Tensor, Tensor>> _modules = [];

        internal Sequential(IEnumerable<nn.Module<Tensor, Tensor>> modules)
            : base(nameof(Sequential), registered: true)
        {
            foreach (var module in modules)
                append(module);
        }

        internal Sequential(IEnumerable<(string name, nn.Module<Tensor, Tensor> submodule)> modules)
            : base(nameof(Sequential), registered: true)
        {
            foreach (var (key, module) in modules)
                append(key, module);
        }

        public int Count => _modules.Count;

        public nn.IModule<Tensor, Tensor> this[int index] => _modules[index];

        public Sequential append(string name, nn.IModule<Tensor, Tensor> module)
        {
            register_module(name, (nn.Module)module);
            _modules.Add(module);
            return this;
        }

        public Sequential append(nn.IModule<Tensor, Tensor> module) =>
            append(_modules.Count.ToString(CultureInfo.InvariantCulture), module);

        public override Tensor forward(Tensor input)
        {
            if (_modules.Count == 0)
                return input.alias();
            var output = _modules[0].call(input);
            for (var i = 1; i < _modules.Count; i++)
            {
                var previous = output;
                output = _modules[i].call(previous);
                previous.Dispose();
            }
            return output;
        }
    }
}
