using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

namespace RL.InputOpt;

/// <summary>
/// Keeps TorchSharp's numbers alive while libtorch reads them. Operations take numbers as <see cref="Scalar"/> objects, even <c>a + b</c> does;
/// TorchSharp 0.107 does not keep them reachable during the call, and a garbage collection at that moment lets their finalizer free them under
/// the running operation. On Linux libtorch_scalars.so (native/torch_scalars.c) stands between TorchSharp and its native library and frees
/// them later; elsewhere TorchSharp is left as it is. It also makes exceptions of the functions that let libtorch's own end the process, products
/// of matrices that do not fit among them (native/torch_errors.cpp).
/// </summary>
static unsafe class TorchScalars
{
    const string Guarded = "LibTorchSharp", Guard = "torch_scalars";

    static readonly Lock _loading = new();
    static nint _handle;

    /// <summary>Runs when this assembly is first used, which is before it or a caller of it creates a tensor.</summary>
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A resolver of native libraries has to be there before the first call.")]
    internal static void Install()
    {
        if (OperatingSystem.IsLinux())
        {
            NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, Resolve);
        }
    }

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Guarded)
        {
            return 0;
        }

        lock (_loading)
        {
            if (_handle == 0 && NativeLibrary.TryLoad(Guarded, assembly, path, out var torchSharp))
            {
                _handle = NativeLibrary.Load(Guard, typeof(TorchScalars).Assembly, null);
                nint Own(string function) => NativeLibrary.GetExport(torchSharp, function);
                ((delegate* unmanaged<nint, void>)NativeLibrary.GetExport(_handle, "torch_scalars_init"))(Own("THSTorch_dispose_scalar"));
                ((delegate* unmanaged<nint, nint, nint, nint, nint, void>)NativeLibrary.GetExport(_handle, "torch_errors_init"))(
                    Own("THSTensor_matmul"), Own("THSTensor_cummax"), Own("THSTensor_cummin"), Own("THSAutograd_grad"),
                    Own("THSTorch_get_and_reset_last_err"));
            }

            return _handle;
        }
    }
}
