// The whole boundary to native/torch_shim.cpp. The layouts and the rules of ownership are drawn at the top of that file.
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace TorchSharp;

/// <summary>One argument or result of an operator: 16 bytes, the last eight a number or a pointer.</summary>
[StructLayout(LayoutKind.Explicit)]
struct NativeValue
{
    [FieldOffset(0)]
    public NativeKind Kind;

    [FieldOffset(4)]
    public int Count;

    [FieldOffset(8)]
    public long Bits;

    [FieldOffset(8)]
    public IntPtr Pointer;
}

enum NativeKind
{
    None,
    Tensor,
    Tensors,
    OptionalTensors,
    Int,
    Double,
    Bool,
    Ints,
    Device,
    Generator,
    String,
}

/// <summary>What a tensor's header says; the pointers live as long as the tensor and its shape.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct NativeTensorInfo
{
    public int DType, DeviceType, DeviceIndex, Dimensions;
    public long Elements;
    public long* Sizes, Strides;
    public int RequiresGrad, IsLeaf, IsContiguous, ElementSize;
}

[StructLayout(LayoutKind.Sequential)]
struct NativeAdamStep
{
    public double Beta1, Beta2, Eps, WeightDecay, StepSize, SqrtBiasCorrection2;
    public int AmsGrad, Maximize;
}

static unsafe partial class TorchLibrary
{
    const string Name = "torch_shim";

    static TorchLibrary() => NativeLibrary.SetDllImportResolver(typeof(TorchLibrary).Assembly, Resolve);

    [LibraryImport(Name, EntryPoint = "torch_shim_error")]
    public static partial byte* Error();

    [LibraryImport(Name, EntryPoint = "torch_shim_version")]
    public static partial byte* VersionText();

    [LibraryImport(Name, EntryPoint = "torch_shim_operator")]
    public static partial int Operator(byte* name, byte* overload, IntPtr* result);

    [LibraryImport(Name, EntryPoint = "torch_shim_call")]
    public static partial int Call(IntPtr op, NativeValue* arguments, int count, NativeValue* results, int capacity);

    [LibraryImport(Name, EntryPoint = "torch_shim_tensor_release")]
    public static partial void Release(IntPtr tensor);

    [LibraryImport(Name, EntryPoint = "torch_shim_tensor_retain")]
    public static partial IntPtr Retain(IntPtr tensor);

    [LibraryImport(Name, EntryPoint = "torch_shim_tensor_info")]
    public static partial int Info(IntPtr tensor, NativeTensorInfo* info);

    [LibraryImport(Name, EntryPoint = "torch_shim_tensor_data")]
    public static partial int Data(IntPtr tensor, void** data);

    [LibraryImport(Name, EntryPoint = "torch_shim_tensor_set_requires_grad")]
    public static partial int SetRequiresGrad(IntPtr tensor, int value);

    [LibraryImport(Name, EntryPoint = "torch_shim_tensor_grad")]
    public static partial int Grad(IntPtr tensor, IntPtr* gradient);

    [LibraryImport(Name, EntryPoint = "torch_shim_tensor_set_grad")]
    public static partial int SetGrad(IntPtr tensor, IntPtr gradient);

    [LibraryImport(Name, EntryPoint = "torch_shim_backward")]
    public static partial int Backward(
        IntPtr* tensors, IntPtr* gradients, int count, int retain, int createGraph, IntPtr* inputs, int inputCount);

    [LibraryImport(Name, EntryPoint = "torch_shim_grad")]
    public static partial int Grad(
        IntPtr* outputs, IntPtr* outputGradients, int outputCount, IntPtr* inputs, IntPtr* gradients, int inputCount, int retain,
        int createGraph, int allowUnused);

    [LibraryImport(Name, EntryPoint = "torch_shim_grad_enabled")]
    public static partial int GradEnabled();

    [LibraryImport(Name, EntryPoint = "torch_shim_set_grad_enabled")]
    public static partial void SetGradEnabled(int enabled);

    [LibraryImport(Name, EntryPoint = "torch_shim_generator")]
    public static partial int Generator(ulong seed, int deviceType, int deviceIndex, IntPtr* result);

    [LibraryImport(Name, EntryPoint = "torch_shim_generator_default")]
    public static partial int GeneratorDefault(IntPtr* result);

    [LibraryImport(Name, EntryPoint = "torch_shim_generator_release")]
    public static partial void GeneratorRelease(IntPtr generator);

    [LibraryImport(Name, EntryPoint = "torch_shim_generator_seed")]
    public static partial int GeneratorSeed(IntPtr generator, ulong seed);

    [LibraryImport(Name, EntryPoint = "torch_shim_generator_initial_seed")]
    public static partial int GeneratorInitialSeed(IntPtr generator, ulong* seed);

    [LibraryImport(Name, EntryPoint = "torch_shim_generator_get_state")]
    public static partial int GeneratorGetState(IntPtr generator, IntPtr* state);

    [LibraryImport(Name, EntryPoint = "torch_shim_generator_set_state")]
    public static partial int GeneratorSetState(IntPtr generator, IntPtr state);

    [LibraryImport(Name, EntryPoint = "torch_shim_manual_seed")]
    public static partial int ManualSeed(ulong seed);

    [LibraryImport(Name, EntryPoint = "torch_shim_get_num_threads")]
    public static partial int GetNumThreads();

    [LibraryImport(Name, EntryPoint = "torch_shim_set_num_threads")]
    public static partial int SetNumThreads(int count);

    [LibraryImport(Name, EntryPoint = "torch_shim_set_num_interop_threads")]
    public static partial int SetNumInteropThreads(int count);

    [LibraryImport(Name, EntryPoint = "torch_shim_cuda_device_count")]
    public static partial int CudaDeviceCount();

    [LibraryImport(Name, EntryPoint = "torch_shim_adam_step")]
    public static partial int AdamStep(
        IntPtr parameter, IntPtr gradient, IntPtr average, IntPtr averageOfSquares, NativeAdamStep* step, int* applied);

    public static string Version => Marshal.PtrToStringUTF8((IntPtr)VersionText())!;

    /// <summary>Turns a status into the exception that the official package throws, with libtorch's message.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Check(int status)
    {
        if (status != 0)
            Throw();
    }

    static void Throw() => throw new ExternalException(Marshal.PtrToStringUTF8((IntPtr)Error()));

    static IntPtr Resolve(string library, Assembly assembly, DllImportSearchPath? search)
    {
        if (library != Name)
            return IntPtr.Zero;
        var file = $"lib{Name}.so";
        if (Environment.GetEnvironmentVariable("RL_NATIVE") is { Length: > 0 } folder)
            return NativeLibrary.Load(Path.Combine(folder, file));
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            var candidate = Path.Combine(at.FullName, "artifacts", "native", file);
            if (File.Exists(candidate))
                return NativeLibrary.Load(candidate);
        }
        throw new DllNotFoundException(
            $"{file} was not found in artifacts/native of {AppContext.BaseDirectory} or of any folder above it; ./rl builds it "
            + "(or set RL_NATIVE to the folder that holds it).");
    }
}
