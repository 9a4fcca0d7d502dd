using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Refines actions of minibatches in updates: a share of the rows, all in one call.</summary>
/// <param name="refiner">Disposed with this.</param>
/// <param name="share">
/// Of the rows, the first ones: minibatches are drawn at random, so that these are as good as any and take no random numbers.
/// </param>
/// <param name="startSteps">Environment step from which on there is refinement.</param>
/// <param name="place">For the metrics.</param>
/// <param name="clock">Measures the time of a refinement.</param>
sealed class BatchRefinement(IActionRefiner refiner, double share, long startSteps, string place, TimeProvider clock) : IDisposable
{
    readonly string _gainTag = $"refine/{place}_gain", _timeTag = $"refine/{place}_ms";

    /// <summary>Refines actions of N states.</summary>
    /// <param name="s">[N × observation]</param>
    /// <param name="a">In [−1, 1]. [N × action]</param>
    /// <param name="step">Environment steps so far.</param>
    /// <param name="metrics">Receives mean gain and time.</param>
    /// <returns>The refined actions, and for the other rows <paramref name="a"/> and a gain of 0; null if it is not to begin yet.</returns>
    public RefinedActions? Refine(Tensor s, Tensor a, long step, IMetrics metrics)
    {
        var rows = s.shape[0];
        var refined = (long)Math.Round(share * rows);
        if (step < startSteps || refined == 0)
        {
            return null;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var start = clock.GetTimestamp();
        var (actions, gain) = refiner.Refine(s.narrow(0, 0, refined), a.narrow(0, 0, refined));
        metrics.Scalar(_timeTag, clock.GetElapsedTime(start).TotalMilliseconds / refined);
        metrics.Scalar(_gainTag, gain.mean().ToDouble());
        if (refined < rows)
        {
            actions = cat([actions, a.narrow(0, refined, rows - refined)]);
            gain = cat([gain, zeros(rows - refined, dtype: gain.dtype, device: gain.device)]);
        }

        return new RefinedActions(actions.MoveToOuterDisposeScope(), gain.MoveToOuterDisposeScope());
    }

    public void Save(BinaryWriter writer) => refiner.Save(writer);

    public void Load(BinaryReader reader) => refiner.Load(reader);

    public void Dispose() => refiner.Dispose();
}
