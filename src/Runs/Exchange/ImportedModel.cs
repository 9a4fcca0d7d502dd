namespace RL.Runs;

/// <summary>A policy as it was read from a file of another program.</summary>
/// <param name="Network">From the observation to the outputs: logits, or an action.</param>
sealed record ImportedModel(NetworkDraft Network)
{
    /// <summary>Whether an action is in units of half its range instead of the task's.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>log σ of each element of an action, the same in every state, in the units of the action; null if it has none.</summary>
    public double[]? LogDeviation { get; init; }

    /// <summary>log σ as a linear layer of what the last layer reads; null if it has none.</summary>
    public ImportedLayer.Linear? DeviationLayer { get; init; }

    /// <summary>Q(s, a) of [s; a], a in units of half its range; null if it has none.</summary>
    public NetworkDraft? Critic { get; init; }

    /// <summary>How observations are normalised before the network; null: not at all.</summary>
    public ImportedMoments? Moments { get; init; }

    /// <summary>Steps of training before it; 0 if the file does not say so.</summary>
    public long Steps { get; init; }
}

/// <summary>clip((s − mean) / √(variance + ε), ±clip)</summary>
/// <param name="Mean">[n]</param>
/// <param name="Variance">[n]</param>
/// <param name="Epsilon">ε.</param>
/// <param name="Clip">Largest magnitude.</param>
sealed record ImportedMoments(double[] Mean, double[] Variance, double Epsilon, double Clip);
