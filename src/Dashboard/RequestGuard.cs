using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace RL.Dashboard;

/// <summary>
/// Which requests are answered. On a loopback address: those that name one as their host, so that a page of the web whose name was made to
/// point here gets nothing. On another address: those with the token. What changes something needs the token and this page as its origin.
/// </summary>
sealed class RequestGuard(DashboardOptions options)
{
    public const string TokenHeader = "X-RL-Token";

    const string Cookie = "rl-dashboard";

    /// <summary>Refuses or passes on, and says in every answer that a browser must load nothing from elsewhere.</summary>
    public async Task Check(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        var refusal = Refusal(context);
        if (refusal is { } status)
        {
            context.Response.StatusCode = status;
            await context.Response.WriteAsync(status == StatusCodes.Status401Unauthorized
                ? "Open the address with ?token= that was printed when the dashboard was started."
                : "Not allowed.").ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }

    int? Refusal(HttpContext context)
    {
        var request = context.Request;
        if (options.IsLocal && !IsLoopback(request.Host.Host))
        {
            return StatusCodes.Status403Forbidden;
        }

        if (!options.IsLocal && !IsKnown(context))
        {
            return StatusCodes.Status401Unauthorized;
        }

        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return null;
        }

        var isOurPage = request.Headers.Origin is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out var from)
            && string.Equals(from.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase) && from.Scheme == request.Scheme;
        return isOurPage && IsToken(request.Headers[TokenHeader]) ? null : StatusCodes.Status403Forbidden;
    }

    /// <summary>A token in the address becomes a cookie, which other sites' requests do not carry.</summary>
    bool IsKnown(HttpContext context)
    {
        var request = context.Request;
        if (IsToken(request.Query["token"]))
        {
            context.Response.Cookies.Append(Cookie, options.Token, new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Path = "/" });
            return true;
        }

        return IsToken(request.Cookies[Cookie]) || IsToken(request.Headers[TokenHeader]);
    }

    bool IsToken(string? text) => text is not null
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(options.Token));

    static bool IsLoopback(string host) =>
        host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
