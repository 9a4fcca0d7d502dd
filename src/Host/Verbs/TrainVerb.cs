using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Trains an agent in a new run, or resumes a run.</summary>
static class TrainVerb
{
    static readonly Argument<string?> _agent = new("agent")
    {
        Description = "The agent (./rl list agents).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    static readonly Argument<string?> _environment = new("environment")
    {
        Description = "The task (./rl list environments).",
        Arity = ArgumentArity.ZeroOrOne,
    };

    static readonly Argument<string[]> _assignments = new("key=value")
    {
        Description = "Options that differ from the preset (./rl list options <agent> <environment>).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<string?> _preset = new("--preset")
    {
        Description = "Settings to start from: a name (./rl list presets; the agent's name at its front may be omitted), a file, or the "
            + "run.json of a run. Default: the agent's defaults.",
        HelpName = "NAME|FILE",
    };

    static readonly Option<string?> _steps = new("--steps") { Description = "Short for training.total_steps=N.", HelpName = "N" };

    static readonly Option<string?> _seed = new("--seed") { Description = "Short for training.seed=N.", HelpName = "N" };

    static readonly Option<string?> _seeds = new("--seeds")
    {
        Description = "Run with each of these seeds (0-4, 0,3,7), side by side in worker processes. The runs are called NAME-s0, NAME-s1, …; "
            + "--resume NAME resumes them all.",
        HelpName = "LIST",
    };

    static readonly Option<int?> _workers = new("--workers")
    {
        Description = "Runs at a time, with --seeds or --resume of its runs. Default: the number of cores.",
        HelpName = "N",
    };

    static readonly Option<string?> _name = new("--name")
    {
        Description = "Name of the run's folder. Default: <environment>__<agent>__s<seed>__<time>.",
        HelpName = "NAME",
    };

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<string?> _resume = new("--resume")
    {
        Description = "Resume a run that was stopped or killed; with --steps also extend a finished run.",
        HelpName = "RUN",
    };

    static readonly Option<string?> _from = new("--from")
    {
        Description = "Start from the networks of a policy (the last one of a run, or a policy file *.safetensors) instead of new ones. "
            + "Optimisers and replay memory start empty.",
        HelpName = "RUN|FILE",
    };

    static readonly AssemblyOptions _assembly = new();

    static readonly Option<string?> _metrics = MetricsExport.Option();

    static readonly Option<bool> _quiet = new("--quiet") { Description = "Print nothing but the result." };

    static readonly Option<bool> _json = new("--json") { Description = "Print the result as one JSON line." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("train", "Train an agent on an environment, or resume a run.")
        {
            _agent, _environment, _assignments, _preset, _steps, _seed, _seeds, _workers, _name, _runs, _resume, _from, _metrics, _quiet, _json,
        };
        _assembly.AddTo(command);
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl train td3 HalfCheetah-v5",
            "./rl train td3 HalfCheetah-v5 --preset td3-adr-gd-paper --seed 3 --steps 1e6",
            "./rl train ddpg Pendulum-v1 --steps 20000 batch_size=100 hidden_layers=400,300 agent.refine.radius=0.5",
            "./rl train td3 HalfCheetah-v5 --from runs/HalfCheetah-v5__td3__s0__20250131-235959 actor_learning_rate=1e-4",
            "./rl train td3 HalfCheetah-v5 --seeds 0-4 --name cheetah",
            "./rl train --resume HalfCheetah-v5__td3__s0__20250131-235959 --steps 2e6");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var words = Words(parsed);
        var assignments = words.Where(word => word.Contains('='))
            .Concat(parsed.GetValue(_steps) is { } steps ? [$"training.total_steps={steps}"] : [])
            .Concat(parsed.GetValue(_seed) is { } seed ? [$"training.seed={seed}"] : [])
            .ToList();
        var names = words.Where(word => !word.Contains('=')).ToList();
        var resumed = parsed.GetValue(_resume);
        ThrowIfContradictory(parsed, resumed, assignments);
        MetricsExport.Parse(parsed.GetValue(_metrics));
        if (parsed.GetValue(_seeds) is { } seeds)
        {
            return StartSeries(parsed, console, names, assignments, SeedList.Parse("--seeds", seeds));
        }

        if (resumed is not null && RunSeries.Find(parsed.GetValue(_runs)!, resumed) is { Count: > 0 } folders)
        {
            return ResumeSeries(parsed, console, resumed, folders, names, assignments);
        }

        if (parsed.GetValue(_workers) is { } workers)
        {
            throw new UserException($"--workers is {workers}, and there is one run; it is for --seeds, and for --resume of the runs of --seeds.");
        }

        using var result = resumed is { } run
            ? Resume(parsed, console, run, names, assignments)
            : Start(parsed, console, names, assignments);
        Print(parsed, console, result.Summary);
        return 0;
    }

    static TrainingResult Start(ParseResult parsed, HostConsole console, List<string> names, List<string> assignments)
    {
        var (agent, environment) = AgentAndEnvironment(names);
        var settings = Settings(parsed, console, assignments);
        return TrainingHost.Run(console, MetricsExport.Parse(parsed.GetValue(_metrics)), (callbacks, stop) =>
            Training.Run(agent, environment, settings, callbacks, console.Clock, stop));
    }

    static TrainingResult Resume(
        ParseResult parsed, HostConsole console, string run, List<string> names, List<string> assignments)
    {
        ThrowIfRestarted(parsed, run, names);
        _assembly.Load(parsed, console);
        var path = RunNames.Find(parsed.GetValue(_runs)!, run);
        return TrainingHost.Run(console, MetricsExport.Parse(parsed.GetValue(_metrics)), (callbacks, stop) =>
            Training.Resume(path, assignments, callbacks, CommandLine.Typed(parsed), console.Clock, stop: stop));
    }

    static int StartSeries(
        ParseResult parsed, HostConsole console, List<string> names, List<string> assignments, IReadOnlyList<long> seeds)
    {
        var workers = Workers(parsed);
        var (agent, environment) = AgentAndEnvironment(names);
        var settings = Settings(parsed, console, assignments);
        var (name, folders) = RunSeries.Prepare(
            agent, environment, settings, seeds, note => console.Log(LogLevel.Information, note), console.Clock);
        return Execute(parsed, console, name, workers, [.. folders.Select(folder => new RunJob(folder)
        {
            CommandLine = settings.CommandLine,
            Assemblies = settings.Assembly is { } assembly ? [assembly] : [],
        })]);
    }

    static int ResumeSeries(
        ParseResult parsed, HostConsole console, string name, IReadOnlyList<string> folders, List<string> names, List<string> assignments)
    {
        var workers = Workers(parsed);
        ThrowIfRestarted(parsed, name, names);
        var assembly = _assembly.Load(parsed, console);
        RunSeries.CheckChanges(folders, assignments);
        return Execute(parsed, console, name, workers, [.. folders.Select(folder => new RunJob(folder)
        {
            Assignments = assignments,
            CommandLine = CommandLine.Typed(parsed),
            Assemblies = assembly is null ? [] : [assembly],
        })]);
    }

    static int Execute(ParseResult parsed, HostConsole console, string name, int workers, IReadOnlyList<RunJob> jobs)
    {
        var outcomes = SeriesHost.Run(console, workers, MetricsExport.Parse(parsed.GetValue(_metrics)), jobs);
        var isJson = parsed.GetValue(_json);
        if (isJson)
        {
            foreach (var (job, outcome) in jobs.Zip(outcomes))
            {
                console.Out.WriteLine(outcome.Result?.ToJsonLine() ?? JsonSerializer.Serialize(
                    new { Run = job.Folder, Status = Status(outcome), outcome.Error }, OptionsJson.Line));
            }
        }
        else
        {
            Table.Write(console.Out, ["run", "status", "steps", "evaluation", "best"], jobs.Zip(outcomes, (job, outcome) => new[]
            {
                job.Folder,
                Status(outcome),
                outcome.Result?.Steps.ToString("N0", CultureInfo.InvariantCulture) ?? "-",
                Text(outcome.Result?.Evaluation),
                Text(outcome.Result?.Best),
            }));
            if (outcomes.Any(outcome => outcome.Result?.Status != RunResult.Finished))
            {
                console.Out.WriteLine($"resume with: ./rl train --resume {name}{(parsed.GetValue(_runs) is var runs and not "runs" ? $" --runs {runs}" : "")}");
            }
        }

        return outcomes.Any(outcome => outcome.Error is not null) ? 1 : 0;
    }

    static string Status(RunOutcome outcome) =>
        outcome.Result?.Status ?? (outcome.Error is null ? "not begun" : "failed");

    static string Text(EvaluationRow? row) =>
        row is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{row.Mean:N1} at {row.Step:N0}");

    static int Workers(ParseResult parsed)
    {
        var workers = parsed.GetValue(_workers) ?? Environment.ProcessorCount;
        Require.Within("--workers", workers, 1, 1024);
        return workers;
    }

    static (string Agent, string Environment) AgentAndEnvironment(List<string> names) => names is [var agent, var environment]
        ? (agent, environment)
        : throw new UserException(
            $"train needs an agent and an environment, but got {(names.Count == 0 ? "neither" : $"'{string.Join(' ', names)}'")}; "
            + "for example `./rl train td3 HalfCheetah-v5`.");

    static TrainingSettings Settings(ParseResult parsed, HostConsole console, List<string> assignments) => new()
    {
        Preset = parsed.GetValue(_preset),
        Assignments = assignments,
        Runs = parsed.GetValue(_runs),
        Name = parsed.GetValue(_name),
        From = parsed.GetValue(_from),
        Assembly = _assembly.Load(parsed, console),
        CommandLine = CommandLine.Typed(parsed),
    };

    static void ThrowIfContradictory(ParseResult parsed, string? resumed, List<string> assignments)
    {
        if (parsed.GetValue(_seeds) is not { } seeds)
        {
            return;
        }

        var other = resumed is not null ? "--resume"
            : parsed.GetValue(_seed) is not null ? "--seed"
            : assignments.Find(word => word.StartsWith("seed=", StringComparison.Ordinal) || word.StartsWith("training.seed=", StringComparison.Ordinal));
        if (other is not null)
        {
            throw new UserException($"--seeds {Shown.Short(seeds)} and {other} are both given; allowed: one of them.");
        }
    }

    static void ThrowIfRestarted(ParseResult parsed, string run, List<string> names)
    {
        if (names.Count > 0 || new[] { _preset, _name, _from }.Any(option => parsed.GetValue(option) is not null))
        {
            throw new UserException(
                $"--resume {run} takes agent, environment, --preset, --name and --from from the run, so they cannot be given; only --steps may be raised.");
        }
    }

    static void Print(ParseResult parsed, HostConsole console, RunResult result)
    {
        if (parsed.GetValue(_json))
        {
            console.Out.WriteLine(result.ToJsonLine());
            return;
        }

        console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Run}: {result.Status} at step {result.Steps:N0}"));
        if (result.Evaluation is { } last)
        {
            var best = result.Best is { } row ? string.Create(CultureInfo.InvariantCulture, $", best {row.Mean:N1} at {row.Step:N0}") : "";
            console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"evaluation {last.Mean:N1} ± {last.StandardDeviation:N1} at step {last.Step:N0}{best}"));
        }

        if (result.Status == RunResult.Stopped)
        {
            console.Out.WriteLine($"resume with: ./rl train --resume {result.Run}");
        }
    }

    /// <summary>Names and key=value, in the order they were written.</summary>
    static List<string> Words(ParseResult parsed) =>
        [.. new[] { parsed.GetValue(_agent), parsed.GetValue(_environment) }.OfType<string>(), .. parsed.GetValue(_assignments) ?? []];
}
