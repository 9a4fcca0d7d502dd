using System.Globalization;

namespace RL.Runs;

/// <summary>Seeds as they are written on the command line: "0-4", "0,3,7" or "0-2,10".</summary>
static class SeedList
{
    /// <summary>As many runs as one command starts.</summary>
    const int Most = 1000;

    /// <summary>The seeds, in the order of the text.</summary>
    /// <exception cref="UserException">It is no such list, or a seed is there twice.</exception>
    public static IReadOnlyList<long> Parse(string option, string text)
    {
        var seeds = new List<long>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var ends = part.Split('-', StringSplitOptions.TrimEntries).Select(Seed).ToArray();
            if (ends is not ([{ }] or [{ }, { }]) || ends[^1] < ends[0])
            {
                throw Wrong(option, text, "");
            }

            if (ends[^1] - ends[0] >= Most - seeds.Count)
            {
                throw Wrong(option, text, $", at most {Most} of them");
            }

            for (var seed = ends[0]!.Value; seed <= ends[^1]; seed++)
            {
                seeds.Add(seed);
            }
        }

        return seeds.Distinct().Count() == seeds.Count ? seeds : throw Wrong(option, text, ", each once");
    }

    static UserException Wrong(string option, string text, string further) => new(
        $"{option} is {Shown.Short(text)}; allowed: seeds from 0 on such as 0-4, 0,3,7 or 0-2,10{further}.");

    static long? Seed(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) && seed < long.MaxValue ? seed : null;
}
