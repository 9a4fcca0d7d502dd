using System.Buffers.Binary;

namespace RL.Runs;

/// <summary>One value of a summary: its tag, and one of the ways in which TensorBoard's writers write values.</summary>
ref struct EventValue
{
    /// <summary>Seconds since 1970.</summary>
    public double WallTime { get; init; }

    public long Step { get; init; }

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> Tag { get; set; }

    /// <summary>A scalar as TensorFlow 1, PyTorch and this project write it; null: it is something else.</summary>
    public float? Scalar { get; set; }

    /// <summary>A TensorProto; empty: it is something else.</summary>
    public ReadOnlySpan<byte> Tensor { get; set; }

    /// <summary>An Image message of TensorFlow 1 and PyTorch; empty: it is something else.</summary>
    public ReadOnlySpan<byte> Image { get; set; }

    /// <summary>A HistogramProto of TensorFlow 1 and PyTorch; empty: it is something else.</summary>
    public ReadOnlySpan<byte> Histogram { get; set; }

    /// <summary>Name of the plugin that reads the tensor (scalars, text, images, histograms, hparams), UTF-8; often said once for a tag.</summary>
    public ReadOnlySpan<byte> Plugin { get; set; }

    /// <summary>What the plugin wants to know besides.</summary>
    public ReadOnlySpan<byte> PluginContent { get; set; }
}

/// <summary>Is told what the records of an event file say, one after another.</summary>
interface IEventVisitor
{
    /// <summary>The run begins again at this step: what was told of it and of later ones does not count.</summary>
    void SessionStart(long step);

    /// <summary>A value of a summary.</summary>
    void Value(in EventValue value);
}

/// <summary>Reads the messages of <see cref="EventMessage"/>, and those of TensorFlow's and PyTorch's writers.</summary>
static class EventParser
{
    const int SessionStarts = 1, MostBuckets = 4096;

    /// <summary>TensorFlow's DataType.</summary>
    const int Float = 1, Double = 2, Int32 = 3, Int64 = 9;

    /// <summary>Tells what an Event says.</summary>
    /// <exception cref="InvalidDataException">It is no Event.</exception>
    public static void Parse(ReadOnlySpan<byte> message, IEventVisitor visitor)
    {
        var (time, step) = (0.0, 0L);
        ReadOnlySpan<byte> summary = default;
        var isSession = false;
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    time = reader.Double();
                    break;
                case 2:
                    step = (long)reader.Varint();
                    break;
                case 5:
                    summary = reader.Bytes();
                    break;
                case 7:
                    isSession = IsSessionStart(reader.Bytes());
                    break;
            }
        }

        if (isSession)
        {
            visitor.SessionStart(step);
        }

        var values = new ProtoReader(summary);
        while (values.Next(1))
        {
            visitor.Value(Value(values.Bytes(), time, step));
        }
    }

    /// <summary>Number of a tensor that has one (or the first of several); NaN if it has none that this reads.</summary>
    /// <exception cref="InvalidDataException">It is no tensor.</exception>
    public static double Number(ReadOnlySpan<byte> tensor)
    {
        var numbers = Numbers(tensor, 1);
        return numbers.Length > 0 ? numbers[0] : double.NaN;
    }

    /// <summary>The first numbers of a tensor of float32, float64, int32 or int64, <paramref name="most"/> at most.</summary>
    /// <exception cref="InvalidDataException">It is no tensor.</exception>
    public static double[] Numbers(ReadOnlySpan<byte> tensor, int most)
    {
        var (type, numbers) = (0, new List<double>());
        ReadOnlySpan<byte> content = default;
        var reader = new ProtoReader(tensor);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    type = (int)reader.Varint();
                    break;
                case 4:
                    content = reader.Bytes();
                    break;
                case 5:
                    Add(numbers, ref reader, Float, most);
                    break;
                case 6:
                    Add(numbers, ref reader, Double, most);
                    break;
                case 7 or 10:
                    reader.Varints(numbers, most);
                    break;
            }
        }

        Add(numbers, content, type, most);
        return numbers.Count > most ? [.. numbers.Take(most)] : [.. numbers];
    }

    /// <summary>The texts of a tensor of strings, <paramref name="most"/> at most.</summary>
    /// <exception cref="InvalidDataException">It is no tensor.</exception>
    public static List<byte[]> Strings(ReadOnlySpan<byte> tensor, int most)
    {
        var strings = new List<byte[]>();
        var reader = new ProtoReader(tensor);
        while (strings.Count < most && reader.Next(8))
        {
            strings.Add(reader.Bytes().ToArray());
        }

        return strings;
    }

    /// <summary>
    /// Rows (left, right, count) of a histogram: of a tensor [buckets × 3], or of a HistogramProto of old. PyTorch writes up to 1,549 buckets; more than
    /// <paramref name="most"/> are made to so many of equal width.
    /// </summary>
    /// <exception cref="InvalidDataException">It is no histogram.</exception>
    public static double[] Buckets(ReadOnlySpan<byte> tensor, ReadOnlySpan<byte> histogram, int most)
    {
        var rows = histogram.IsEmpty ? Numbers(tensor, MostBuckets * 3) : Rows(histogram);
        return HistogramBuckets.Joined(rows.AsSpan(0, rows.Length / 3 * 3), most);
    }

    static double[] Rows(ReadOnlySpan<byte> histogram)
    {

        var (low, limits, counts) = (0.0, new List<double>(), new List<double>());
        var reader = new ProtoReader(histogram);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    low = reader.Double();
                    break;
                case 6:
                    Add(limits, ref reader, Double, MostBuckets);
                    break;
                case 7:
                    Add(counts, ref reader, Double, MostBuckets);
                    break;
            }
        }

        return
        [
            .. Enumerable.Range(0, Math.Min(limits.Count, counts.Count))
                .SelectMany(i => new[] { i == 0 ? Math.Min(low, limits[0]) : limits[i - 1], limits[i], counts[i] }),
        ];
    }

    /// <summary>The value of a repeated field: one number, or several in a row.</summary>
    static void Add(List<double> numbers, ref ProtoReader reader, int type, int most)
    {
        if (reader.Type == ProtoType.Bytes)
        {
            Add(numbers, reader.Bytes(), type, most);
        }
        else
        {
            numbers.Add(type == Float ? reader.Float() : reader.Double());
        }
    }

    static void Add(List<double> numbers, ReadOnlySpan<byte> content, int type, int most)
    {
        var size = type switch { Float or Int32 => 4, Double or Int64 => 8, _ => int.MaxValue };
        for (; content.Length >= size && numbers.Count < most; content = content[size..])
        {
            numbers.Add(type switch
            {
                Float => BinaryPrimitives.ReadSingleLittleEndian(content),
                Double => BinaryPrimitives.ReadDoubleLittleEndian(content),
                Int32 => BinaryPrimitives.ReadInt32LittleEndian(content),
                _ => BinaryPrimitives.ReadInt64LittleEndian(content),
            });
        }
    }

    static bool IsSessionStart(ReadOnlySpan<byte> log)
    {
        var reader = new ProtoReader(log);
        return reader.Next(1) && reader.Varint() == SessionStarts;
    }

    static EventValue Value(ReadOnlySpan<byte> message, double time, long step)
    {
        var value = new EventValue { WallTime = time, Step = step };
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    value.Tag = reader.Bytes();
                    break;
                case 2:
                    value.Scalar = reader.Float();
                    break;
                case 4:
                    value.Image = reader.Bytes();
                    break;
                case 5:
                    value.Histogram = reader.Bytes();
                    break;
                case 8:
                    value.Tensor = reader.Bytes();
                    break;
                case 9:
                    ReadPlugin(reader.Bytes(), ref value);
                    break;
            }
        }

        return value;
    }

    static void ReadPlugin(ReadOnlySpan<byte> metadata, ref EventValue value)
    {
        var reader = new ProtoReader(metadata);
        while (reader.Next(1))
        {
            var plugin = new ProtoReader(reader.Bytes());
            while (plugin.Next())
            {
                switch (plugin.Field)
                {
                    case 1:
                        value.Plugin = plugin.Bytes();
                        break;
                    case 2:
                        value.PluginContent = plugin.Bytes();
                        break;
                }
            }
        }
    }
}
