using PuppeteerSharp;
using PuppeteerSharp.Media;

namespace RL.Dashboard.Tests;

/// <summary>Debian's Chromium without a window, one for all tests of the page.</summary>
public sealed class Browser : IAsyncLifetime
{
    IBrowser? _browser;

    /// <summary>Where it is; null: not installed.</summary>
    static string? Program { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);

    public async ValueTask InitializeAsync()
    {
        if (Program is not null)
        {
            _browser = await Puppeteer.LaunchAsync(new LaunchOptions
            {
                ExecutablePath = Program,
                // Its sandbox does not run as root; the shared memory of containers is small.
                Args = [.. Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(), "--disable-dev-shm-usage", "--disable-gpu"],
            });
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }
    }

    /// <summary>Opens the page in a tab of its own, without what other tabs have stored; skips the test where there is no Chromium.</summary>
    internal async Task<Tab> Open(Served served, string view = "", int width = 1280, int height = 900, bool isDark = false)
    {
        Assert.SkipWhen(_browser is null, "Chromium is not installed (apt-get install chromium): it is needed for the tests of the page only.");
        var context = await _browser.CreateBrowserContextAsync();
        var page = await context.NewPageAsync();
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = height });
        await page.EmulateMediaFeaturesAsync([new() { MediaFeature = MediaFeature.PrefersColorScheme, Value = isDark ? "dark" : "light" }]);
        var tab = new Tab(context, page);
        await page.GoToAsync(new Uri(served.Address, "/" + view).AbsoluteUri);
        return tab;
    }
}
