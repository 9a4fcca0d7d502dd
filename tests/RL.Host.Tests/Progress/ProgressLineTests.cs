namespace RL.Host.Tests;

public sealed class ProgressLineTests : IDisposable
{
    readonly ManualClock _clock = new();
    readonly StringWriter _error = new();

    public void Dispose() => _error.Dispose();

    ProgressLine Line(int? width) => new(new StatusLine(_error, width is { } columns ? () => columns : null), _clock);

    [Fact]
    public void Text_WithEvaluations_SaysEverything()
    {
        var line = Line(null);
        line.Begin(0, 1_000_000, null, null);
        _clock.Advance(TimeSpan.FromSeconds(10));
        line.Evaluated(new EvaluationRow(10_000, 3456.78, 1), new EvaluationRow(5_000, 4000, 1));

        Assert.Equal(
            "10,000/1,000,000 1.0%  1,000 steps/s  evaluation 3,456.8 (best 4,000.0 at 5,000)  ETA 0:16:30", line.Text());
    }

    [Fact]
    public void Text_AfterResuming_CountsTheRateFromThere()
    {
        var line = Line(null);
        line.Begin(900, 1000, null, null);
        _clock.Advance(TimeSpan.FromSeconds(2));
        line.Report(950);

        Assert.Equal("950/1,000 95.0%  25 steps/s  ETA 0:00:02", line.Text());
    }

    [Fact]
    public void Report_InAPipe_WritesAPlainLineEveryTenSeconds()
    {
        var line = Line(null);
        line.Begin(0, 1000, null, null);
        for (var step = 1; step <= 250; step++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.1));
            line.Report(step);
        }

        var lines = _error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("100/1,000 10.0%  10 steps/s", lines[0]);
        Assert.DoesNotContain('\r', _error.ToString());
    }

    [Fact]
    public void Report_InATerminal_RedrawsOneLineTenTimesASecondWithinItsWidth()
    {
        var line = Line(20);
        line.Begin(0, 1000, null, null);
        for (var step = 1; step <= 100; step++)
        {
            _clock.Advance(TimeSpan.FromSeconds(0.01));
            line.Report(step);
        }

        var drawn = _error.ToString().Split("\r\u001b[K", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(10, drawn.Length);
        Assert.All(drawn, text => Assert.InRange(text.Length, 1, 19));
        Assert.DoesNotContain('\n', _error.ToString());
    }

    [Fact]
    public void WriteLine_WhileALineIsDrawn_GoesAboveIt()
    {
        var status = new StatusLine(_error, () => 80);
        status.Draw("50%");
        status.WriteLine("note");
        status.Draw("51%");
        status.End();

        Assert.Equal($"\r\u001b[K50%\r\u001b[Knote\n\r\u001b[K51%\n", _error.ToString());
    }

    [Fact]
    public void Report_WhenQuiet_WritesNothing()
    {
        var line = new ProgressLine(null, _clock);
        line.Begin(0, 10, null, null);
        _clock.Advance(TimeSpan.FromMinutes(1));
        line.Report(5);
        line.Evaluated(new EvaluationRow(5, 1, 0), new EvaluationRow(5, 1, 0));

        Assert.Empty(_error.ToString());
    }
}
