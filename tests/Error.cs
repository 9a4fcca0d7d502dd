namespace RL;

static class Error
{
    /// <summary>Asserts that an argument is refused with a message that holds all the words.</summary>
    public static void Says(Func<object> act, params string[] words)
    {
        var message = Assert.ThrowsAny<ArgumentException>(act).Message;
        Assert.All(words, word => Assert.Contains(word, message, StringComparison.Ordinal));
    }
}
