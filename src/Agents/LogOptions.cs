using System.ComponentModel.DataAnnotations;

namespace RL.Agents;

/// <summary>What is logged besides scalars. Nothing of it changes what is learned.</summary>
public sealed record LogOptions
{
    /// <summary>Steps between distributions of weights, gradients, actions and values in the event file; 0: none.</summary>
    [Range(0, long.MaxValue)] public long Histograms { get; init; }

    /// <summary>Steps between pictures of an evaluation episode in the event file, made at the next evaluation; 0: none.</summary>
    [Range(0, long.MaxValue)] public long Images { get; init; }

    /// <summary>Write monitor.csv: return, length and time of every training episode, as Stable-Baselines3 does.</summary>
    public bool Monitor { get; init; }
}
