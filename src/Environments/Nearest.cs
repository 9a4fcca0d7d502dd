namespace RL.Environments;

/// <summary>Finds what was probably meant by a misspelt name.</summary>
static class Nearest
{
    /// <summary>As many names as are suggested.</summary>
    public const int Most = 3;

    /// <summary>"; did you mean a or b?" with the names closest to <paramref name="name"/>, or "." if none is close.</summary>
    public static string Suggestion(string name, IEnumerable<string> names)
    {
        var close = names
            .Select(candidate => (candidate, distance: Distance(name, candidate)))
            .Where(pair => pair.distance <= Math.Max(2, name.Length / 3) || IsPart(name, pair.candidate))
            .OrderBy(pair => pair.distance)
            .Take(Most)
            .Select(pair => pair.candidate)
            .ToList();
        return close.Count == 0 ? "." : $"; did you mean {string.Join(" or ", close)}?";
    }

    /// <summary>Whether a name was cut short: "Hopper" of "Hopper-v5", "coinrun" of "procgen:coinrun".</summary>
    static bool IsPart(string name, string candidate) => name.Length > 2 && candidate.Contains(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Levenshtein distance, ignoring case.</summary>
    static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 0; i < a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i + 1;
            for (var j = 0; j < b.Length; j++)
            {
                var substitute = diagonal + (char.ToUpperInvariant(a[i]) == char.ToUpperInvariant(b[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(substitute, 1 + Math.Min(row[j], row[j + 1]));
            }
        }

        return row[b.Length];
    }
}
