namespace RL.Runs;

/// <summary>A tensor in a file that is read when it is asked for.</summary>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Reads its numbers, row after row.</param>
sealed record ImportedTensor(IReadOnlyList<long> Shape, Func<double[]> Values)
{
    /// <summary>How many numbers it has.</summary>
    public long Count { get; } = CountOf(Shape);

    /// <summary>How many numbers a tensor of some sizes has; −1 if a size is negative or there are more than can be addressed.</summary>
    public static long CountOf(IEnumerable<long> shape)
    {
        var count = 1L;
        foreach (var size in shape)
        {
            if (size < 0 || (size > 0 && count > int.MaxValue / size))
            {
                return -1;
            }

            count *= size;
        }

        return count;
    }
}
