using System.Security.Cryptography;

namespace RL.Cluster;

/// <summary>A file that travels from one machine to another, in pieces.</summary>
/// <param name="Name">Below the folder that the files are in, with slashes.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Pieces">SHA-256 of each <see cref="PieceBytes"/> of it, in hexadecimal; the last may be of fewer.</param>
[GenerateSerializer]
[Alias("rl.file")]
public sealed record SentFile([property: Id(0)] string Name, [property: Id(1)] long Length, [property: Id(2)] string[] Pieces)
{
    /// <summary>Bytes of a piece.</summary>
    public const int PieceBytes = 1 << 19;

    /// <summary>What is checked on arrival.</summary>
    public static string Checksum(ReadOnlySpan<byte> piece) => Convert.ToHexString(SHA256.HashData(piece));

    /// <summary>Bytes of one of the pieces.</summary>
    public int LengthOf(int piece) => (int)Math.Min(PieceBytes, Length - ((long)piece * PieceBytes));
}

/// <summary>A piece of a file.</summary>
/// <param name="Name">The file.</param>
/// <param name="Piece">Its number.</param>
[GenerateSerializer]
[Alias("rl.piece")]
public sealed record FilePiece([property: Id(0)] string Name, [property: Id(1)] int Piece);
