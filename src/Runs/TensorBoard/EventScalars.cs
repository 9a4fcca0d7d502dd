using System.Text;

namespace RL.Runs;

/// <summary>Reads scalars back from the event files of a run.</summary>
static class EventScalars
{
    /// <summary>Part of the names of all event files, whoever wrote them.</summary>
    public const string NamePart = "tfevents";

    /// <summary>Their names.</summary>
    public const string Pattern = $"*{NamePart}*";

    /// <summary>
    /// (step, value) of a series, in order, over all sessions of a run: where one begins again at an earlier step, what came after that step
    /// is dropped, as TensorBoard does. A file that is being written is read up to its last complete record.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static List<(long Step, float Value)> Read(string folder, string tag)
    {
        var scalars = new Scalars(Encoding.UTF8.GetBytes(tag));
        Read(folder, scalars);
        return scalars.Found;
    }

    /// <summary>The tags of all scalars of a run.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static HashSet<string> Tags(string folder)
    {
        var tags = new ScalarTags();
        Read(folder, tags);
        return tags.Found;
    }

    static void Read(string folder, IEventVisitor visitor)
    {
        foreach (var file in Directory.EnumerateFiles(folder, Pattern).Order(StringComparer.Ordinal))
        {
            var tail = new EventTail(file);
            tail.Read(visitor);
            if (tail.Problem is { } problem)
            {
                throw new InvalidDataException(problem);
            }
        }
    }

    sealed class Scalars(byte[] tag) : IEventVisitor
    {
        public List<(long Step, float Value)> Found { get; } = [];

        public void SessionStart(long step) => Found.RemoveAll(scalar => scalar.Step >= step);

        public void Value(in EventValue value)
        {
            if (value.Scalar is { } scalar && value.Tag.SequenceEqual(tag))
            {
                Found.Add((value.Step, scalar));
            }
        }
    }

    sealed class ScalarTags : IEventVisitor
    {
        public HashSet<string> Found { get; } = [];

        public void SessionStart(long step)
        {
        }

        public void Value(in EventValue value)
        {
            if (value.Scalar is not null)
            {
                Found.Add(Encoding.UTF8.GetString(value.Tag));
            }
        }
    }
}
