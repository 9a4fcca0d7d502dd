namespace RL.Host;

/// <summary>Pictures of studies as event files, so that they are found beside those of runs.</summary>
static class PictureEvents
{
    /// <summary>The PNG file that a picture is also kept from.</summary>
    /// <exception cref="UserException">There would be none.</exception>
    public static void ThrowUnlessPng(string? events, string option, string? picture)
    {
        if (events is not null && (picture is null || Path.GetExtension(picture) == ".svg"))
        {
            throw new UserException($"--events needs a PNG picture; allowed: with {option} FILE or FILE.png.");
        }
    }

    /// <summary>Writes a file with one picture, and with the command that made it.</summary>
    /// <param name="events">Its folder; null: none is written.</param>
    /// <param name="tag">Of the picture.</param>
    /// <param name="picture">As it was saved: FILE, with FILE.png beside it, or FILE.png.</param>
    /// <param name="command">As typed.</param>
    /// <param name="clock">The clock.</param>
    public static void Write(string? events, string tag, string picture, string command, TimeProvider clock) =>
        Write(events, [(tag, picture)], command, clock);

    /// <summary>The same with several pictures.</summary>
    public static void Write(string? events, IReadOnlyList<(string Tag, string Picture)> pictures, string command, TimeProvider clock)
    {
        if (events is null)
        {
            return;
        }

        Directory.CreateDirectory(events);
        using var file = new EventFile(events, clock);
        foreach (var (tag, picture) in pictures)
        {
            file.Image(tag, File.ReadAllBytes(File.Exists(picture) ? picture : picture + ".png"), 0);
        }

        file.Text("command", command, 0);
    }
}
