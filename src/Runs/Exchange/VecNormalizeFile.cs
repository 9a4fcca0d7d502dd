using System.Runtime.InteropServices;

namespace RL.Runs;

/// <summary>The statistics that VecNormalize of Stable-Baselines3 saves (vec_normalize.pkl), read as data.</summary>
static class VecNormalizeFile
{
    const string Normalize = "stable_baselines3.common.vec_env.vec_normalize VecNormalize";
    const string Statistics = "stable_baselines3.common.running_mean_std RunningMeanStd";
    const int LargestFile = 64 << 20;

    /// <summary>What stands in such files beside the statistics: spaces, arrays and the state of their generators.</summary>
    static readonly HashSet<string> _allowed =
    [
        Normalize, Statistics, "collections OrderedDict", "builtins object", "copyreg _reconstructor", "numpy ndarray", "numpy dtype",
        .. new[] { "numpy.core", "numpy._core" }.SelectMany(core => new[] { $"{core}.multiarray _reconstruct", $"{core}.multiarray scalar", $"{core}.numeric _frombuffer" }),
        .. new[] { "gym", "gymnasium" }.SelectMany(gym => new[]
        {
            $"{gym}.spaces.box Box", $"{gym}.spaces.discrete Discrete", $"{gym}.spaces.multi_discrete MultiDiscrete",
            $"{gym}.spaces.multi_binary MultiBinary", $"{gym}.spaces.dict Dict",
        }),
        "numpy.random._pickle __generator_ctor", "numpy.random._pickle __bit_generator_ctor", "numpy.random._pickle __randomstate_ctor",
        "numpy.random._generator Generator", "numpy.random._pcg64 PCG64", "numpy.random._mt19937 MT19937", "numpy.random.bit_generator SeedSequence",
        "numpy.random.bit_generator __pyx_unpickle_SeedSequence", "numpy.random.mtrand RandomState", "gym.utils.seeding RandomNumberGenerator._generator_ctor",
    ];

    /// <summary>How observations are normalised; null if the file says that they are not.</summary>
    /// <exception cref="InvalidDataException">It is damaged, names what it should not, or has no such statistics.</exception>
    public static ImportedMoments? Read(string path)
    {
        var bytes = RegularFile.ReadAllBytes(path);
        if (bytes.Length > LargestFile)
        {
            throw new InvalidDataException($"it has {bytes.Length} bytes; allowed: {LargestFile}");
        }

        var state = StateOf(new PickleReader(bytes, _allowed).Read(), Normalize, "it");
        if (state.GetValueOrDefault("norm_obs") is false)
        {
            return null;
        }

        var statistics = StateOf(state.GetValueOrDefault("obs_rms"), Statistics, "obs_rms");
        var (mean, variance) = (Numbers(statistics, "mean"), Numbers(statistics, "var"));
        if (mean.Length != variance.Length || !mean.Concat(variance).All(double.IsFinite) || variance.Any(value => value < 0))
        {
            throw new InvalidDataException($"obs_rms has {mean.Length} means and {variance.Length} variances; allowed: as many of both, finite, and no variance below 0");
        }

        return new(mean, variance, Number(state, "epsilon"), Number(state, "clip_obs"));
    }

    static PickleDictionary StateOf(object? value, string type, string name) => value is PickleObject { State: PickleDictionary state } found
        && (found.Name.Text == type || (found.Name.Text == "copyreg _reconstructor" && found.Arguments is [PickleName { Text: var text }, ..] && text == type))
            ? state
            : throw new InvalidDataException($"{name} is no {type[(type.IndexOf(' ', StringComparison.Ordinal) + 1)..]}");

    static double Number(PickleDictionary state, string name) => state.GetValueOrDefault(name) switch
    {
        double number when double.IsFinite(number) => number,
        long number => number,
        _ => throw new InvalidDataException($"{name} is no number"),
    };

    /// <summary>An array of float64 or float32 as NumPy pickles it.</summary>
    static double[] Numbers(PickleDictionary state, string name)
    {
        static bool IsBig(PickleObject dtype) => dtype.State is object?[] and [_, ">", ..];

        var (type, bytes, isBig) = state.GetValueOrDefault(name) switch
        {
            PickleObject { State: object?[] and [_, object?[], PickleObject { Arguments: [string dtype, ..] } described, false, byte[] raw] } => (dtype, raw, IsBig(described)),
            PickleObject { Arguments: [byte[] raw, PickleObject { Arguments: [string dtype, ..] } described, object?[], ..] } => (dtype, raw, IsBig(described)),
            _ => throw new InvalidDataException($"obs_rms.{name} is no array of numbers"),
        };
        return (type, isBig) switch
        {
            (_, true) => throw new InvalidDataException($"obs_rms.{name} has its highest bytes first; allowed: little-endian numbers"),
            ("f8", _) when bytes.Length % 8 == 0 => MemoryMarshal.Cast<byte, double>(bytes).ToArray(),
            ("f4", _) when bytes.Length % 4 == 0 => [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(number => (double)number)],
            _ => throw new InvalidDataException($"obs_rms.{name} is an array of {Shown.Short(type)}; allowed: f8 or f4"),
        };
    }
}
