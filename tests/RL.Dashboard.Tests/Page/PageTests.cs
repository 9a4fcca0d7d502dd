using System.Globalization;
using PuppeteerSharp;

namespace RL.Dashboard.Tests;

/// <summary>The page in a browser.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>, IDisposable
{
    const string ReturnCurve = "document.querySelector('canvas[aria-label^=\"episode/return\"]')";
    const string Rows = "[...document.querySelectorAll('#runs tbody tr')]";

    static readonly string[] _tabs = ["scalars", "images", "histograms", "options"];

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A run with a curve, a picture, a distribution and options.</summary>
    void Write(string run, double learningRate, int points = 50)
    {
        Directory.CreateDirectory(_folder.File(run));
        var png = PngFile.Encode(64, 32, [.. Enumerable.Range(0, 64 * 32 * 3).Select(i => (byte)(i / 24))]);
        List<byte[]> messages = [EventMessage.HyperParameters(1_700_000_000, new Dictionary<string, object>
        {
            ["agent.learning_rate"] = learningRate, ["agent.batch_size"] = 8.0, ["environment"] = "Pendulum-v1",
        })];
        for (var step = 1; step <= points; step++)
        {
            messages.Add(EventMessage.Scalar(1_700_000_000 + (60 * step), step * 100, "episode/return", 1 + (step * learningRate)));
            messages.Add(EventMessage.Scalar(1_700_000_000 + (60 * step), step * 100, "loss/critic", 100.0 / step));
        }

        messages.Add(EventMessage.Image(1_700_000_000, 100, "evaluation/episode", 64, 32, png));
        messages.Add(EventMessage.Image(1_700_000_100, 200, "evaluation/episode", 64, 32, png));
        messages.Add(EventMessage.Histogram(1_700_000_000, 100, "weights/actor.0", [-1, 0, 5, 0, 1, 7]));
        messages.Add(EventMessage.Text(1_700_000_000, 0, "note/text_summary", "what was tried"));
        File.WriteAllBytes(_folder.File(run, "play.gif"), Convert.FromHexString("47494638396101000100800000000000ffffff21f90401000000002c00000000010001000002024401003b"));
        File.WriteAllBytes(_folder.File(run, "events.out.tfevents.1.host"), [.. messages.SelectMany(EventBytes.Record)]);
    }

    [Fact]
    public async Task Run_AtWork_GrowsAndIsStoppedFromThePage()
    {
        string[] small =
        [
            "total_steps=1000000", "start_steps=1000000", "batch_size=8", "hidden_layers=4", "evaluation_interval=0", "evaluation_episodes=1",
            "checkpoint_interval=0",
        ];
        var checkpoints = new List<long>();
        await using var served = await Served.Start(_folder);
        await using var tab = await browser.Open(served);
        await tab.Until("document.getElementById('panel').innerText.includes('No event files yet')");
        var training = Task.Run(() => Training.Run(
            "td3", "Pendulum-v1", new() { Assignments = small, Runs = _folder.Path, Name = "live" }, new()
            {
                CheckpointWritten = checkpoints.Add,
                Progressed = _ => Thread.Sleep(2),
            }).Summary);

        await tab.Until($"{ReturnCurve}?.ariaLabel.includes('at step')");
        async Task<int> LastStep() => int.Parse(
            await tab.Get<string>($"{ReturnCurve}.ariaLabel.match(/at step ([0-9,]+)/)[1]"), NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
        var first = await LastStep();
        await tab.Until($"Number({ReturnCurve}.ariaLabel.match(/at step ([0-9,]+)/)[1].replaceAll(',', '')) > {first}");
        Assert.False(training.IsCompleted);
        Assert.Equal("running", await tab.Get<string>($"{Rows}[0].cells[2].firstChild.innerText"));

        await tab.Page.ClickAsync("button[aria-label='Write a checkpoint of live']");
        await tab.Until("document.getElementById('message').innerText === 'live was asked for a checkpoint.'");
        // The run looks for requests every second.
        for (var attempt = 0; checkpoints.Count == 0; attempt++)
        {
            Assert.True(attempt < 600);
            await Task.Delay(50);
        }

        await tab.Page.ClickAsync("button[aria-label='Stop live']");
        var result = await training.WaitAsync(TimeSpan.FromSeconds(30));
        await tab.Until($"{Rows}[0].cells[2].firstChild.innerText === 'stopped' && !{Rows}[0].querySelector('button')");
        Assert.Equal(RunResult.Stopped, result.Status);
        Assert.Equal(2, checkpoints.Count);
        Assert.Equal(["Stop live after its current step, with a checkpoint?"], tab.Questions);
    }

    [Fact]
    public async Task Runs_Two_AreComparedAndTheLinkShowsTheSame()
    {
        Write("cheetah-s0", 0.5);
        Write("cheetah-s1", 0.25);
        Write("other", 2);
        await using var served = await Served.Start(_folder);
        await using var tab = await browser.Open(served);
        await tab.Until($"{ReturnCurve}?.ariaLabel.startsWith('episode/return, 3 curves')");
        await tab.Page.TypeAsync("#query", "cheetah");
        await tab.Until($"{Rows}.length === 2 && {ReturnCurve}.ariaLabel.startsWith('episode/return, 2 curves')");

        // Smoothing draws the last values together with those before; without it they are the ones that were written.
        Assert.DoesNotContain("26 at step", await tab.Get<string>($"{ReturnCurve}.ariaLabel"));
        await tab.Page.FocusAsync("#smooth");
        await tab.Press("Home");
        await tab.Until($"{ReturnCurve}.ariaLabel.includes('cheetah-s0: 26 at step 5,000; cheetah-s1: 13.5 at step 5,000')");
        await tab.Page.SelectAsync("#x", "relative");
        await tab.Until($"{ReturnCurve}.ariaLabel.includes('cheetah-s0: 26 at 0.8167 h')");
        var linear = await tab.Get<string>($"{ReturnCurve}.toDataURL()");
        await tab.Page.ClickAsync("#log");
        await tab.Until($"{ReturnCurve}.toDataURL() !== '{linear}'");
        await tab.Page.ClickAsync("#group");
        await tab.Until($"{ReturnCurve}.ariaLabel.includes('1 curves. cheetah (2): 19.75 at 0.8167 h')");
        Assert.Equal(["cheetah (2)|19.75 ± 6.25|19.75 ± 6.25"], await tab.Get<string[]>($"{Rows}.map(row => [1, 4, 5].map(i => row.cells[i].innerText.trim()).join('|'))"));
        await tab.Page.ClickAsync("input[aria-label='Show cheetah (2)']");
        await tab.Until($"!{ReturnCurve}");
        await tab.Page.ClickAsync("input[aria-label='Show cheetah (2)']");
        await tab.Until($"{ReturnCurve}?.ariaLabel.includes('1 curves. cheetah (2): 19.75 at 0.8167 h')");

        await using var other = await browser.Open(served, new Uri(tab.Page.Url).Fragment);
        await other.Until($"{ReturnCurve}?.ariaLabel.includes('1 curves. cheetah (2): 19.75 at 0.8167 h')");
        Assert.Equal(
            ["cheetah", "0", "relative", "true", "true"],
            await other.Get<string[]>("[query.value, smooth.value, x.value, String(log.checked), String(group.checked)]"));

        await tab.Picture("compared");
        await tab.Page.ClickAsync("#tab-options");
        const string Options = "[...document.querySelectorAll('#panel tbody tr')].map(row => row.innerText.replaceAll('\t', ' ').trim())";
        await tab.Until("document.querySelector('#panel table')");
        Assert.Equal(["agent.learning_rate 0.5 0.25"], await tab.Get<string[]>(Options));
        await tab.Page.ClickAsync("#different");
        Assert.Equal(["agent.batch_size 8 8", "agent.learning_rate 0.5 0.25", "environment Pendulum-v1 Pendulum-v1"], await tab.Get<string[]>(Options));
    }

    [Fact]
    public async Task Chart_OfSmoothedValuesWithBands_ShowsAllOfThem()
    {
        await using var served = await Served.Start(_folder);
        await using var tab = await browser.Open(served);
        const string Range = "import('/chart.js').then(({ Chart }) => { const chart = new Chart('t', () => ({ x: 'step', log: false }));"
            + " chart.curves = [{ x: [0, 1], y: [1, 2], raw: [0, 3], lo: [-5, null], hi: [1, 9] }]; return chart.range(); })";
        await tab.Page.EvaluateExpressionAsync(Range + ".then(range => { window.shown = range; }), 0");
        await tab.Until("window.shown");

        Assert.True(await tab.Get<bool>("shown.x0 === 0 && shown.x1 === 1 && shown.y0 < -5 && shown.y0 > -6 && shown.y1 > 9 && shown.y1 < 10"));
    }

    [Fact]
    public async Task Chart_OfAttacksAndCertificates_CallsItsStepsEpsilon()
    {
        await using var served = await Served.Start(_folder);
        await using var tab = await browser.Open(served);
        const string Labels = "import('/chart.js').then(({ Chart }) => ['attack/return', 'certify/open', 'episode/return', 'my/attack/return']"
            + ".map(tag => new Chart(tag, () => ({ x: 'step' })).label(255)).join())";
        await tab.Page.EvaluateExpressionAsync(Labels + ".then(labels => { window.labels = labels; }), 0");
        await tab.Until("window.labels");

        Assert.Equal("ε 255,ε 255,step 255,step 255", await tab.Get<string>("labels"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_InEveryTab_IsAccessibleAndFitsAPhone(bool isDark)
    {
        Write("HalfCheetah-v5__td3__s0__20250131-235959", 0.5);
        Write("a-run-whose-name-is-rather-long-because-it-says-all-that-was-changed-learning_rate=0.0003,batch_size=256-s0", 0.25);
        await using var served = await Served.Start(_folder);
        await using var tab = await browser.Open(served, width: 360, height: 740, isDark: isDark);
        Assert.Equal(isDark ? "dark" : "light", await tab.Get<string>("document.documentElement.dataset.theme"));
        await tab.Until($"{Rows}.length === 2");
        await tab.Page.ClickAsync("#side summary");
        foreach (var name in _tabs)
        {
            await tab.Page.ClickAsync($"#tab-{name}");
            await tab.Until("document.querySelector('#panel h2, #panel table') && [...document.images].every(image => image.naturalWidth > 0)");
            Assert.Equal("360 of 360", await tab.Get<string>("`${document.documentElement.scrollWidth} of ${innerWidth}`"));
            Assert.Empty(await Accessibility.Violations(tab.Page));
            await tab.Picture($"phone-{name}{(isDark ? "-dark" : "")}", isWhole: true);
        }

        // As wide as a desk: other columns and other places.
        await tab.Page.SetViewportAsync(new ViewPortOptions { Width = 1280, Height = 900 });
        Assert.Empty(await Accessibility.Violations(tab.Page));
        await tab.Picture($"desk-options{(isDark ? "-dark" : "")}");
        await tab.Page.ClickAsync("#tab-scalars");
        await tab.Until($"{ReturnCurve}?.ariaLabel.startsWith('episode/return, 2 curves')");
        await tab.Picture($"desk{(isDark ? "-dark" : "")}");
    }

    [Fact]
    public async Task Page_ByKeyboardAlone_ReachesAndUsesEverything()
    {
        Write("a-s0", 0.5);
        Write("b-s0", 0.25);
        await using var served = await Served.Start(_folder);
        await using var tab = await browser.Open(served);
        await tab.Until($"{ReturnCurve}?.ariaLabel.startsWith('episode/return, 2 curves')");

        await tab.Press("Tab");
        Assert.Equal("Skip to the curves", await tab.Focused());
        List<string> order = [];
        for (; await tab.Focused() is var name && name != "BODY" && order.Count < 60; await tab.Press("Tab"))
        {
            order.Add(name);
            // What has the focus is on the screen, with a ring around it that nothing cuts off.
            var (ring, inside) = (await tab.Json("(s => [parseFloat(s.outlineWidth), s.outlineStyle])(getComputedStyle(document.activeElement))"), await tab.Get<bool>(
                "(r => r.bottom > 0 && r.top < innerHeight && r.right > 0 && r.left < innerWidth)(document.activeElement.getBoundingClientRect())"));
            Assert.True(ring[0].GetDouble() >= 2 && ring[1].GetString() == "solid" && inside, $"{name}: {ring}, on the screen: {inside}");
        }

        string[] expected =
        [
            "Skip to the curves", "Copy link", "Dark", "Runs (2 of 2 shown)", "Filter", "Group over seeds, with band", "All", "None", "Table of runs",
            "Run ▲", "Status", "Step", "Return", "Best", "Written", "Show a-s0", "Show b-s0", "Curves", "Tags", "Smoothing 0.60", "x step hours clock", "log y",
        ];
        Assert.Equal(expected.Select(Words), order.Take(expected.Length).Select(Words));
        Assert.StartsWith("episode/return, 2 curves", order[expected.Length]);
        Assert.StartsWith("loss/critic, 2 curves", order[^1]);

        await tab.Page.FocusAsync("th[data-sort=step] button");
        await tab.Press("Enter");
        Assert.Equal("descending", await tab.Get<string>("document.querySelector('th[data-sort=step]').ariaSort"));
        await tab.Page.FocusAsync("input[aria-label='Show a-s0']");
        await tab.Press("Space");
        await tab.Until($"{ReturnCurve}.ariaLabel.startsWith('episode/return, 1 curves')");
        Assert.Equal("Show a-s0", await tab.Focused());

        await tab.Page.FocusAsync("canvas");
        await tab.Press("Home");
        Assert.StartsWith("step 100:", await tab.Get<string>("document.querySelector('.readout').innerText"));
        await tab.Press("ArrowRight");
        Assert.StartsWith("step 200:", await tab.Get<string>("document.querySelector('.readout').innerText"));

        await tab.Page.FocusAsync("#tab-scalars");
        foreach (var (name, shows) in new[] { ("Images, videos", "img"), ("Histograms", "canvas[aria-label^='weights/actor.0']"), ("Options", "table") })
        {
            await tab.Press("ArrowRight");
            Assert.Equal(name, await tab.Focused());
            await tab.Until($"document.querySelector(\"#panel {shows}\")");
        }

        await tab.Page.FocusAsync(".skip");
        await tab.Press("Enter");
        Assert.Equal("content", await tab.Get<string>("document.activeElement.id"));
    }

    [Fact]
    public async Task Page_WithHostileNames_ShowsThemAsTextAndRunsNothing()
    {
        const string Markup = "<img src=x onerror='document.title=1'><script>document.title=2</script>";
        Directory.CreateDirectory(_folder.File("<b>bold</b>"));
        File.WriteAllBytes(_folder.File("<b>bold<", "b>", "events.out.tfevents.1.host"), [.. new[]
        {
            EventMessage.Scalar(1, 1, Markup, 1), EventMessage.Text(1, 1, "note", Markup),
            EventMessage.HyperParameters(1, new Dictionary<string, object> { [Markup] = Markup }),
        }.SelectMany(EventBytes.Record)]);
        await using var served = await Served.Start(_folder);
        await using var tab = await browser.Open(served);
        await tab.Until("document.querySelector('#panel h2')?.innerText.startsWith('<img')");
        await tab.Page.ClickAsync("#tab-options");
        await tab.Until("document.querySelector('#panel table')");
        Assert.Equal("Runs", await tab.Get<string>("document.title"));
        Assert.Empty(await tab.Get<string[]>("[...document.querySelectorAll('b, #panel img, #panel script')].map(e => e.outerHTML)"));
        Assert.Empty(tab.Complaints);

        // What would come into the page all the same does not run either.
        await tab.Page.EvaluateExpressionAsync("document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = 3' }))");
        Assert.Equal("Runs", await tab.Get<string>("document.title"));
        Assert.Contains("Content Security Policy", Assert.Single(tab.Complaints));
        tab.Complaints.Clear();
    }

    /// <summary>As they are told, without the breaks and signs that are drawn only.</summary>
    static string Words(string name) => string.Join(' ', name.Split((char[])[' ', '\n', '▲'], StringSplitOptions.RemoveEmptyEntries));
}
