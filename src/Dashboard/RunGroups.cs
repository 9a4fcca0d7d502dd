using System.Text.RegularExpressions;

namespace RL.Dashboard;

/// <summary>Which runs are the same but for their seeds, by their names.</summary>
static partial class RunGroups
{
    /// <summary>The name without its seed and time: HalfCheetah-v5__td3__s0__20250131-235959 → HalfCheetah-v5__td3, cheetah-s3 → cheetah.</summary>
    public static string Of(string name)
    {
        var group = CleanRl().Replace(Time().Replace(name, ""), "");
        group = Seed().Replace(group, "");
        return group.Length == 0 ? name : group;
    }

    /// <summary>Whether a folder is the one that add_hparams of PyTorch's SummaryWriter makes in a run's: its name is a time, 1700000000.1234567.</summary>
    public static bool IsHyperParametersOf(string name, string run) =>
        (run == "." ? name : name.StartsWith(run + "/", StringComparison.Ordinal) ? name[(run.Length + 1)..] : "") is { Length: > 0 } rest && Seconds().IsMatch(rest);

    [GeneratedRegex("^[0-9]{10}([.][0-9]+)?$")]
    private static partial Regex Seconds();

    /// <summary>Env__experiment__seed__time.</summary>
    [GeneratedRegex("__[0-9]+__[0-9]{10}$")]
    private static partial Regex CleanRl();

    [GeneratedRegex("__[0-9]{8}-[0-9]{6}(-[0-9]+)?(?=$|/|-s[0-9]+$)")]
    private static partial Regex Time();

    [GeneratedRegex("(__|[-_ ])(s|seed)[-_=]?[0-9]+(?=$|/|__|[-_ ])", RegexOptions.IgnoreCase)]
    private static partial Regex Seed();
}
