using TorchSharp.Modules;

namespace TorchSharp;

/// <summary>
/// The part of TorchSharp's public API that this project uses, over the libtorch that is installed on the system. Names,
/// parameters, defaults and behaviour are the official package's, which can take this assembly's place (TorchBackend=nuget).
/// Touching this class loads nothing: libtorch is loaded by the first call that needs it.
/// </summary>
public static partial class torch
{
    /// <summary>The device of ordinary memory.</summary>
    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly ScalarType uint8 = ScalarType.Byte;
    public static readonly ScalarType int32 = ScalarType.Int32;
    public static readonly ScalarType int64 = ScalarType.Int64;
    public static readonly ScalarType float32 = ScalarType.Float32;
    public static readonly ScalarType float64 = ScalarType.Float64;
    public static readonly ScalarType @bool = ScalarType.Bool;

    static ScalarType _defaultType = ScalarType.Float32;

    /// <summary>Element types, by libtorch's numbers.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        Bool = 11,
        BFloat16 = 15,
    }

    public enum RoundingMode
    {
        None,
        trunc,
        floor,
    }

    /// <summary>libtorch's version.</summary>
    public static string __version__ => TorchLibrary.Version;

    /// <summary>Tensors created on this thread from now on are released when the scope ends.</summary>
    public static DisposeScope NewDisposeScope() => DisposeScopeManager.Current.NewScope();

    /// <summary>Until it is disposed, operations on this thread are not recorded for backward.</summary>
    public static IDisposable no_grad() => new GradMode(false);

    public static IDisposable enable_grad(bool enabled = true) => new GradMode(enabled);

    public static IDisposable set_grad_enabled(bool mode = true) => new GradMode(mode);

    public static bool is_grad_enabled() => TorchLibrary.GradEnabled() != 0;

    public static int get_num_threads() => TorchLibrary.GetNumThreads();

    /// <summary>Threads inside one operation; OpenBLAS's too, where libtorch uses it.</summary>
    public static void set_num_threads(int num) => TorchLibrary.Check(TorchLibrary.SetNumThreads(num));

    public static void set_num_interop_threads(int num) => TorchLibrary.Check(TorchLibrary.SetNumInteropThreads(num));

    public static ScalarType get_default_dtype() => _defaultType;

    /// <summary>The type of factories and layers that are not told another.</summary>
    public static void set_default_dtype(ScalarType dtype) => _defaultType = dtype;

    /// <summary>Seeds the default generators of all devices.</summary>
    public static Generator manual_seed(long seed)
    {
        TorchLibrary.Check(TorchLibrary.ManualSeed((ulong)seed));
        return Generator.Default;
    }

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    sealed class GradMode : IDisposable
    {
        readonly int _previous = TorchLibrary.GradEnabled();

        public GradMode(bool enabled) => TorchLibrary.SetGradEnabled(enabled ? 1 : 0);

        public void Dispose() => TorchLibrary.SetGradEnabled(_previous);
    }

    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long initial_seed() => Generator.Default.initial_seed();

        /// <summary>The state of the CPU's default generator, a byte tensor.</summary>
        public static Tensor get_rng_state() => Generator.Default.get_state();

        public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);
    }

    public static class cuda
    {
        public static bool is_available() => device_count() > 0;

        public static int device_count() => TorchLibrary.CudaDeviceCount();
    }
}
