using System.Globalization;

namespace RL.Host;

/// <summary>Shows how much of a study is done: in a terminal a line at the bottom, below what is known; elsewhere plain lines.</summary>
/// <param name="status">Where.</param>
/// <param name="all">How many parts the study has.</param>
/// <param name="what">What they are called, several of them.</param>
sealed class StudyProgress(StatusLine status, int all, string what)
{
    int _done;

    /// <summary>Says in a terminal that the first part is at work.</summary>
    public void Begin()
    {
        if (status.IsTerminal)
        {
            status.Draw(Text);
        }
    }

    /// <summary>A part is done.</summary>
    /// <param name="result">What came of it, a line that stays; null: how many are done is all there is to say.</param>
    public void Done(string? result = null)
    {
        _done++;
        if (result is not null || !status.IsTerminal)
        {
            status.WriteLine(result ?? Text);
        }

        if (_done < all)
        {
            Begin();
        }
    }

    string Text => string.Create(CultureInfo.InvariantCulture, $"{_done:N0}/{all:N0} {what}");
}
