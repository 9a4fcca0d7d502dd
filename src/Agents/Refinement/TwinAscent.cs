using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Sign steps on min(Q₁, Q₂) for minibatches on the CPU, all states together as matrix products (<see cref="FastMlp"/>): what
/// <see cref="ProjectedGradient"/> does on <see cref="ReluNetwork.Minimum"/>, whose layers are twice as wide and half zeros, in a fraction of
/// the time. Draws nothing.
/// </summary>
/// <param name="first">Q₁.</param>
/// <param name="second">Q₂.</param>
/// <param name="options">Steps, without restarts and momentum.</param>
/// <param name="radius">Most that an element of the action may change.</param>
sealed unsafe class TwinAscent(Critic first, Critic second, ProjectedGradientOptions options, double radius) : IActionRefiner
{
    readonly FastMlp _first = new(first.Net), _second = new(second.Net);
    readonly (int Observation, int Action) _sizes = first.Sizes;
    Memory? _memory;

    /// <summary>Whether these steps are what the options ask for, and the machine can do them.</summary>
    public static bool Serves(ProjectedGradientOptions options, Device device) =>
        options is { Direction: StepDirection.Sign or StepDirection.Steepest, Momentum: 0, Restarts: 0 } && device.type == DeviceType.CPU && Blas.IsAvailable;

    /// <inheritdoc/>
    public RefinedActions Refine(Tensor observations, Tensor actions)
    {
        var rows = (int)actions.shape[0];
        if (_memory?.Rows != rows)
        {
            _memory?.Dispose();
            _memory = new Memory(_first, rows, _sizes.Action);
        }

        var m = _memory;
        using var s = observations.contiguous();
        using var starts = actions.contiguous();
        var (best, gain) = (starts.clone(), zeros(rows));
        var start = FastMlp.PointerOf(starts);
        m.Take(FastMlp.PointerOf(s), start, _sizes);
        for (var t = 0; ; t++)
        {
            _first.Forward(m.FirstPass, m.Input.Pointer, m.FirstValue.Pointer);
            _second.Forward(m.SecondPass, m.Input.Pointer, m.SecondValue.Pointer);
            Keep(m, isStart: t == 0, FastMlp.PointerOf(gain), FastMlp.PointerOf(best));
            if (t == options.Steps)
            {
                return new RefinedActions(best, gain);
            }

            // ∇ min(Q₁, Q₂) is that of the smaller one.
            _first.BackwardToInput(m.FirstPass, m.FirstDelta.Pointer, _sizes.Observation, m.FirstGradient.Pointer);
            _second.BackwardToInput(m.SecondPass, m.SecondDelta.Pointer, _sizes.Observation, m.SecondGradient.Pointer);
            Step(m, start, (float)options.StepAt(t));
        }
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _memory?.Dispose();

    /// <summary>Takes actions that are better than the best so far, and says whose gradient the rows' next step goes along.</summary>
    void Keep(Memory m, bool isStart, float* gain, float* best)
    {
        var width = _sizes.Observation + _sizes.Action;
        for (var row = 0; row < m.Rows; row++)
        {
            var (q1, q2) = (m.FirstValue.Pointer[row], m.SecondValue.Pointer[row]);
            var isFirst = q1 <= q2;
            (m.FirstDelta.Pointer[row], m.SecondDelta.Pointer[row]) = isFirst ? (1, 0) : (0, 1);
            var value = isFirst ? q1 : q2;
            if (isStart)
            {
                m.StartValue.Pointer[row] = value;
            }
            else if (value - m.StartValue.Pointer[row] > gain[row])
            {
                gain[row] = value - m.StartValue.Pointer[row];
                new ReadOnlySpan<float>(m.Input.Pointer + (row * width) + _sizes.Observation, _sizes.Action)
                    .CopyTo(new Span<float>(best + (row * _sizes.Action), _sizes.Action));
            }
        }
    }

    /// <summary>a ← P(a + step · sign(g)), step in units of half the region's width.</summary>
    void Step(Memory m, float* start, float step)
    {
        var width = _sizes.Observation + _sizes.Action;
        for (var i = 0; i < m.Rows * _sizes.Action; i++)
        {
            var (low, high) = (MathF.Max(-1, start[i] - (float)radius), MathF.Min(1, start[i] + (float)radius));
            ref var a = ref m.Input.Pointer[(i / _sizes.Action * width) + _sizes.Observation + (i % _sizes.Action)];
            var g = m.FirstGradient.Pointer[i] + m.SecondGradient.Pointer[i];
            var direction = g > 0 ? 1 : g < 0 ? -1 : 0;
            a = Math.Clamp(a + (direction * step * (high - low) / 2), low, high);
        }
    }

    /// <summary>What a refinement of some number of rows needs.</summary>
    sealed class Memory : IDisposable
    {
        public Memory(FastMlp network, int rows, int actions)
        {
            Rows = rows;
            (FirstPass, SecondPass) = (new(network, rows), new(network, rows));
            Input = new NativeFloats(rows * network.Sizes[0]);
            (FirstValue, SecondValue, StartValue) = (new(rows), new(rows), new(rows));
            (FirstDelta, SecondDelta) = (new(rows), new(rows));
            (FirstGradient, SecondGradient) = (new(rows * actions), new(rows * actions));
        }

        public int Rows { get; }

        public FastMlp.Pass FirstPass { get; }

        public FastMlp.Pass SecondPass { get; }

        /// <summary>[s, a] row by row.</summary>
        public NativeFloats Input { get; }

        public NativeFloats FirstValue { get; }

        public NativeFloats SecondValue { get; }

        public NativeFloats StartValue { get; }

        public NativeFloats FirstDelta { get; }

        public NativeFloats SecondDelta { get; }

        public NativeFloats FirstGradient { get; }

        public NativeFloats SecondGradient { get; }

        public void Take(float* s, float* a, (int Observation, int Action) sizes)
        {
            var width = sizes.Observation + sizes.Action;
            for (var row = 0; row < Rows; row++)
            {
                var to = Input.Span.Slice(row * width, width);
                new ReadOnlySpan<float>(s + (row * sizes.Observation), sizes.Observation).CopyTo(to);
                new ReadOnlySpan<float>(a + (row * sizes.Action), sizes.Action).CopyTo(to[sizes.Observation..]);
            }
        }

        public void Dispose()
        {
            IDisposable[] owned =
                [FirstPass, SecondPass, Input, FirstValue, SecondValue, StartValue, FirstDelta, SecondDelta, FirstGradient, SecondGradient];
            Array.ForEach(owned, item => item.Dispose());
        }
    }
}
