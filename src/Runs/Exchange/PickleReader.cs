using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace RL.Runs;

/// <summary>
/// Reads Python's pickles as data. Nothing is called or created: names of an allow-list, and what was applied to them, become a
/// <see cref="PickleObject"/>; any other name, and any operation that is not needed to write data down, is refused.
/// </summary>
/// <param name="bytes">The pickle.</param>
/// <param name="allowed">Names, "module name", that may stand in it.</param>
sealed class PickleReader(byte[] bytes, IReadOnlySet<string> allowed)
{
    /// <summary>More than any file of weights and far less than what fills memory.</summary>
    const int MostValues = 5_000_000;

    readonly List<object?> _stack = [];
    readonly List<int> _marks = [];
    readonly Dictionary<int, object?> _memo = [];
    int _next, _values;

    /// <summary>The value that the pickle describes.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or has what is not allowed: names it.</exception>
    public object? Read()
    {
        while (true)
        {
            var at = _next;
            var code = Byte();
            if (code == '.')
            {
                return Pop();
            }

            if (++_values > MostValues)
            {
                throw new InvalidDataException($"the pickle has more than {MostValues} values");
            }

            Apply((char)code, code, at);
        }
    }

    void Apply(char symbol, byte code, int at)
    {
        switch (symbol)
        {
            case '\x80' when Byte() is var protocol:
                _ = protocol <= 5 ? 0 : throw new InvalidDataException($"the pickle is of protocol {protocol}; allowed: 0 to 5");
                break;
            case '\x95':
                Take(8);
                break;
            case 'N':
                Push(null);
                break;
            case '\x88' or '\x89':
                Push(symbol == '\x88');
                break;
            case 'J':
                Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4)));
                break;
            case 'K':
                Push((long)Byte());
                break;
            case 'M':
                Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
                break;
            case '\x8a':
                Push(Integer(Take(Byte())));
                break;
            case 'G':
                Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8)));
                break;
            case 'X':
                Push(Text(Take(Length(4))));
                break;
            case '\x8c':
                Push(Text(Take(Byte())));
                break;
            case '\x8d':
                Push(Text(Take(Length(8))));
                break;
            case 'C' or 'U':
                Push(Take(Byte()).ToArray());
                break;
            case 'B' or 'T':
                Push(Take(Length(4)).ToArray());
                break;
            case '\x8e' or '\x96':
                Push(Take(Length(8)).ToArray());
                break;
            case ']':
                Push(new List<object?>());
                break;
            case '}':
                Push(new PickleDictionary());
                break;
            case ')':
                Push(Array.Empty<object?>());
                break;
            case '(':
                _marks.Add(_stack.Count);
                break;
            case 't':
                Push(PopMarked());
                break;
            case '\x85' or '\x86' or '\x87':
                Push(Pop(code - 0x84));
                break;
            case 'a':
                var item = Pop();
                Top<List<object?>>(at).Add(item);
                break;
            case 'e':
                var items = PopMarked();
                Top<List<object?>>(at).AddRange(items);
                break;
            case 's':
                SetItems(Pop(2), at);
                break;
            case 'u':
                SetItems(PopMarked(), at);
                break;
            case 'q':
                _memo[Byte()] = Peek();
                break;
            case 'r':
                _memo[Length(4)] = Peek();
                break;
            case '\x94':
                _memo[_memo.Count] = Peek();
                break;
            case 'h':
                Push(Recall(Byte()));
                break;
            case 'j':
                Push(Recall(Length(4)));
                break;
            case 'c':
                Push(Global(Line(), Line()));
                break;
            case '\x93':
                var name = Pop(2);
                Push(Global(name[0] as string ?? "", name[1] as string ?? ""));
                break;
            case 'Q':
                Push(new PickleReference(Pop()));
                break;
            case 'R' or '\x81':
                var call = Pop(2);
                Push(new PickleObject(
                    call[0] as PickleName ?? throw Wrong(at, "applies what is no name"), call[1] as object?[] ?? throw Wrong(at, "applies a name to what is no tuple")));
                break;
            case 'b':
                var state = Pop();
                Top<PickleObject>(at).State = state;
                break;
            default:
                throw new InvalidDataException(string.Create(
                    CultureInfo.InvariantCulture, $"the pickle has operation 0x{code:x2} at byte {at}, which is not among those that describe data"));
        }
    }

    PickleName Global(string module, string name) => allowed.Contains($"{module} {name}")
        ? new PickleName($"{module} {name}")
        : throw new InvalidDataException($"the pickle names {Shown.Short($"{module}.{name}")}, which is not among the types of weights and statistics; nothing of it was run");

    void SetItems(object?[] items, int at)
    {
        var target = Peek() switch
        {
            PickleDictionary dictionary => dictionary,
            PickleObject { Name.Text: "collections OrderedDict" } ordered => ordered.Items,
            _ => throw Wrong(at, "sets items of what is no dictionary"),
        };
        if (items.Length % 2 != 0)
        {
            throw Wrong(at, "sets a key without a value");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            // Only texts are ever asked for.
            if (items[i] is string key)
            {
                target[key] = items[i + 1];
            }
        }
    }

    object? Recall(int index) => _memo.TryGetValue(index, out var value)
        ? value
        : throw new InvalidDataException($"the pickle recalls value {index}, which it has not kept");

    void Push(object? value) => _stack.Add(value);

    object? Peek() => _stack.Count > 0 ? _stack[^1] : throw Ended();

    T Top<T>(int at)
        where T : class => Peek() as T ?? throw Wrong(at, $"adds to what is no {typeof(T).Name}");

    object? Pop() => Pop(1)[0];

    object?[] Pop(int count)
    {
        var least = _marks.Count > 0 ? _marks[^1] : 0;
        if (_stack.Count - count < least)
        {
            throw Ended();
        }

        object?[] values = [.. _stack[^count..]];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    object?[] PopMarked()
    {
        if (_marks.Count == 0)
        {
            throw Ended();
        }

        var from = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        object?[] values = [.. _stack[from..]];
        _stack.RemoveRange(from, _stack.Count - from);
        return values;
    }

    byte Byte() => Take(1)[0];

    ReadOnlySpan<byte> Take(int count)
    {
        if (count > bytes.Length - _next)
        {
            throw new InvalidDataException($"the pickle ends at byte {bytes.Length}, within a value");
        }

        _next += count;
        return bytes.AsSpan(_next - count, count);
    }

    /// <summary>A length that the rest of the pickle can hold.</summary>
    int Length(int size)
    {
        var length = size == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(Take(4)) : BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
        return length <= int.MaxValue ? (int)length : throw new InvalidDataException($"the pickle has a value of {length} bytes and ends before");
    }

    string Line()
    {
        var end = bytes.AsSpan(_next).IndexOf((byte)'\n');
        var line = Take(end < 0 ? int.MaxValue : end);
        _next++;
        return Text(line);
    }

    static string Text(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text);

    static long Integer(ReadOnlySpan<byte> digits)
    {
        if (digits.Length > 8)
        {
            // States of generators; no size or number that is asked for.
            return long.MaxValue;
        }

        var value = digits.Length > 0 && (digits[^1] & 0x80) != 0 ? -1L : 0L;
        for (var i = digits.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | digits[i];
        }

        return value;
    }

    static InvalidDataException Ended() => new("the pickle takes a value that is not there");

    static InvalidDataException Wrong(int at, string what) => new($"the pickle {what}, at byte {at}");
}

/// <summary>A type or function that a pickle names: "module name". It is not looked up.</summary>
sealed record PickleName(string Text);

/// <summary>A name applied to arguments, as it stands in the pickle.</summary>
sealed class PickleObject(PickleName name, object?[] arguments)
{
    public PickleName Name => name;

    public object?[] Arguments => arguments;

    /// <summary>Of an ordered dictionary its items.</summary>
    public PickleDictionary Items { get; } = [];

    /// <summary>What is to be set on it; null: nothing.</summary>
    public object? State { get; set; }
}

/// <summary>What a pickle refers to outside of itself.</summary>
sealed record PickleReference(object? Id);

/// <summary>A dictionary's items with texts as keys, in their order.</summary>
sealed class PickleDictionary : Dictionary<string, object?>;
