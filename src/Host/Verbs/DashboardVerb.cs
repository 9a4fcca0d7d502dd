using System.CommandLine;
using System.Net;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using RL.Dashboard;

namespace RL.Host;

/// <summary>Serves a page with the curves, pictures and options of runs, ours and others'.</summary>
static class DashboardVerb
{
    const int TokenBytes = 18, MostPort = 65535;

    static readonly Argument<string> _folder = new("folder")
    {
        Description = "Folder with runs: every folder below it that holds TensorBoard event files is one.",
        DefaultValueFactory = _ => "runs",
    };

    static readonly Option<int> _port = new("--port") { Description = "Port; 0: any that is free.", HelpName = "N", DefaultValueFactory = _ => 6006 };

    static readonly Option<string> _bind = new("--bind")
    {
        Description = "Address of this machine to serve at. Anything but a loopback address can be reached by others, who need the token.",
        HelpName = "ADDRESS",
        DefaultValueFactory = _ => "127.0.0.1",
    };

    static readonly Option<string?> _token = new("--token")
    {
        Description = "Token of at least 16 characters. Default: a new one, printed as part of the address where it is needed.",
        HelpName = "TEXT",
    };

    public static Command Create(HostConsole console)
    {
        var command = new Command("dashboard", "Serve a page that shows runs while they train, from any TensorBoard event files.") { _folder, _port, _bind, _token };
        command.SetAction((parsed, stop) => Run(parsed, console, stop));
        return command.WithExamples("./rl dashboard", "./rl dashboard ~/logs --port 8080", "./rl dashboard --bind 0.0.0.0");
    }

    static async Task<int> Run(ParseResult parsed, HostConsole console, CancellationToken stop)
    {
        var (folder, port) = (parsed.GetValue(_folder)!, parsed.GetValue(_port));
        Require.Within("--port", port, 0, MostPort);
        if (!Directory.Exists(folder))
        {
            throw new UserException($"There is no folder {Shown.Short(folder)}; allowed: a folder with runs or event files.");
        }

        var address = IPAddress.TryParse(parsed.GetValue(_bind) is "localhost" ? "127.0.0.1" : parsed.GetValue(_bind), out var parsedAddress)
            ? parsedAddress
            : throw new UserException($"--bind is {Shown.Short(parsed.GetValue(_bind)!)}; allowed: an address of this machine, such as 127.0.0.1 or 0.0.0.0.");
        var token = parsed.GetValue(_token) ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenBytes));
        if (token.Length < DashboardOptions.ShortestToken || !token.All(char.IsAsciiLetterOrDigit))
        {
            throw new UserException($"--token has {token.Length} characters; allowed: {DashboardOptions.ShortestToken} or more, letters and digits.");
        }

        await using var server = new DashboardServer(new(folder, address, port, token), console.Clock, logging =>
            logging.AddProvider(new StatusLineLoggerProvider(console.NewStatusLine())).SetMinimumLevel(console.Level));
        try
        {
            await server.Start().ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            throw new UserException($"--port is {port}, which cannot be served at {address}: {exception.Message}");
        }

        console.Out.WriteLine($"{server.Address}{(server.Options.IsLocal ? "" : $"?token={token}")}");
        console.Log(LogLevel.Information, $"showing {Path.GetFullPath(folder)}; Ctrl-C ends it");
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await SignalLifetime.WaitForStop(ended).ConfigureAwait(false);
        return 0;
    }
}
