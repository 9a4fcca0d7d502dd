using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace RL.InputOpt;

/// <summary>Compiled into every assembly with TorchSharp: before its first tensor, RL.InputOpt takes care of TorchSharp's numbers.</summary>
file static class UsesTorch
{
    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "A resolver of native libraries has to be there before the first call.")]
    internal static void InstallTorchScalars() => RuntimeHelpers.RunModuleConstructor(typeof(IReluNetwork).Module.ModuleHandle);
}
