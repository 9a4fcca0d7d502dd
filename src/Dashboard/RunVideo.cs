using Microsoft.AspNetCore.Http;

namespace RL.Dashboard;

/// <summary>A video or an animated picture that lies in a run's folder, as `./rl evaluate --video` makes them.</summary>
/// <param name="Number">Of its run; stable as long as the program runs.</param>
/// <param name="Name">Path within the run's folder.</param>
sealed record RunVideo(int Number, string Name)
{
    /// <summary>The media type of a file by the end of its name; null: it is no video.</summary>
    public static string? TypeOf(ReadOnlySpan<char> name) =>
        name.EndsWith(".mp4", StringComparison.OrdinalIgnoreCase) ? "video/mp4"
        : name.EndsWith(".webm", StringComparison.OrdinalIgnoreCase) ? "video/webm"
        : name.EndsWith(".gif", StringComparison.OrdinalIgnoreCase) ? "image/gif"
        : null;

    /// <summary>Sends the part of a file that a browser asks for; null if it is gone or is no regular file any more.</summary>
    public static IResult? Send(string file)
    {
        if (RegularFile.IsLink(file) || RegularFile.Problem(file) is not null)
        {
            return null;
        }

        try
        {
            var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return Results.Stream(stream, TypeOf(file), enableRangeProcessing: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
