using System.ComponentModel.DataAnnotations;
using RL.Environments;

namespace RL.Agents;

/// <summary>Options of a training run that belong neither to the algorithm nor to the task.</summary>
public sealed record TrainingOptions
{
    /// <summary>Total number of environment steps, summed over all copies.</summary>
    [Range(1, long.MaxValue)] public long TotalSteps { get; init; } = 1_000_000;

    /// <summary>Seed of everything: environments, networks, exploration, replay.</summary>
    [Range(0, long.MaxValue)] public long Seed { get; init; }

    /// <summary>Environment copies stepped together.</summary>
    [Range(1, 65536)] public int Copies { get; init; } = 1;

    /// <summary>Threads that step the copies. Results do not depend on it.</summary>
    [Range(1, 1024)] public int EnvironmentThreads { get; init; } = 1;

    /// <summary>Normalisation of observations and rewards.</summary>
    public NormalizationOptions Normalize { get; init; } = new();

    /// <summary>Steps between evaluations; 0 evaluates only at the end.</summary>
    [Range(0, long.MaxValue)] public long EvaluationInterval { get; init; } = 5_000;

    /// <summary>Episodes of one evaluation.</summary>
    [Range(1, 100_000)] public int EvaluationEpisodes { get; init; } = 10;

    /// <summary>Steps between checkpoints; 0 keeps one only at the end.</summary>
    [Range(0, long.MaxValue)] public long CheckpointInterval { get; init; } = 50_000;

    /// <summary>Checkpoints that are kept, the newest ones.</summary>
    [Range(1, 1000)] public int CheckpointsKept { get; init; } = 2;

    /// <summary>Steps between two points of a loss curve in the event file.</summary>
    [Range(1, long.MaxValue)] public long LogInterval { get; init; } = 1_000;

    /// <summary>Distributions and pictures.</summary>
    public LogOptions Log { get; init; } = new();

    /// <summary>Threads of libtorch. Results are bit-identical only for the same number of threads.</summary>
    [Range(1, 1024)] public int Threads { get; init; } = 1;

    /// <summary>How gradients are computed: autograd, by_hand (faster, CPU only), or auto: by_hand where possible.</summary>
    public GradientMethod Gradients { get; init; } = GradientMethod.Auto;

    /// <summary>Device of the networks: cpu, cuda or cuda:N.</summary>
    [RegularExpression("cpu|cuda(:[0-9]+)?", ErrorMessage = "cpu, cuda or cuda:N (N from 0)")]
    public string Device { get; init; } = "cpu";
}
