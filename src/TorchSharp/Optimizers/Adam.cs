using TorchSharp.Modules;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            public static Adam Adam(
                IEnumerable<Parameter> parameters,
                double lr = 0.001,
                double beta1 = 0.9,
                double beta2 = 0.999,
                double eps = 1E-08,
                double weight_decay = 0,
                bool amsgrad = false,
                bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            public static Adam Adam(
                IEnumerable<(string name, Parameter parameter)> parameters,
                double lr = 0.001,
                double beta1 = 0.9,
                double beta2 = 0.999,
                double eps = 1E-08,
                double weight_decay = 0,
                bool amsgrad = false,
                bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>
    /// Kingma and Ba, "Adam: a method for stochastic optimization" (2015). Float32 parameters on the CPU are updated in one
    /// native pass, all others by the same equations as tensor operations.
    /// </summary>
    public sealed class Adam : OptimizerHelper
    {
        readonly State[] _states;
        double _beta1;
        double _beta2;
        double _eps;
        double _weightDecay;
        bool _amsgrad;
        bool _maximize;

        internal Adam(
            IEnumerable<Parameter> parameters,
            double lr,
            double beta1,
            double beta2,
            double eps,
            double weight_decay,
            bool amsgrad,
            bool maximize)
            : base(parameters, lr)
        {
            Require(eps >= 0, nameof(eps), eps);
            Require(beta1 is >= 0 and < 1, nameof(beta1), beta1);
            Require(beta2 is >= 0 and < 1, nameof(beta2), beta2);
            Require(weight_decay >= 0, nameof(weight_decay), weight_decay);
            (_beta1, _beta2, _eps, _weightDecay) = (beta1, beta2, eps, weight_decay);
            (_amsgrad, _maximize) = (amsgrad, maximize);
            _states = Array.ConvertAll(Group.Parameters, parameter => new State(parameter, amsgrad));
        }

        private protected override void Step(double learningRate)
        {
            for (var i = 0; i < _states.Length; i++)
            {
                using var gradient = GradientOf(i);
                if (gradient is null)
                    continue;
                var state = _states[i];
                state.Step++;
                var stepSize = learningRate / (1 - Math.Pow(_beta1, state.Step));
                var root = Math.Sqrt(1 - Math.Pow(_beta2, state.Step));
                if (!StepFused(Group.Parameters[i], gradient, state, stepSize, root))
                    StepPlain(Group.Parameters[i], gradient, state, stepSize, root);
            }
        }

        unsafe bool StepFused(torch.Tensor parameter, torch.Tensor gradient, State state, double stepSize, double root)
        {
            var step = new NativeAdamStep
            {
                Beta1 = _beta1,
                Beta2 = _beta2,
                Eps = _eps,
                WeightDecay = _weightDecay,
                StepSize = stepSize,
                SqrtBiasCorrection2 = root,
                AmsGrad = _amsgrad ? 1 : 0,
                Maximize = _maximize ? 1 : 0,
            };
            int applied;
            TorchLibrary.Check(TorchLibrary.AdamStep(
                parameter.Handle, gradient.Handle, state.Average.Handle, state.AverageOfSquares.Handle, &step, &applied));
            GC.KeepAlive(parameter);
            return applied != 0;
        }

        void StepPlain(torch.Tensor parameter, torch.Tensor gradient, State state, double stepSize, double root)
        {
            var g = _maximize ? -gradient : gradient;
            if (_weightDecay != 0)
                g = g.add(parameter, alpha: _weightDecay);
            state.Average.mul_(_beta1).add_(g, alpha: 1 - _beta1);
            state.AverageOfSquares.mul_(_beta2).addcmul_(g, g, value: 1 - _beta2);
            var squares = state.AverageOfSquares;
            if (state.Largest is { } largest)
                squares = largest.copy_(largest.maximum(squares));
            parameter.addcdiv_(state.Average, (squares.sqrt() / root).add_(_eps), value: -stepSize);
        }

        private protected override void SaveOptions(BinaryWriter writer)
        {
            writer.Write(_beta1);
            writer.Write(_beta2);
            writer.Write(_eps);
            writer.Write(_weightDecay);
            writer.Write(_amsgrad);
            writer.Write(_maximize);
        }

        private protected override void LoadOptions(BinaryReader reader)
        {
            _beta1 = reader.ReadDouble();
            _beta2 = reader.ReadDouble();
            _eps = reader.ReadDouble();
            _weightDecay = reader.ReadDouble();
            _amsgrad = reader.ReadBoolean();
            _maximize = reader.ReadBoolean();
        }

        private protected override void SaveState(BinaryWriter writer, int index)
        {
            writer.Write(_states[index].Step);
            _states[index].Average.Save(writer);
            _states[index].AverageOfSquares.Save(writer);
            SaveOptional(writer, _states[index].Largest);
        }

        private protected override void LoadState(BinaryReader reader, int index)
        {
            _states[index].Step = reader.ReadInt64();
            _states[index].Average.Load(reader);
            _states[index].AverageOfSquares.Load(reader);
            LoadOptional(reader, ref _states[index].Largest, Group.Parameters[index].device);
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            foreach (var state in _states)
            {
                state.Average.Dispose();
                state.AverageOfSquares.Dispose();
                state.Largest?.Dispose();
            }
        }

        static void Require(bool holds, string name, double value)
        {
            if (!holds)
                throw new ArgumentException($"Invalid {name} value: {value}", name);
        }

        sealed class State(Parameter parameter, bool amsgrad)
        {
            public readonly torch.Tensor Average = torch.zeros_like(parameter).DetachFromDisposeScope();
            public readonly torch.Tensor AverageOfSquares = torch.zeros_like(parameter).DetachFromDisposeScope();
            public torch.Tensor? Largest = amsgrad ? torch.zeros_like(parameter).DetachFromDisposeScope() : null;
            public long Step;
        }
    }
}
