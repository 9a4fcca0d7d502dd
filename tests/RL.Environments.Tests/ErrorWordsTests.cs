using System.Reflection;
using System.Text.Json;

namespace RL.Environments.Tests;

public class ErrorWordsTests
{
    static readonly JsonSerializerOptions _strict = new() { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false };

    [Theory]
    [InlineData("{\"Count\": \"x\"}", "$.Count", "Count is not of the kind that stands there (line 1, byte")]
    [InlineData("[]", "", "the document is not of the kind that stands there")]
    [InlineData("{\"Size\": 1}", "", "there is no entry 'Size'")]
    [InlineData("{\"Count\": 1, \"Count\": 2}", "", "has an entry twice")]
    [InlineData("", "", "it is empty.")]
    [InlineData("{\n\"Count\": nan}", "", "(line 2, byte")]
    public void Of_Json_NamesThePlaceAndNoTypes(string json, string place, string expected)
    {
        var words = ErrorWords.Of(Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Thing>(json, _strict)))!;

        Assert.Contains(expected, words, StringComparison.Ordinal);
        Assert.Contains(place.TrimStart('$', '.'), words, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", words, StringComparison.Ordinal);
        Assert.DoesNotContain("RL.", words, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_RuntimesOwn_SaysNothingOrTheCause()
    {
        Assert.Null(ErrorWords.Of(new InvalidCastException()));
        Assert.Null(ErrorWords.Of(new TargetInvocationException(new KeyNotFoundException())));
        Assert.Equal("No licence.", ErrorWords.Of(new TargetInvocationException(new InvalidOperationException("No licence."))));
        Assert.Equal("bad", ErrorWords.Of(new ArgumentException("bad", nameof(Thing.Count))));
        Assert.Equal("There is not enough memory.", ErrorWords.Of(new InsufficientMemoryException()));
        Assert.Equal(
            "There is not enough memory for 274.9 GB more.",
            ErrorWords.Of(new InvalidOperationException("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 274877906944 bytes. Error")));
    }

    sealed record Thing
    {
        public int Count { get; init; }
    }
}
