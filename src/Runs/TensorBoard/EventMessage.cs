using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;

namespace RL.Runs;

/// <summary>
/// Encodes the few messages of TensorFlow's event.proto and summary.proto that TensorBoard needs here:
/// <code>
/// Event       { 1 double wall_time; 2 int64 step; oneof { 3 string file_version; 5 Summary summary; 7 SessionLog session_log; } }
/// Summary     { 1 repeated Value value; }    Value { 1 string tag; oneof { 2 float simple_value; 8 TensorProto tensor; } 9 SummaryMetadata metadata; }
/// SummaryMetadata { 1 PluginData plugin_data; 4 DataClass data_class; }    PluginData { 1 string plugin_name; 2 bytes content; }
/// TensorProto { 1 DataType dtype; 2 TensorShapeProto tensor_shape; 4 bytes tensor_content; 5 repeated float float_val; 8 repeated bytes string_val; }
/// SessionLog  { 1 SessionStatus status; }
/// HParamsPluginData { 3 SessionStartInfo session_start_info; 4 SessionEndInfo session_end_info; }
/// SessionStartInfo  { 1 map&lt;string, google.protobuf.Value&gt; hparams; 5 double start_time_secs; }
/// SessionEndInfo    { 1 Status status; 2 double end_time_secs; }
/// Layout { 2 repeated Category category; }    Category { 1 string title; 2 repeated Chart chart; }
/// Chart  { 1 string title; 2 MultilineChartContent multiline; }    MultilineChartContent { 1 repeated string tag; }
/// </code>
/// Written field by field: a few shapes of message are not worth a code generator in the build. <see cref="EventParser"/> reads them.
/// </summary>
static class EventMessage
{
    enum DataType
    {
        Float = 1,
        Double = 2,
        String = 7,
    }

    enum DataClass
    {
        Unknown = 0,
        Tensor = 2,
        Blobs = 3,
    }

    /// <summary>Scalars are stored as float32, TensorBoard's own precision.</summary>
    public static byte[] Scalar(double wallTime, long step, string tag, double value) => Summary(wallTime, step, tag, output =>
    {
        output.WriteTag(2, WireFormat.WireType.Fixed32);
        output.WriteFloat((float)value);
    });

    /// <summary>Markdown for the text dashboard.</summary>
    public static byte[] Text(double wallTime, long step, string tag, string markdown) => Summary(wallTime, step, tag, output =>
    {
        WriteTensor(output, DataType.String, [1], tensor => WriteString(tensor, 8, markdown));
        WriteMetadata(output, "text");
    });

    /// <summary>A distribution in buckets, rows (left, right, count). [buckets × 3]</summary>
    public static byte[] Histogram(double wallTime, long step, string tag, double[] buckets) => Summary(wallTime, step, tag, output =>
    {
        WriteTensor(output, DataType.Double, [buckets.Length / 3, 3], tensor =>
        {
            tensor.WriteTag(4, WireFormat.WireType.LengthDelimited);
            tensor.WriteBytes(ByteString.CopyFrom(MemoryMarshal.AsBytes<double>(buckets)));
        });
        WriteMetadata(output, "histograms", DataClass.Tensor);
    });

    /// <summary>A picture, encoded as PNG.</summary>
    public static byte[] Image(double wallTime, long step, string tag, int width, int height, byte[] png) => Summary(wallTime, step, tag, output =>
    {
        WriteTensor(output, DataType.String, [3], tensor =>
        {
            WriteString(tensor, 8, width.ToString(CultureInfo.InvariantCulture));
            WriteString(tensor, 8, height.ToString(CultureInfo.InvariantCulture));
            tensor.WriteTag(8, WireFormat.WireType.LengthDelimited);
            tensor.WriteBytes(ByteString.CopyFrom(png));
        });
        WriteMetadata(output, "images", DataClass.Blobs);
    });

    /// <summary>The options of a run for the HPARAMS dashboard, each a number, a truth value or text.</summary>
    public static byte[] HyperParameters(double wallTime, IReadOnlyDictionary<string, object> values) =>
        HyperParameters(wallTime, 0, "_hparams_/session_start_info", 3, session =>
        {
            foreach (var (name, value) in values)
            {
                WriteMessage(session, 1, entry =>
                {
                    WriteString(entry, 1, name);
                    WriteMessage(entry, 2, content => WriteValue(content, value));
                });
            }

            session.WriteTag(5, WireFormat.WireType.Fixed64);
            session.WriteDouble(wallTime);
        });

    /// <summary>How a run ended, for the HPARAMS dashboard.</summary>
    public static byte[] HyperParametersEnd(double wallTime, long step, bool isSuccess) =>
        HyperParameters(wallTime, step, "_hparams_/session_end_info", 4, session =>
        {
            session.WriteTag(1, WireFormat.WireType.Varint);
            session.WriteEnum(isSuccess ? 1 : 2);
            session.WriteTag(2, WireFormat.WireType.Fixed64);
            session.WriteDouble(wallTime);
        });

    /// <summary>Which curves the custom-scalars dashboard draws together: charts, each with regular expressions of its tags.</summary>
    public static byte[] Layout(double wallTime, string title, IReadOnlyList<(string Title, string[] Tags)> charts) =>
        Summary(wallTime, 0, "custom_scalars__config__", output =>
        {
            var layout = Encode(content => WriteMessage(content, 2, category =>
            {
                WriteString(category, 1, title);
                foreach (var (name, tags) in charts)
                {
                    WriteMessage(category, 2, chart =>
                    {
                        WriteString(chart, 1, name);
                        WriteMessage(chart, 2, lines => Array.ForEach(tags, tag => WriteString(lines, 1, tag)));
                    });
                }
            }));
            WriteTensor(output, DataType.String, [], tensor =>
            {
                tensor.WriteTag(8, WireFormat.WireType.LengthDelimited);
                tensor.WriteBytes(ByteString.CopyFrom(layout));
            });
            WriteMetadata(output, "custom_scalars", DataClass.Tensor);
        });

    /// <summary>The first record of every file.</summary>
    public static byte[] FileVersion(double wallTime) => Event(wallTime, 0, output => WriteString(output, 3, "brain.Event:2"));

    /// <summary>
    /// A run starts again at <paramref name="step"/>: readers drop what they hold of that step and later ones.
    /// </summary>
    public static byte[] SessionStart(double wallTime, long step) => Event(wallTime, step, output => WriteMessage(output, 7, session =>
    {
        session.WriteTag(1, WireFormat.WireType.Varint);
        session.WriteEnum(1); // START
    }));

    /// <remarks>The content is the metadata's; the tensor is there because newer readers want one.</remarks>
    static byte[] HyperParameters(double wallTime, long step, string tag, int field, Action<CodedOutputStream> session) =>
        Summary(wallTime, step, tag, output =>
        {
            WriteTensor(output, DataType.Float, [1], tensor =>
            {
                tensor.WriteTag(5, WireFormat.WireType.Fixed32);
                tensor.WriteFloat(0);
            });
            WriteMetadata(output, "hparams", DataClass.Tensor, Encode(content => WriteMessage(content, field, session)));
        });

    static void WriteValue(CodedOutputStream output, object value)
    {
        switch (value)
        {
            case bool truth:
                output.WriteTag(4, WireFormat.WireType.Varint);
                output.WriteBool(truth);
                break;
            case double number:
                output.WriteTag(2, WireFormat.WireType.Fixed64);
                output.WriteDouble(number);
                break;
            default:
                WriteString(output, 3, (string)value);
                break;
        }
    }

    static void WriteTensor(CodedOutputStream output, DataType type, int[] sizes, Action<CodedOutputStream> values) =>
        WriteMessage(output, 8, tensor =>
        {
            tensor.WriteTag(1, WireFormat.WireType.Varint);
            tensor.WriteEnum((int)type);
            WriteMessage(tensor, 2, shape =>
            {
                foreach (var size in sizes)
                {
                    WriteMessage(shape, 2, dimension =>
                    {
                        dimension.WriteTag(1, WireFormat.WireType.Varint);
                        dimension.WriteInt64(size);
                    });
                }
            });
            values(tensor);
        });

    static void WriteMetadata(CodedOutputStream output, string plugin, DataClass kind = DataClass.Unknown, byte[]? content = null) =>
        WriteMessage(output, 9, metadata =>
        {
            WriteMessage(metadata, 1, data =>
            {
                WriteString(data, 1, plugin);
                if (content is not null)
                {
                    data.WriteTag(2, WireFormat.WireType.LengthDelimited);
                    data.WriteBytes(ByteString.CopyFrom(content));
                }
            });
            if (kind != DataClass.Unknown)
            {
                metadata.WriteTag(4, WireFormat.WireType.Varint);
                metadata.WriteEnum((int)kind);
            }
        });

    static byte[] Summary(double wallTime, long step, string tag, Action<CodedOutputStream> content) =>
        Event(wallTime, step, output => WriteMessage(output, 5, summary => WriteMessage(summary, 1, value =>
        {
            WriteString(value, 1, tag);
            content(value);
        })));

    static byte[] Event(double wallTime, long step, Action<CodedOutputStream> content) => Encode(output =>
    {
        output.WriteTag(1, WireFormat.WireType.Fixed64);
        output.WriteDouble(wallTime);
        output.WriteTag(2, WireFormat.WireType.Varint);
        output.WriteInt64(step);
        content(output);
    });

    static void WriteString(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteString(text);
    }

    static void WriteMessage(CodedOutputStream output, int field, Action<CodedOutputStream> content)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Encode(content)));
    }

    static byte[] Encode(Action<CodedOutputStream> content)
    {
        using var memory = new MemoryStream();
        using (var output = new CodedOutputStream(memory))
        {
            content(output);
        }

        return memory.ToArray();
    }
}
