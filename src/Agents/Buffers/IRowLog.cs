namespace RL.Agents;

/// <summary>
/// Of a writer of state: keeps rows that never change once they are there, so that the next state only adds the new ones. Rows are counted
/// from the beginning of the training; those before the first that is kept may be forgotten.
/// </summary>
public interface IRowLogWriter
{
    /// <summary>Keeps rows <paramref name="first"/> to <paramref name="end"/> (exclusive), of which it may have some already.</summary>
    /// <param name="first">First row that is still needed.</param>
    /// <param name="end">One behind the last row.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="rowsPerFile">Rows that are kept together, and forgotten together.</param>
    /// <param name="copy">(row, its bytes) → writes them.</param>
    void WriteRows(long first, long end, int rowBytes, int rowsPerFile, Action<long, Span<byte>> copy);
}

/// <summary>Of a reader of state: gives back what <see cref="IRowLogWriter"/> kept.</summary>
public interface IRowLogReader
{
    /// <summary>Hands out rows <paramref name="first"/> to <paramref name="end"/> (exclusive), in order.</summary>
    /// <param name="first">First row.</param>
    /// <param name="end">One behind the last row.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="take">(row, its bytes).</param>
    /// <exception cref="InvalidDataException">They are not there.</exception>
    void ReadRows(long first, long end, int rowBytes, Action<long, ReadOnlySpan<byte>> take);
}
