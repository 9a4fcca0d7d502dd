using TorchSharp;

namespace RL.InputOpt;

/// <summary>Two implementations of one method: the fast one where it serves, the plain one elsewhere.</summary>
/// <param name="fast">Serves some objectives in a <see cref="Box"/>.</param>
/// <param name="plain">Serves all.</param>
/// <param name="serves">Whether the fast one serves an objective.</param>
sealed class FastOrPlain(IInputOptimizer fast, IInputOptimizer plain, Func<Objective, bool> serves) : IInputOptimizer
{
    public InputOptimum Maximize(Objective objective, torch.Tensor starts, Region region, bool trace = false) =>
        (region is Box && serves(objective) ? fast : plain).Maximize(objective, starts, region, trace);
}
