using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// What a node of the search knows of a neuron, in one byte: its phase, or, while that is open, the slope α of its lower line to
/// start from. A phase is implied by the node's box, or it is a split: a half-space that makes the node smaller.
/// </summary>
static class NeuronStates
{
    /// <summary>Codes up to this one are open neurons with α = code / MaxAlpha.</summary>
    public const byte MaxAlpha = 250;

    public const byte Inactive = 252;
    public const byte Active = 253;
    public const byte SplitInactive = 254;
    public const byte SplitActive = 255;

    public static bool IsOpen(byte state) => state <= MaxAlpha;

    public static bool IsSplit(byte state) => state >= SplitInactive;

    public static bool IsActive(byte state) => state is Active or SplitActive;

    public static double Alpha(byte state) => state * (1.0 / MaxAlpha);

    /// <summary>An open neuron's code. Every α ∈ [0, 1] gives a valid bound: rounding it costs tightness only.</summary>
    public static byte Open(double alpha) => (byte)((alpha * MaxAlpha) + 0.5);
}
