using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Searches settings with many runs.</summary>
static class SweepVerb
{
    static readonly Argument<string[]> _words = new("agent environment key=values")
    {
        Description = "Agent, task, and options: one value (batch_size=128), several (batch_size=128,256; of lists hidden_layers=[64,64],[256,256]), "
            + "or a range (discount=0.9..0.99, critic_learning_rate=1e-4..1e-3:log, policy_delay=1..4:int; with :5 five values of it). "
            + "Or a specification file (docs/sweeps.md), with options that differ.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<string?> _preset = new("--preset")
    {
        Description = "Settings that all trials start from, as for train.",
        HelpName = "NAME|FILE",
    };

    static readonly Option<string?> _steps = new("--steps") { Description = "Short for training.total_steps=N: steps of a whole trial.", HelpName = "N" };

    static readonly Option<string?> _seeds = new("--seeds")
    {
        Description = "Each trial has a run with each of these seeds (0-2, 0,3,7), and its score is the mean. Default: 0.",
        HelpName = "LIST",
    };

    static readonly Option<string?> _search = new("--search")
    {
        Description = "random, grid, or halving: asynchronous successive halving, which stops trials early that are worse than others. Default: random.",
        HelpName = "METHOD",
    };

    static readonly Option<int?> _trials = new("--trials")
    {
        Description = "Number of trials. Default: 20; of a grid all of them. With --resume it may be raised.",
        HelpName = "N",
    };

    static readonly Option<long?> _budget = new("--budget")
    {
        Description = "Steps of all trials together, from which their number follows, instead of --trials.",
        HelpName = "STEPS",
    };

    static readonly Option<string?> _metric = new("--metric")
    {
        Description = "What trials are compared by: return (of the last evaluation), best (evaluation) or area (under the curve). Default: return.",
        HelpName = "METRIC",
    };

    static readonly Option<int?> _factor = new("--factor") { Description = "Halving promotes one of so many trials. Default: 3.", HelpName = "N" };

    static readonly Option<long?> _firstRung = new("--first-rung")
    {
        Description = "Steps after which halving compares trials for the first time. Default: so that there are four rungs, or what the trials can fill.",
        HelpName = "STEPS",
    };

    static readonly Option<long?> _searchSeed = new("--search-seed") { Description = "Seed of the settings that are drawn. Default: 0.", HelpName = "N" };

    static readonly Option<int?> _workers = new("--workers") { Description = "Runs at a time. Default: the number of cores.", HelpName = "N" };

    static readonly ClusterArguments _cluster = new(gives: true);

    static readonly Option<string?> _name = new("--name")
    {
        Description = "Name of the sweep's folder. Default: <environment>__<agent>__sweep__<time>.",
        HelpName = "NAME",
    };

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<string?> _resume = new("--resume") { Description = "Go on with a sweep that was stopped or killed.", HelpName = "NAME" };

    static readonly Option<string?> _show = new("--show") { Description = "Show how far a sweep is, whether it is at work or not.", HelpName = "NAME" };

    static readonly AssemblyOptions _assembly = new();

    static readonly Option<string?> _metrics = MetricsExport.Option();

    static readonly Option<bool> _quiet = new("--quiet") { Description = "Print nothing but the result." };

    static readonly Option<bool> _json = new("--json") { Description = "Print the result as one JSON line." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("sweep", "Search settings: many runs, side by side, and which of them was best.")
        {
            _words, _preset, _steps, _seeds, _search, _trials, _budget, _metric, _factor, _firstRung, _searchSeed, _workers, _name, _runs, _resume, _show,
            _metrics, _quiet, _json,
        };
        _cluster.AddTo(command);
        _assembly.AddTo(command);
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl sweep td3 Hopper-v5 agent.critic_learning_rate=1e-4..1e-3:log agent.batch_size=128,256 --steps 300000 --seeds 0-2 --trials 20",
            "./rl sweep ppo CartPole-v1 learning_rate=1e-4..1e-2:log epochs=5,10,20 --preset ppo-cartpole --search halving --trials 27 --name poles",
            "./rl sweep --resume poles",
            "./rl sweep --show poles",
            "./rl sweep specification.json --workers 8",
            "./rl train ppo CartPole-v1 --preset runs/poles/best.json --seed 7");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var (resumed, shown) = (parsed.GetValue(_resume), parsed.GetValue(_show));
        if (resumed is not null || shown is not null)
        {
            ThrowIfContradictory(parsed, resumed, shown);
        }

        var assembly = _assembly.Load(parsed, console);
        if (shown is not null)
        {
            using var looked = SweepFolder.Open(parsed.GetValue(_runs)!, shown);
            var progress = new SweepProgress(looked);
            progress.Settle();
            Print(parsed, console, looked, progress);
            return 0;
        }

        var workers = parsed.GetValue(_workers) ?? Environment.ProcessorCount;
        Require.Within("--workers", workers, 1, 1024);
        var metrics = MetricsExport.Parse(parsed.GetValue(_metrics));
        var plan = resumed is null ? Planned(parsed, assembly) : null;
        using var executor = new WorkersExecutor(_cluster.Address(parsed), parsed.GetValue(_runs)!, workers, console.Clock);
        var folder = plan is null
            ? SweepFolder.Resume(parsed.GetValue(_runs)!, resumed!, parsed.GetValue(_trials))
            : SweepFolder.Create(parsed.GetValue(_runs)!, parsed.GetValue(_name), plan, console.Clock);
        using var sweep = SweepHost.Run(console, metrics, executor, workers, folder, CommandLine.Typed(parsed));
        // First, because a disk that is full still ends what follows.
        Print(parsed, console, folder, sweep.Progress);
        var files = SweepReport.Write(folder, sweep.Progress);
        if (!parsed.GetValue(_json))
        {
            Conclude(parsed, console, folder, sweep, files);
        }

        return sweep.Abandoned.Count > 0 || sweep.Progress.Trials.Any(trial => trial.State == TrialState.Failed) ? 1 : 0;
    }

    static void Print(ParseResult parsed, HostConsole console, SweepFolder folder, SweepProgress progress)
    {
        if (parsed.GetValue(_json))
        {
            console.Out.WriteLine(JsonSerializer.Serialize(SweepReport.Summary(folder, progress), OptionsJson.Line));
        }
        else
        {
            Table.Write(console.Out, SweepReport.Titles(progress.Plan), SweepReport.Rows(progress));
        }
    }

    static void Conclude(ParseResult parsed, HostConsole console, SweepFolder folder, Sweep sweep, IReadOnlyList<string> files)
    {
        if (sweep.Progress.Best is { } best)
        {
            console.Out.WriteLine($"best: trial {best.Trial.Number}: {string.Join(' ', sweep.Progress.Plan.Assignments(best.Trial))}");
        }

        if (files.Count > 0)
        {
            console.Out.WriteLine($"written: {string.Join(", ", files)}");
        }

        if (!sweep.IsFinished)
        {
            console.Out.WriteLine($"resume with: ./rl sweep --resume {folder.Name}{(parsed.GetValue(_runs) is var runs and not "runs" ? $" --runs {runs}" : "")}");
        }
    }

    static SweepPlan Planned(ParseResult parsed, string? assembly)
    {
        var words = parsed.GetValue(_words) ?? [];
        var names = words.Where(word => !word.Contains('=')).ToList();
        var spec = names switch
        {
            [var file] when file.EndsWith(".json", StringComparison.Ordinal) || File.Exists(file) => SweepFolder.ReadSpec(file),
            [var agent, var environment] => new SweepSpec { Agent = agent, Environment = environment },
            _ => throw new UserException(
                $"sweep needs an agent and an environment, or a specification file (.json), but got {(names.Count == 0 ? "neither" : $"'{string.Join(' ', names)}'")}; "
                + "for example `./rl sweep td3 Hopper-v5 agent.batch_size=128,256`."),
        };
        var settings = spec.Settings.DeepClone().AsObject();
        foreach (var word in words.Where(word => word.Contains('=')).Concat(parsed.GetValue(_steps) is { } steps ? [$"training.total_steps={steps}"] : []))
        {
            var parts = word.Split('=', 2);
            settings[parts[0]] = parts[1];
        }

        return SweepPlan.Of(spec with
        {
            Settings = settings,
            Assembly = assembly is null ? spec.Assembly : Path.GetFullPath(assembly),
            Preset = parsed.GetValue(_preset) ?? spec.Preset,
            Seeds = parsed.GetValue(_seeds) ?? spec.Seeds,
            Search = Choice("--search", parsed.GetValue(_search), spec.Search),
            Metric = Choice("--metric", parsed.GetValue(_metric), spec.Metric),
            Trials = parsed.GetValue(_trials) ?? (parsed.GetValue(_budget) is null ? spec.Trials : null),
            Budget = parsed.GetValue(_budget) ?? (parsed.GetValue(_trials) is null ? spec.Budget : null),
            Factor = parsed.GetValue(_factor) ?? spec.Factor,
            FirstRung = parsed.GetValue(_firstRung) ?? spec.FirstRung,
            SearchSeed = parsed.GetValue(_searchSeed) ?? spec.SearchSeed,
        });
    }

    static T Choice<T>(string option, string? given, T otherwise)
        where T : struct, Enum
    {
        if (given is null)
        {
            return otherwise;
        }

        var names = Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName).ToList();
        Require.OneOf(option, given, names);
        return Enum.GetValues<T>()[names.IndexOf(given)];
    }

    static void ThrowIfContradictory(ParseResult parsed, string? resumed, string? shown)
    {
        var what = resumed is not null ? $"--resume {resumed}" : $"--show {shown}";
        if (resumed is not null && shown is not null)
        {
            throw new UserException("--resume and --show are both given; allowed: one of them.");
        }

        var other = (parsed.GetValue(_words) ?? []).FirstOrDefault()
            ?? new Option[] { _preset, _steps, _seeds, _search, _budget, _metric, _factor, _firstRung, _searchSeed, _name }
                .Concat(shown is null ? [] : [_trials, _workers, .. _cluster.Options])
                .FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false })?.Name;
        if (other is not null)
        {
            throw new UserException($"{what} takes everything from the sweep, so that {other} cannot be given; allowed: --runs, --json, --quiet{(shown is null ? ", --workers, --cluster, --send-files, --trials" : "")}.");
        }
    }
}
