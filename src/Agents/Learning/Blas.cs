using System.Runtime.InteropServices;
using TorchSharp;

namespace RL.Agents;

/// <summary>
/// The one matrix product that learning needs, from the BLAS inside of libtorch, so that passes by hand multiply as autograd does and
/// with as many threads (torch.set_num_threads). Matrices are row-major; ld is the distance between two rows.
/// </summary>
static unsafe class Blas
{
    const byte AsItIs = (byte)'N';
    const byte Transposed = (byte)'T';

    // sgemm_(transa, transb, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc): Fortran's, every argument by address.
    static readonly delegate* unmanaged<
        byte*, byte*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*, void> _sgemm = Find();

    /// <summary>True if this system's libtorch has one to call.</summary>
    public static bool IsAvailable => _sgemm != null;

    /// <summary>C ← A B, with A or B transposed if asked for. [m × k], [k × n] → [m × n]</summary>
    public static void Multiply(
        int m, int n, int k, float* a, int lda, bool transposeA, float* b, int ldb, bool transposeB, float* c, int ldc)
    {
        // Fortran's matrices are column-major, so that row-major C = A B is Cᵀ = Bᵀ Aᵀ to it.
        var (first, second) = (transposeB ? Transposed : AsItIs, transposeA ? Transposed : AsItIs);
        var (one, zero) = (1f, 0f);
        _sgemm(&first, &second, &n, &m, &k, &one, b, &ldb, a, &lda, &zero, c, &ldc);
    }

    static delegate* unmanaged<
        byte*, byte*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*, void> Find()
    {
        // TorchSharp loads its libraries with the first use of torch.
        torch.InitializeDeviceType(DeviceType.CPU);
        return NativeLibrary.TryLoad("torch_cpu", typeof(torch).Assembly, null, out var library)
            && NativeLibrary.TryGetExport(library, "sgemm_", out var address)
            ? (delegate* unmanaged<
                byte*, byte*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*, void>)address
            : null;
    }
}
