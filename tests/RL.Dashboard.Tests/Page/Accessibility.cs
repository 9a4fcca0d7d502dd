using System.Text.Json;
using Deque.AxeCore.Commons;
using PuppeteerSharp;

namespace RL.Dashboard.Tests;

/// <summary>The rules of WCAG 2.2 AA that a program can check: names, roles, labels, contrast, sizes of targets.</summary>
static class Accessibility
{
    static readonly string _script = new BundledAxeScriptProvider().GetScript();

    /// <summary>What the page shows now and some people cannot use: the rule and the element.</summary>
    public static async Task<List<string>> Violations(IPage page)
    {
        await page.EvaluateExpressionAsync($"{{ {_script} }}");
        var result = JsonDocument.Parse(await page.EvaluateExpressionAsync<string>(
            "axe.run(document, { resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(JSON.stringify)"));
        // That axe has looked at what it is to look at.
        Assert.Contains(result.RootElement.GetProperty("passes").EnumerateArray(), rule => rule.GetProperty("id").GetString() == "color-contrast");
        return
        [
            .. result.RootElement.GetProperty("violations").EnumerateArray().SelectMany(rule => rule.GetProperty("nodes").EnumerateArray().Select(node =>
                $"{rule.GetProperty("id").GetString()}: {node.GetProperty("html").GetString()} {node.GetProperty("failureSummary").GetString()}")),
        ];
    }
}
