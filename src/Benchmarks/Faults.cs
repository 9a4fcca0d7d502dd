using System.Globalization;

namespace RL.Benchmarks;

/// <summary>
/// Small runs of every kind of fault: killed before every operation on a file and in the middle of every write, an error or a full disk at
/// every operation, damaged files, signals; while training and while resuming. A run that is resumed afterwards must end in the same bytes
/// as one that was never disturbed; what cannot go on must say so in words, with exit code 1 or 2.
/// </summary>
static class Faults
{
    const int NoSpace = 28; // ENOSPC
    const int Broken = 5; // EIO

    static readonly Dictionary<string, string[]> _runs = new()
    {
        ["td3"] =
        [
            "td3", "Pendulum-v1", "total_steps=70", "start_steps=20", "batch_size=8", "hidden_layers=8", "evaluation_episodes=1",
            "evaluation_interval=30", "checkpoint_interval=20", "log_interval=10",
        ],
        ["ppo"] =
        [
            "ppo", "CartPole-v1", "total_steps=70", "rollout_steps=10", "minibatches=2", "epochs=1", "hidden_layers=8",
            "evaluation_episodes=1", "evaluation_interval=30", "checkpoint_interval=20", "log_interval=10", "normalize.observations=true",
        ],
    };

    /// <summary>[agents = td3,ppo] [kinds = kill,eio,enospc,damage,signals] [every = 1, of the operations]; the process ends with code 1 if a case failed.</summary>
    public static void Run(string[] arguments)
    {
        var agents = arguments.Length > 0 ? arguments[0].Split(',') : [.. _runs.Keys];
        var kinds = arguments.Length > 1 ? arguments[1].Split(',') : ["kill", "eio", "enospc", "damage", "signals"];
        var every = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 1;
        Console.WriteLine("agent  fault                          cases  same bytes  error, then same bytes  clear error  failed");
        var failed = 0;
        foreach (var agent in agents)
        {
            using var cases = new FaultCases(_runs[agent], every);
            foreach (var kind in kinds)
            {
                foreach (var (name, results) in Of(cases, kind))
                {
                    failed += Print(agent, name, [.. results]);
                }
            }
        }

        Environment.ExitCode = failed > 0 ? 1 : 0;
    }

    static IEnumerable<(string Name, IEnumerable<FaultResult> Results)> Of(FaultCases cases, string kind) => kind switch
    {
        "kill" =>
        [
            ("killed while training", cases.KilledWhileTraining()),
            ("killed while resuming", cases.KilledWhileResuming()),
        ],
        "eio" =>
        [
            ("I/O error while training", cases.ErrorsWhileTraining(Broken, staysFull: false)),
            ("I/O error while resuming", cases.ErrorsWhileResuming(Broken, staysFull: false)),
        ],
        "enospc" =>
        [
            ("disk full while training", cases.ErrorsWhileTraining(NoSpace, staysFull: true)),
            ("disk full while resuming", cases.ErrorsWhileResuming(NoSpace, staysFull: true)),
        ],
        "damage" => [("damaged file", cases.Damaged())],
        "signals" => [("signals", cases.Signalled())],
        _ => throw new ArgumentException($"There is no kind of fault '{kind}'."),
    };

    static int Print(string agent, string name, List<FaultResult> results)
    {
        int Count(FaultOutcome outcome) => results.Count(result => result.Outcome == outcome);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{agent,-6} {name,-28} {results.Count,7:N0} {Count(FaultOutcome.Same),11:N0} {Count(FaultOutcome.ErrorThenSame),23:N0} {Count(FaultOutcome.Error),12:N0} {Count(FaultOutcome.Failed),7:N0}"));
        foreach (var result in results.Where(result => result.Outcome == FaultOutcome.Failed).Take(10))
        {
            Console.WriteLine($"    {result.Case}: {result.Text}");
        }

        return Count(FaultOutcome.Failed);
    }
}

/// <summary>How a case ended.</summary>
enum FaultOutcome
{
    /// <summary>In the bytes of the undisturbed run.</summary>
    Same,

    /// <summary>With an error in words and code 1 or 2; resumed, in the same bytes.</summary>
    ErrorThenSame,

    /// <summary>With an error in words and code 1 or 2, and no way on: the file is lost.</summary>
    Error,

    /// <summary>With other bytes, or not in words.</summary>
    Failed,
}

/// <param name="Case">What was done.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Text">The error, or what differs.</param>
sealed record FaultResult(string Case, FaultOutcome Outcome, string Text = "");
