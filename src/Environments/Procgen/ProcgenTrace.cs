using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace RL.Environments;

/// <summary>How a replayed Procgen trace compares. Everything must be equal: frames are known by their checksums.</summary>
/// <param name="RewardError">Largest |reward − recorded|.</param>
/// <param name="FirstMismatches">Steps whose flag "the next frame is an episode's first" differs.</param>
/// <param name="FrameMismatches">Frames whose CRC-32 differs, first frames included.</param>
/// <param name="LevelMismatches">Steps whose level seed or whose prev_level_complete differs, first frames included.</param>
/// <param name="FirstDifference">Where the first difference is; null if there is none.</param>
/// <param name="Episodes">Episodes begun.</param>
/// <param name="Steps">Steps compared, over all copies.</param>
public sealed record ProcgenTraceReport(
    double RewardError,
    int FirstMismatches,
    int FrameMismatches,
    int LevelMismatches,
    string? FirstDifference,
    int Episodes,
    int Steps)
    : TraceReport(FrameMismatches > 0 ? double.PositiveInfinity : 0, RewardError, FirstMismatches, Episodes, Steps)
{
    /// <inheritdoc/>
    public override bool Passed => FirstDifference is null && Steps > 0;

    /// <inheritdoc/>
    public override string Summary
    {
        get
        {
            var mismatches =
                $"different frames {FrameMismatches}, first flags {FirstMismatches}, "
                + $"level seeds or completions {LevelMismatches}";
            var first = FirstDifference is null ? "" : $"; first difference: {FirstDifference}";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{Episodes} episodes, {Steps} steps; {mismatches}; largest error of rewards {RewardError:G3}{first}");
        }
    }
}

/// <summary>
/// Traces of the original library: <c>{ env_name, distribution_mode, rand_seed, num_envs, num_levels, options: { … },
/// first_level_seeds [n], first_frame_crc32 [n], and step by step: actions, rewards, first, level_seed, prev_level_complete,
/// frame_crc32 [t][n] }</c>. At the end of an episode the library goes on with the next one at once; action −1 ends it by force.
/// </summary>
static class ProcgenTrace
{
    // What a trace says beside the options that stand in "options".
    static readonly string[] _settings = ["distribution_mode", "rand_seed", "num_levels", "start_level"];

    static readonly JsonSerializerOptions _json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    public static bool Recognizes(JsonElement root) =>
        root.TryGetProperty("env_name", out _) && root.TryGetProperty("frame_crc32", out _);

    public static TraceReport Replay(TraceFile file, string? id)
    {
        var recorded = file.Root.GetProperty("env_name") is { ValueKind: JsonValueKind.String } name
            ? $"procgen:{name.GetString()}"
            : throw file.Error("env_name is not a string.");
        if (id is not null && id != recorded)
        {
            throw file.Error($"the trace is of {recorded}; expected: {id}.");
        }

        if (!EnvironmentCatalog.Entries.TryGetValue(recorded, out var entry)
            || entry.DefaultOptions is not ProcgenOptions defaults)
        {
            throw file.Error($"the trace is of {recorded}, which is not in the catalogue.");
        }

        var actions = file.Items(file.Get(file.Root, "actions", "the trace"), "actions");
        var columns = new Columns(file, actions.Length, Integer(file, "num_envs", 1, 10_000));
        using var environment = EnvironmentCatalog.Make(recorded, columns.Copies, Options(file, defaults));
        var copies = ((VectorEnvironment<byte, int>)environment).Copies;
        return new Comparison(columns, [.. copies.Cast<ProcgenEnvironment>()]).Run();
    }

    static ProcgenOptions Options(TraceFile file, ProcgenOptions defaults)
    {
        var options = file.Root.TryGetProperty("options", out var given) && given.ValueKind == JsonValueKind.Object
            ? JsonObject.Create(given)!
            : [];
        foreach (var setting in _settings)
        {
            if (file.Root.TryGetProperty(setting, out var value))
            {
                options[setting] = JsonNode.Parse(value.GetRawText());
            }
        }

        try
        {
            var read = (ProcgenOptions)options.Deserialize(defaults.GetType(), _json)!;
            Validator.ValidateObject(read, new ValidationContext(read), validateAllProperties: true);
            return read with { Backend = ProcgenBackend.Builtin };
        }
        catch (Exception exception) when (exception is JsonException or ValidationException)
        {
            throw file.Error($"its options are not those of the game: {ErrorWords.Of(exception)}");
        }
    }

    static int Integer(TraceFile file, string name, int low, int high)
    {
        var element = file.Get(file.Root, name, "the trace");
        return element.ValueKind == JsonValueKind.Number && element.TryGetInt32(out var value) && value >= low && value <= high
            ? value
            : throw file.Error($"{name} is {element}; allowed: {low} to {high}.");
    }

    // The recorded numbers, [step × copy].
    sealed class Columns(TraceFile file, int steps, int copies)
    {
        public int Steps => steps;

        public int Copies => copies;

        public double[] Actions { get; } = Table(file, "actions", steps, copies);

        public double[] Rewards { get; } = Table(file, "rewards", steps, copies);

        public double[] Firsts { get; } = Table(file, "first", steps, copies);

        public double[] Seeds { get; } = Table(file, "level_seed", steps, copies);

        public double[] Completions { get; } = Table(file, "prev_level_complete", steps, copies);

        public double[] Frames { get; } = Table(file, "frame_crc32", steps, copies);

        public double[] FirstSeeds { get; } = First(file, "first_level_seeds", copies);

        public double[] FirstFrames { get; } = First(file, "first_frame_crc32", copies);

        public int Action(int step, int copy) =>
            Actions[(step * copies) + copy] is >= -1 and < 15 and var action && action == (int)action
            ? (int)action
            : throw file.Error($"actions[{step}][{copy}] is {Actions[(step * copies) + copy]}; allowed: -1 to 14.");

        static double[] First(TraceFile file, string name, int copies) =>
            Row(file, file.Get(file.Root, name, "the trace"), name, copies);

        static double[] Table(TraceFile file, string name, int steps, int copies)
        {
            var rows = file.Items(file.Get(file.Root, name, "the trace"), name, steps);
            return [.. rows.SelectMany((row, t) => Row(file, row, $"{name}[{t}]", copies))];
        }

        static double[] Row(TraceFile file, JsonElement row, string where, int copies)
        {
            var values = file.Items(row, where, copies);
            // Flags may have been written as truth values.
            return [.. values.Select(value => value.ValueKind switch
            {
                JsonValueKind.True => 1,
                JsonValueKind.False => 0,
                _ => file.Number(value, where),
            })];
        }
    }

    // One replay: every copy steps for itself, as the layers above would refuse a forced end.
    sealed class Comparison(Columns columns, ProcgenEnvironment[] copies)
    {
        readonly Pcg64 _random = new(0); // the built-in games draw nothing from it while a rand_seed is given
        readonly byte[] _frame = new byte[ProcgenEnvironment.Frame.Size];
        double _rewardError;
        int _firsts;
        int _frames;
        int _levels;
        int _episodes;
        string? _difference;

        public TraceReport Run()
        {
            for (var i = 0; i < copies.Length; i++)
            {
                copies[i].Seed(_random);
                Begin(i);
                CompareShown(columns.FirstSeeds[i], columns.FirstFrames[i], i, "at the start");
            }

            for (var t = 0; t < columns.Steps; t++)
            {
                for (var i = 0; i < copies.Length; i++)
                {
                    Step(t, i);
                }
            }

            return new ProcgenTraceReport(
                _rewardError, _firsts, _frames, _levels, _difference, _episodes, columns.Steps * copies.Length);
        }

        void Step(int t, int i)
        {
            var (where, at, action) = ($"in step {t}", (t * copies.Length) + i, columns.Action(t, i));
            var result = copies[i].Step([action < 0 ? 4 : action], _random, _frame, []);
            var isFinished = result.Terminated || result.Truncated || action < 0;
            if (isFinished)
            {
                Begin(i);
            }

            _rewardError = Math.Max(_rewardError, Math.Abs(result.Reward - columns.Rewards[at]));
            Compare("reward", result.Reward, columns.Rewards[at], i, where);
            _firsts += Compare("first", isFinished ? 1 : 0, columns.Firsts[at], i, where);
            _levels += Compare(
                "prev_level_complete", copies[i].PreviousLevelComplete ? 1 : 0, columns.Completions[at], i, where);
            CompareShown(columns.Seeds[at], columns.Frames[at], i, where);
        }

        void Begin(int copy)
        {
            copies[copy].Reset(_random, _frame);
            _episodes++;
        }

        void CompareShown(double seed, double frame, int copy, string where)
        {
            _levels += Compare("level_seed", copies[copy].LevelSeed, seed, copy, where);
            _frames += Compare("frame_crc32", Crc32.HashToUInt32(_frame), frame, copy, where);
        }

        int Compare(string what, double actual, double expected, int copy, string where)
        {
            if (actual == expected)
            {
                return 0;
            }

            _difference ??= string.Create(
                CultureInfo.InvariantCulture, $"{what} of copy {copy} {where} is {actual:R}, recorded: {expected:R}");
            return 1;
        }
    }
}
