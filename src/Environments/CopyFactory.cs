using System.Globalization;

namespace RL.Environments;

/// <summary>Makes the copies of a task, as long as they fit into memory: what the system cannot hold ends in a killed process.</summary>
static class CopyFactory
{
    const double GigaByte = 1e9;

    /// <summary>Copies are counted in groups of this many: the memory of a few is lost among everything else.</summary>
    const int Group = 64;

    /// <summary>The copies 0 … <paramref name="count"/> − 1.</summary>
    /// <exception cref="ArgumentException">
    /// By what the first groups took, all of them would not fit into this machine's memory; those that were made are disposed of.
    /// </exception>
    public static SingleEnvironment<TObservation, TAction>[] Make<TObservation, TAction>(
        int count, Func<int, SingleEnvironment<TObservation, TAction>> create)
        where TObservation : unmanaged
        where TAction : unmanaged =>
        Make(count, create, () => Environment.WorkingSet, Environment.WorkingSet + MachineMemory.Available);

    /// <param name="count">How many.</param>
    /// <param name="create">Makes copy i.</param>
    /// <param name="used">Bytes that the process has in use now.</param>
    /// <param name="memory">Bytes that it may use.</param>
    internal static T[] Make<T>(int count, Func<int, T> create, Func<long> used, long memory)
        where T : IDisposable
    {
        var copies = new T[count];
        var made = 0;
        try
        {
            var before = used();
            for (; made < count; made++)
            {
                if (made > 0 && made % Group == 0)
                {
                    Check(count, made, before, used() - before, memory);
                }

                copies[made] = create(made);
            }

            return copies;
        }
        catch
        {
            foreach (var copy in copies.AsSpan(0, made))
            {
                copy.Dispose();
            }

            throw;
        }
    }

    static void Check(int count, int made, long before, long taken, long memory)
    {
        var each = Math.Max(0, (double)taken / made);
        if (before + (each * count) > memory)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture,
                $"{count} copies take about {each * count / GigaByte:F1} GB, and this process can have {memory / GigaByte:F1} GB; "
                + $"allowed: training.copies up to about {(int)((memory - before) / each)}."));
        }
    }
}
