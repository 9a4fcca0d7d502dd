using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static SGD SGD(
                IEnumerable<Parameter> parameters,
                double learningRate,
                double momentum = 0,
                double dampening = 0,
                double weight_decay = 0,
                bool nesterov = false,
                bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Stochastic gradient descent, with momentum if asked for.</summary>
    public sealed class SGD : OptimizerHelper
    {
        readonly torch.Tensor?[] _velocities;
        double _momentum;
        double _dampening;
        double _weightDecay;
        bool _nesterov;
        bool _maximize;

        internal SGD(
            IEnumerable<Parameter> parameters,
            double learningRate,
            double momentum,
            double dampening,
            double weight_decay,
            bool nesterov,
            bool maximize)
            : base(parameters, learningRate)
        {
            if (momentum < 0)
                throw new ArgumentException($"Invalid momentum value: {momentum}", nameof(momentum));
            if (weight_decay < 0)
                throw new ArgumentException($"Invalid weight_decay value: {weight_decay}", nameof(weight_decay));
            if (nesterov && (momentum <= 0 || dampening != 0))
                throw new ArgumentException("Nesterov momentum requires a momentum and zero dampening", nameof(nesterov));
            (_momentum, _dampening, _weightDecay, _nesterov, _maximize) =
                (momentum, dampening, weight_decay, nesterov, maximize);
            _velocities = new torch.Tensor?[Group.Parameters.Length];
        }

        private protected override void Step(double learningRate)
        {
            for (var i = 0; i < _velocities.Length; i++)
            {
                var parameter = Group.Parameters[i];
                using var gradient = GradientOf(i);
                if (gradient is null)
                    continue;
                var g = _weightDecay != 0 ? gradient.add(parameter, alpha: _weightDecay) : gradient;
                if (_momentum != 0)
                {
                    if (_velocities[i] is { } velocity)
                        velocity.mul_(_momentum).add_(g, alpha: 1 - _dampening);
                    else
                        _velocities[i] = g.clone().DetachFromDisposeScope();
                    g = _nesterov ? g.add(_velocities[i]!, alpha: _momentum) : _velocities[i]!;
                }
                parameter.add_(g, alpha: _maximize ? learningRate : -learningRate);
            }
        }

        private protected override void SaveOptions(BinaryWriter writer)
        {
            writer.Write(_momentum);
            writer.Write(_dampening);
            writer.Write(_weightDecay);
            writer.Write(_nesterov);
            writer.Write(_maximize);
        }

        private protected override void LoadOptions(BinaryReader reader)
        {
            _momentum = reader.ReadDouble();
            _dampening = reader.ReadDouble();
            _weightDecay = reader.ReadDouble();
            _nesterov = reader.ReadBoolean();
            _maximize = reader.ReadBoolean();
        }

        private protected override void SaveState(BinaryWriter writer, int index) => SaveOptional(writer, _velocities[index]);

        private protected override void LoadState(BinaryReader reader, int index) =>
            LoadOptional(reader, ref _velocities[index], Group.Parameters[index].device);

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            foreach (var velocity in _velocities)
                velocity?.Dispose();
        }
    }
}
