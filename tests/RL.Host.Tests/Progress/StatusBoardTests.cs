using Microsoft.Extensions.Logging;

namespace RL.Host.Tests;

public sealed class StatusBoardTests : IDisposable
{
    readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    [Fact]
    public void Draw_InATerminal_RedrawsAllLinesInPlace()
    {
        var board = new StatusBoard(_error, () => 12);
        var (first, second) = (board.Add("a"), board.Add("b"));
        first.Draw("1");
        second.Draw("2 that is long");
        Assert.Equal("a: 1\n\u001b[1A\r\u001b[Ja: 1\nb: 2 that i\n", _error.ToString());

        _error.GetStringBuilder().Clear();
        board.Remove(first, "a: done");
        Assert.Equal("\u001b[2A\r\u001b[Ja: done\nb: 2 that i\n", _error.ToString());

        _error.GetStringBuilder().Clear();
        board.WriteLine("note");
        board.Remove(second, null);
        board.WriteLine("end");
        Assert.Equal("\u001b[1A\r\u001b[Jnote\nb: 2 that i\n\u001b[1A\r\u001b[Jend\n", _error.ToString());
    }

    [Fact]
    public void WriteLine_InAPipe_IsAPlainLineWithItsName()
    {
        var board = new StatusBoard(_error, null);
        var line = board.Add("a");
        line.WriteLine("1");
        board.Remove(line, "a: done");
        board.Remove(null, null);
        Assert.False(line.IsTerminal);
        Assert.Equal("a: 1\na: done\n", _error.ToString());
    }

    [Fact]
    public void Log_BelowTheLevel_IsNotTold()
    {
        var board = new StatusBoard(_error, () => 80, LogLevel.Warning);
        var line = board.Add("a");
        line.Draw("1");
        line.WriteLine("note");
        line.Log(LogLevel.Warning, "worn");
        board.Remove(line, "a: done");
        var status = new StatusLine(_error, () => 80, LogLevel.Error);
        status.Draw("50%");
        status.Log(LogLevel.Warning, "worn out");
        status.Log(LogLevel.Error, "broken");
        status.End();

        Assert.Equal("a: worn\nbroken\n", _error.ToString());
    }
}
