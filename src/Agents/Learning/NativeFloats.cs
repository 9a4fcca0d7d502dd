using System.Runtime.InteropServices;

namespace RL.Agents;

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
