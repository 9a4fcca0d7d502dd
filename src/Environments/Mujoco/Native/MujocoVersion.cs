using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>Which MuJoCo simulates.</summary>
public static class MujocoVersion
{
    /// <summary>Version of the loaded library, e.g. 2.2.2.</summary>
    /// <exception cref="MujocoException">It cannot be loaded.</exception>
    public static string Loaded => Marshal.PtrToStringUTF8(MujocoShim.rl_mujoco_version())!;
}
