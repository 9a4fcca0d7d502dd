using System.Text;
using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public interface ILearningRateController
            {
                double LearningRate { get; set; }

                double InitialLearningRate { get; set; }
            }

            /// <summary>Changes parameters by their gradients.</summary>
            public abstract class Optimizer : IDisposable
            {
                private protected Optimizer()
                {
                }

                /// <summary>Where learning rates are read and set between steps.</summary>
                public abstract IEnumerable<ILearningRateController> ParamGroups { get; }

                public abstract IEnumerable<Parameter> parameters();

                /// <summary>Zeroes the gradients in place (never drops them).</summary>
                public abstract void zero_grad();

                /// <summary>One update; the closure, if any, recomputes the loss, which is returned.</summary>
                public abstract Tensor? step(Func<Tensor>? closure = null);

                public void Dispose()
                {
                    Dispose(true);
                    GC.SuppressFinalize(this);
                }

                protected virtual void Dispose(bool disposing)
                {
                }
            }
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>What all optimizers share: groups of parameters, their learning rates, and the checkpoint.</summary>
    public abstract class OptimizerHelper : torch.optim.Optimizer
    {
        readonly ParamGroup _group;
        readonly bool[] _isZero;

        private protected OptimizerHelper(IEnumerable<Parameter> parameters, double learningRate)
        {
            if (learningRate < 0)
                throw new ArgumentException($"Invalid learning rate: {learningRate}", nameof(learningRate));
            _group = new ParamGroup(parameters) { LearningRate = learningRate, InitialLearningRate = learningRate };
            _isZero = new bool[_group.Parameters.Length];
        }

        public override IEnumerable<torch.optim.ILearningRateController> ParamGroups => [_group];

        internal ParamGroup Group => _group;

        public override IEnumerable<Parameter> parameters() => _group.Parameters;

        /// <remarks>
        /// A gradient that is dropped and remembered as zero is, to everyone who can see it, one that is zeroed in place; and the
        /// next backward hands its result over instead of adding it: two passes over the parameters less per update.
        /// </remarks>
        public override void zero_grad()
        {
            for (var i = 0; i < _isZero.Length; i++)
            {
                using var gradient = _group.Parameters[i].Gradient();
                _isZero[i] |= gradient is not null;
                _group.Parameters[i].SetGradient(null);
            }
        }

        /// <summary>The gradient of a parameter, zeros if it was zeroed since; null if there has never been one.</summary>
        private protected torch.Tensor? GradientOf(int index) =>
            _group.Parameters[index].Gradient() ?? (_isZero[index] ? torch.zeros_like(_group.Parameters[index]) : null);

        public override torch.Tensor? step(Func<torch.Tensor>? closure = null)
        {
            torch.Tensor? loss = null;
            if (closure is not null)
            {
                using var enabled = torch.enable_grad();
                loss = closure();
            }
            using var disabled = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            Step(_group.LearningRate);
            return loss;
        }

        public void save_state_dict(string location)
        {
            using var stream = File.Create(location);
            using var writer = new BinaryWriter(stream, Encoding.UTF8);
            save_state_dict(writer);
        }

        public void load_state_dict(string location)
        {
            using var stream = File.OpenRead(location);
            using var reader = new BinaryReader(stream, Encoding.UTF8);
            load_state_dict(reader);
        }

        /// <summary>Name, numbers of groups and states; the group's rates and options; each parameter's state.</summary>
        public void save_state_dict(BinaryWriter writer)
        {
            writer.Write(GetType().Name);
            writer.Encode(1);
            writer.Encode(_group.Parameters.Length);
            writer.Write(_group.InitialLearningRate);
            writer.Write(_group.LearningRate);
            SaveOptions(writer);
            for (var i = 0; i < _group.Parameters.Length; i++)
                SaveState(writer, i);
        }

        public void load_state_dict(BinaryReader reader)
        {
            var name = reader.ReadString();
            if (name != GetType().Name)
                throw new InvalidDataException(
                    $"Mismatched optimizer type: expected '{GetType().Name}', but found '{name}' in the loaded stream.");
            var groups = reader.Decode();
            var states = reader.Decode();
            if (groups != 1)
                throw new ArgumentException($"Invalid optimizer state -- {groups} parameter groups, not 1.");
            if (states != _group.Parameters.Length)
                throw new ArgumentException(
                    $"Invalid optimizer state -- {states} parameters, not {_group.Parameters.Length}.");
            _group.InitialLearningRate = reader.ReadDouble();
            _group.LearningRate = reader.ReadDouble();
            LoadOptions(reader);
            for (var i = 0; i < _group.Parameters.Length; i++)
                LoadState(reader, i);
        }

        private protected abstract void Step(double learningRate);

        private protected abstract void SaveOptions(BinaryWriter writer);

        private protected abstract void LoadOptions(BinaryReader reader);

        private protected abstract void SaveState(BinaryWriter writer, int index);

        private protected abstract void LoadState(BinaryReader reader, int index);

        private protected static void SaveOptional(BinaryWriter writer, torch.Tensor? tensor)
        {
            writer.Write(tensor is not null);
            tensor?.Save(writer);
        }

        private protected static void LoadOptional(BinaryReader reader, ref torch.Tensor? tensor, torch.Device device)
        {
            tensor?.Dispose();
            tensor = null;
            if (!reader.ReadBoolean())
                return;
            using var loaded = TensorExtensionMethods.Read(reader);
            tensor = loaded.to(device).DetachFromDisposeScope();
        }

        internal sealed class ParamGroup(IEnumerable<Parameter> parameters) : torch.optim.ILearningRateController
        {
            public Parameter[] Parameters { get; } = [.. parameters];

            public double LearningRate { get; set; }

            public double InitialLearningRate { get; set; }
        }
    }
}
