using System.Runtime.InteropServices;

namespace RL.Agents;

/// <summary>
/// The one matrix product that learning needs, from the system's BLAS (the library that libtorch multiplies with, too). Matrices are
/// row-major; ld is the distance between two rows.
/// </summary>
static unsafe class Blas
{
    const int RowMajor = 101;
    const int AsItIs = 111;
    const int Transposed = 112;

    // The second is whatever the system's administrator chose.
    static readonly string[] _libraries = ["libopenblas.so.0", "libblas.so.3"];

    static readonly delegate* unmanaged<
        int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> _sgemm = Find();

    /// <summary>True if there is a library to call.</summary>
    public static bool IsAvailable => _sgemm != null;

    /// <summary>C ← A B, with A or B transposed if asked for. [m × k], [k × n] → [m × n]</summary>
    public static void Multiply(
        int m, int n, int k, float* a, int lda, bool transposeA, float* b, int ldb, bool transposeB, float* c, int ldc) =>
        _sgemm(
            RowMajor, transposeA ? Transposed : AsItIs, transposeB ? Transposed : AsItIs, m, n, k, 1, a, lda, b, ldb, 0, c, ldc);

    static delegate* unmanaged<int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void> Find()
    {
        foreach (var name in _libraries)
        {
            if (NativeLibrary.TryLoad(name, out var library) && NativeLibrary.TryGetExport(library, "cblas_sgemm", out var address))
            {
                return (delegate* unmanaged<
                    int, int, int, int, int, int, float, float*, int, float*, int, float, float*, int, void>)address;
            }
        }

        return null;
    }
}
