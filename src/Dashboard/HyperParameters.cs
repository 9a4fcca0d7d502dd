using System.Globalization;
using System.Text;

namespace RL.Dashboard;

/// <summary>Options in the HPARAMS plugin's content, as this project, PyTorch and TensorFlow write them.</summary>
static class HyperParameters
{
    /// <summary>Tells every option of a HParamsPluginData { 3 SessionStartInfo { 1 map&lt;string, Value&gt; hparams; } }.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static void Read(ReadOnlySpan<byte> content, Action<string, string> take)
    {
        var reader = new ProtoReader(content);
        while (reader.Next(3))
        {
            var session = new ProtoReader(reader.Bytes());
            while (session.Next(1))
            {
                ReadEntry(session.Bytes(), take);
            }
        }
    }

    /// <summary>Tells every option of a table as CleanRL writes it: |param|value|, a line of dashes, and a line |name|value| for each.</summary>
    public static void ReadTable(string text, Action<string, string> take)
    {
        foreach (var line in text.Split('\n').Skip(2))
        {
            var cells = line.Trim().Split('|');
            if (cells is ["", var name, _, ..] && cells[^1].Length == 0 && cells.Length > 3 && name.Length > 0)
            {
                // A value may have bars in it.
                take(name, string.Join('|', cells[2..^1]));
            }
        }
    }

    static void ReadEntry(ReadOnlySpan<byte> entry, Action<string, string> take)
    {
        var (name, text) = ("", "null");
        var reader = new ProtoReader(entry);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    name = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                case 2:
                    text = Text(reader.Bytes());
                    break;
            }
        }

        take(name, text);
    }

    static string Text(ReadOnlySpan<byte> value)
    {
        var reader = new ProtoReader(value);
        var text = "null";
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 2:
                    text = reader.Double().ToString(CultureInfo.InvariantCulture);
                    break;
                case 3:
                    text = Encoding.UTF8.GetString(reader.Bytes());
                    break;
                case 4:
                    text = reader.Varint() == 0 ? "false" : "true";
                    break;
            }
        }

        return text;
    }
}
