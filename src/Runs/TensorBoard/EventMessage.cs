using Google.Protobuf;

namespace RL.Runs;

/// <summary>
/// Encodes the few messages of TensorFlow's event.proto and summary.proto that TensorBoard needs here:
/// <code>
/// Event       { 1 double wall_time; 2 int64 step; oneof { 3 string file_version; 5 Summary summary; 7 SessionLog session_log; } }
/// Summary     { 1 repeated Value value; }    Value { 1 string tag; oneof { 2 float simple_value; 8 TensorProto tensor; } 9 SummaryMetadata metadata; }
/// SummaryMetadata { 1 PluginData plugin_data; }    PluginData { 1 string plugin_name; }
/// TensorProto { 1 DataType dtype; 2 TensorShapeProto tensor_shape; 8 repeated bytes string_val; }
/// SessionLog  { 1 SessionStatus status; }
/// </code>
/// Written field by field: three shapes of message are not worth a code generator in the build.
/// </summary>
static class EventMessage
{
    /// <summary>Scalars are stored as float32, TensorBoard's own precision.</summary>
    public static byte[] Scalar(double wallTime, long step, string tag, double value) => Summary(wallTime, step, tag, output =>
    {
        output.WriteTag(2, WireFormat.WireType.Fixed32);
        output.WriteFloat((float)value);
    });

    /// <summary>Markdown for the text dashboard.</summary>
    public static byte[] Text(double wallTime, long step, string tag, string markdown) => Summary(wallTime, step, tag, output =>
    {
        WriteMessage(output, 8, tensor =>
        {
            tensor.WriteTag(1, WireFormat.WireType.Varint);
            tensor.WriteEnum(7); // DT_STRING
            WriteMessage(tensor, 2, shape => WriteMessage(shape, 2, dimension =>
            {
                dimension.WriteTag(1, WireFormat.WireType.Varint);
                dimension.WriteInt64(1);
            }));
            WriteString(tensor, 8, markdown);
        });
        WriteMessage(output, 9, metadata => WriteMessage(metadata, 1, plugin => WriteString(plugin, 1, "text")));
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

    /// <summary>The fields of a message in order, repeated ones too: each a ulong, uint or byte[] (text, bytes, a message).</summary>
    /// <exception cref="InvalidProtocolBufferException">It is no message.</exception>
    public static List<(int Number, object Value)> Fields(byte[] message)
    {
        var input = new CodedInputStream(message);
        var fields = new List<(int Number, object Value)>();
        while (input.ReadTag() is > 0 and var tag)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => input.ReadFixed32(),
                _ => input.ReadBytes().ToByteArray(),
            }));
        }

        return fields;
    }
}
