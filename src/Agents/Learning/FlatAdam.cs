using System.Runtime.InteropServices;

namespace RL.Agents;

/// <summary>
/// Adam (Kingma &amp; Ba 2015) on the parameters of a network, with the gradient and both moments in one block each: what optim.Adam
/// does with its defaults, in one pass over memory.
/// </summary>
sealed unsafe class FlatAdam(FastMlp network, double learningRate, double weightDecay) : IDisposable
{
    const double Beta1 = 0.9;
    const double Beta2 = 0.999;
    const double Epsilon = 1e-8;

    readonly NativeFloats _gradient = new(network.ParameterCount);
    readonly NativeFloats _means = new(network.ParameterCount);
    readonly NativeFloats _squares = new(network.ParameterCount);
    long _steps;

    /// <summary>Where the network leaves its gradient, parameter after parameter.</summary>
    public float* Gradient => _gradient.Pointer;

    /// <summary>One step along the gradients.</summary>
    public void Step()
    {
        _steps++;
        var correction = Math.Sqrt(1 - Math.Pow(Beta2, _steps));
        // step · (m / c₁) / (√v / √c₂ + ε) = (step √c₂ / c₁) m / (√v + ε √c₂)
        var step = new AdamStep(
            (float)Beta1,
            (float)Beta2,
            (float)(learningRate / (1 - Math.Pow(Beta1, _steps)) * correction),
            (float)(Epsilon * correction),
            (float)weightDecay);
        var offset = 0;
        foreach (var (parameter, length) in network.Parameters)
        {
            Kernels.Adam((float*)parameter, Gradient + offset, _means.Pointer + offset, _squares.Pointer + offset, length, step);
            offset += length;
        }
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_steps);
        writer.Write(MemoryMarshal.AsBytes(_means.Span));
        writer.Write(MemoryMarshal.AsBytes(_squares.Span));
    }

    public void Load(BinaryReader reader)
    {
        _steps = reader.ReadInt64();
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_means.Span));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_squares.Span));
    }

    public void Dispose()
    {
        _gradient.Dispose();
        _means.Dispose();
        _squares.Dispose();
    }
}

/// <summary>A zeroed block of floats that never moves, at the start of a cache line.</summary>
sealed unsafe class NativeFloats : IDisposable
{
    const int CacheLine = 64;

    readonly int _length;

    public NativeFloats(int length)
    {
        _length = length;
        Pointer = (float*)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), CacheLine);
        Span.Clear();
    }

    public float* Pointer { get; private set; }

    public Span<float> Span => new(Pointer, _length);

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
