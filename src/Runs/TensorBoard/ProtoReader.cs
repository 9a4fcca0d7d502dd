using System.Buffers.Binary;

namespace RL.Runs;

/// <summary>How a field of a protocol-buffer message is written.</summary>
enum ProtoType
{
    Varint = 0,
    Fixed64 = 1,
    Bytes = 2,
    Fixed32 = 5,
}

/// <summary>
/// Walks over the fields of one message without copying: event files of others have hundreds of millions of them. Whatever the bytes are,
/// reading ends or throws.
/// </summary>
ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    const int LongestVarint = 10;

    ReadOnlySpan<byte> _rest = message;
    bool _isUnread;

    /// <summary>Number of the field.</summary>
    public int Field { get; private set; }

    /// <summary>How it is written.</summary>
    public ProtoType Type { get; private set; }

    /// <summary>Goes to the next field, over the value of this one if it was not read. False at the end.</summary>
    public bool Next()
    {
        if (_isUnread)
        {
            Skip();
        }

        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = ReadVarint();
        (Field, Type, _isUnread) = ((int)Math.Min(tag >> 3, int.MaxValue), (ProtoType)(tag & 7), true);
        return Field > 0 ? true : throw Wrong("a field has the number 0");
    }

    /// <summary>Goes to the next field of this number. False at the end.</summary>
    public bool Next(int field)
    {
        while (Next())
        {
            if (Field == field)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The value of a varint field.</summary>
    public ulong Varint()
    {
        Expect(ProtoType.Varint);
        return ReadVarint();
    }

    /// <summary>The numbers of a repeated varint field, packed or one by one, as far as there is room.</summary>
    public void Varints(List<double> numbers, int most)
    {
        if (Type == ProtoType.Varint)
        {
            numbers.Add((long)Varint());
            return;
        }

        var packed = new ProtoReader(Bytes());
        while (!packed._rest.IsEmpty && numbers.Count < most)
        {
            numbers.Add((long)packed.ReadVarint());
        }
    }

    /// <summary>The value of a fixed64 field that is a double.</summary>
    public double Double()
    {
        Expect(ProtoType.Fixed64);
        return BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));
    }

    /// <summary>The value of a fixed32 field that is a float.</summary>
    public float Float()
    {
        Expect(ProtoType.Fixed32);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(sizeof(float)));
    }

    /// <summary>Text, bytes, a message or packed numbers.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        Expect(ProtoType.Bytes);
        var length = ReadVarint();
        return length <= (ulong)_rest.Length ? Take((int)length) : throw Wrong($"a field of {length} bytes has {_rest.Length}");
    }

    void Skip()
    {
        switch (Type)
        {
            case ProtoType.Varint:
                ReadVarint();
                break;
            case ProtoType.Fixed64:
                Take(sizeof(ulong));
                break;
            case ProtoType.Bytes:
                Bytes();
                break;
            case ProtoType.Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw Wrong($"field {Field} has the unknown type {(int)Type}");
        }

        _isUnread = false;
    }

    ulong ReadVarint()
    {
        var value = 0UL;
        for (var i = 0; i < LongestVarint && i < _rest.Length; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return value;
            }
        }

        throw Wrong("a number has no end");
    }

    ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw Wrong($"a value of {count} bytes has {_rest.Length}");
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    void Expect(ProtoType type)
    {
        if (Type != type)
        {
            throw Wrong($"field {Field} has the type {(int)Type}, not {(int)type}");
        }

        _isUnread = false;
    }

    static InvalidDataException Wrong(string what) => new($"a record is no event ({what})");
}
