using System.Text.Json;
using PuppeteerSharp;

namespace RL.Dashboard.Tests;

/// <summary>The page as someone has it before them. Whatever the browser complains of, scripts or the page's policy, fails the test at its end.</summary>
sealed class Tab : IAsyncDisposable
{
    static readonly WaitForFunctionOptions _patience = new() { Timeout = 90_000, PollingInterval = 50 };

    readonly IBrowserContext _context;

    public Tab(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) =>
        {
            if (message.Message.Type is ConsoleType.Error or ConsoleType.Warning)
            {
                Complaints.Add(message.Message.Text);
            }
        };
        page.PageError += (_, error) => Complaints.Add(error.Message);
        page.Dialog += (_, dialog) =>
        {
            Questions.Add(dialog.Dialog.Message);
            _ = dialog.Dialog.Accept();
        };
    }

    public IPage Page { get; }

    public List<string> Complaints { get; } = [];

    /// <summary>What the page has asked; the answer was yes.</summary>
    public List<string> Questions { get; } = [];

    /// <summary>Waits until an expression of JavaScript is true.</summary>
    public async Task Until(string expression)
    {
        try
        {
            await Page.WaitForExpressionAsync(expression, _patience);
        }
        catch (WaitTaskTimeoutException)
        {
            Assert.Fail($"never true: {expression}\n{await Page.EvaluateExpressionAsync<string>("document.body.innerText")}");
        }
    }

    public Task<T> Get<T>(string expression) => Page.EvaluateExpressionAsync<T>(expression);

    /// <summary>An object or a list.</summary>
    public async Task<JsonElement> Json(string expression) =>
        JsonDocument.Parse(await Page.EvaluateExpressionAsync<string>($"JSON.stringify({expression})")).RootElement;

    public Task Press(string key) => Page.Keyboard.PressAsync(key);

    /// <summary>The accessible name of what has the focus, as far as this page makes them.</summary>
    public Task<string> Focused() => Get<string>(
        "(e => e === document.body ? 'BODY' : e.ariaLabel ?? e.labels?.[0]?.innerText.trim() ?? (e.innerText || e.id || e.tagName).trim())(document.activeElement)");

    /// <summary>Keeps what is seen as a picture, if the variable RL_PAGE_PICTURES names a folder for such.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="isWhole">The whole page, not only what fits.</param>
    public async Task Picture(string name, bool isWhole = false)
    {
        if (Environment.GetEnvironmentVariable("RL_PAGE_PICTURES") is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(Path.Combine(folder, $"{name}.png"), new() { FullPage = isWhole });
        }
    }

    public async ValueTask DisposeAsync()
    {
        // What is broken off by the end is no fault.
        string[] complaints = [.. Complaints];
        await _context.CloseAsync();
        Assert.Empty(complaints);
    }
}
