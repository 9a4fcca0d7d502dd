using System.CommandLine;
using System.Net;
using System.Runtime.InteropServices;

namespace RL.Host;

/// <summary>A worker of a cluster; without --cluster the inside of a worker process, for `train --seeds` and `sweep`.</summary>
static class WorkerVerb
{
    public const string Name = "worker";

    static readonly ClusterArguments _cluster = new(gives: false);

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<int?> _workers = new("--workers") { Description = "Runs at a time on this machine. Default: the number of cores.", HelpName = "N" };

    static readonly Option<string?> _listen = new("--listen")
    {
        Description = "Address of this machine at which other machines reach it. Default: the loopback, for this machine alone.",
        HelpName = "ADDRESS",
    };

    public static Command Create(HostConsole console)
    {
        var command = new Command(Name, "Execute runs for others (docs/scale.md): --cluster joins a cluster. (Without it, one run that standard input names.)")
        {
            _runs, _workers, _listen,
        };
        _cluster.AddTo(command);
        command.SetAction(parsed => _cluster.Address(parsed) is { } address ? Join(parsed, console, address) : Run(console));
        return command.WithExamples("./rl worker --cluster localhost", "./rl sweep td3 Pendulum-v1 batch_size=64,128 --cluster localhost");
    }

    static int Join(ParseResult parsed, HostConsole console, ClusterAddress address)
    {
        var workers = parsed.GetValue(_workers) ?? Environment.ProcessorCount;
        Require.Within("--workers", workers, 1, 1024);
        var text = parsed.GetValue(_listen);
        var listen = text is null ? IPAddress.Loopback
            : IPAddress.TryParse(text, out var given) ? given
            : throw new UserException($"--listen is {Shown.Short(text)}; allowed: an IP address of this machine.");
        var runs = parsed.GetValue(_runs)!;
        ClusterWorker.ThrowUnlessWelcome(address);
        RunNames.MakeFolder("--runs", runs);
        var status = console.NewStatusLine();
        using var executor = new WorkerProcesses(Environment.ProcessPath!, [Name], workers);
        return StoppableHost.Run(
            status,
            console.Level,
            builder => ClusterWorker.Add(builder, address, listen, runs, executor, workers, status.WriteLine, console.Clock),
            (_, stop) =>
            {
                status.WriteLine($"worker: {workers} runs at a time below {Path.GetFullPath(runs)}; Ctrl-C ends it, its runs with checkpoints");
                stop.WaitHandle.WaitOne();
                return 0;
            });
    }

    /// <remarks>
    /// A terminal sends its signals to all of its processes. Whoever started the worker has it stop by ending its input, or has died, which
    /// ends the input too.
    /// </remarks>
    static int Run(HostConsole console)
    {
        using var stop = new CancellationTokenSource();
        var ignored = new[] { PosixSignal.SIGINT, PosixSignal.SIGHUP, SignalLifetime.FileTooLarge }
            .Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true)).ToList();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            return Worker.Run(Console.In, console.Out, console.Clock, PolicyPiece.Execute, stop.Token) ? 0 : 1;
        }
        finally
        {
            ignored.ForEach(registration => registration.Dispose());
        }
    }
}
