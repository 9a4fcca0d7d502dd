using System.Runtime.CompilerServices;
using System.Text;

namespace TorchSharp;

/// <summary>An ATen operator, looked up by name on its first call and kept in a static field of <see cref="Aten"/>.</summary>
sealed unsafe class Operator(string name, string overload = "")
{
    const int InlineScratch = 64;
    const int MaxArguments = 16;

    IntPtr _handle;

    /// <summary>Calls the operator and wraps its first result.</summary>
    public torch.Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        return new torch.Tensor(result.Pointer);
    }

    /// <summary>Calls an in-place operator; its result is its first argument, so nothing is wrapped.</summary>
    public torch.Tensor CallInPlace(params ReadOnlySpan<Argument> arguments)
    {
        Invoke(arguments, null, 0);
        return Unsafe.As<torch.Tensor>(arguments[0].Owner!);
    }

    public (torch.Tensor, torch.Tensor) CallPair(params ReadOnlySpan<Argument> arguments)
    {
        var results = stackalloc NativeValue[2];
        Invoke(arguments, results, 2);
        return (new torch.Tensor(results[0].Pointer), new torch.Tensor(results[1].Pointer));
    }

    public torch.Tensor[] CallList(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        var tensors = new torch.Tensor[result.Count];
        for (var i = 0; i < tensors.Length; i++)
            tensors[i] = new torch.Tensor(((IntPtr*)result.Pointer)[i]);
        return tensors;
    }

    /// <summary>Calls an operator that returns a number.</summary>
    public Scalar CallScalar(params ReadOnlySpan<Argument> arguments)
    {
        NativeValue result;
        Invoke(arguments, &result, 1);
        return new Scalar(result.Kind, result.Bits);
    }

    [SkipLocalsInit]
    void Invoke(ReadOnlySpan<Argument> arguments, NativeValue* results, int capacity)
    {
        if (_handle == IntPtr.Zero)
            Find();

        // Lists and strings are laid out in scratch space, so that nothing needs pinning.
        var needed = 0;
        foreach (ref readonly var argument in arguments)
            needed += argument.Count > 0 && argument.Kind != NativeKind.Device ? argument.Count : 0;
        var scratch = stackalloc long[InlineScratch];
        var values = stackalloc NativeValue[MaxArguments];
        if (needed <= InlineScratch)
        {
            Lower(arguments, values, scratch);
            TorchLibrary.Check(TorchLibrary.Call(_handle, values, arguments.Length, results, capacity));
        }
        else
        {
            fixed (long* large = new long[needed])
            {
                Lower(arguments, values, large);
                TorchLibrary.Check(TorchLibrary.Call(_handle, values, arguments.Length, results, capacity));
            }
        }
        foreach (ref readonly var argument in arguments)
            GC.KeepAlive(argument.Owner);
    }

    static void Lower(ReadOnlySpan<Argument> arguments, NativeValue* values, long* scratch)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            ref readonly var argument = ref arguments[i];
            values[i].Kind = argument.Kind;
            values[i].Count = argument.Count;
            switch (argument.Kind)
            {
                case NativeKind.Tensor:
                    values[i].Pointer = Unsafe.As<torch.Tensor>(argument.Owner!).Handle;
                    break;
                case NativeKind.Generator:
                    values[i].Pointer = Unsafe.As<torch.Generator>(argument.Owner!).Handle;
                    break;
                case NativeKind.Ints:
                    Unsafe.As<long[]>(argument.Owner!).CopyTo(new Span<long>(scratch, argument.Count));
                    values[i].Pointer = (IntPtr)scratch;
                    scratch += argument.Count;
                    break;
                case NativeKind.Tensors or NativeKind.OptionalTensors:
                    values[i].Pointer = (IntPtr)scratch;
                    foreach (var tensor in Unsafe.As<torch.Tensor?[]>(argument.Owner!))
                        *scratch++ = tensor is null ? 0 : tensor.Handle;
                    break;
                case NativeKind.String:
                    Encoding.ASCII.GetBytes(Unsafe.As<string>(argument.Owner!), new Span<byte>(scratch, argument.Count));
                    values[i].Pointer = (IntPtr)scratch;
                    scratch += argument.Count;
                    break;
                default:
                    values[i].Bits = argument.Bits;
                    break;
            }
        }
    }

    void Find()
    {
        IntPtr handle;
        fixed (byte* nameBytes = Encoding.ASCII.GetBytes($"aten::{name}\0"))
        fixed (byte* overloadBytes = Encoding.ASCII.GetBytes($"{overload}\0"))
            TorchLibrary.Check(TorchLibrary.Operator(nameBytes, overloadBytes, &handle));
        _handle = handle;
    }
}
