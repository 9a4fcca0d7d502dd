using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;
using Orleans.Runtime;
using RL.Cluster;
using RL.Environments;
using RL.Runs;

namespace RL.Benchmarks;

/// <summary>What is simulated.</summary>
/// <param name="Workers">Machines with one place each.</param>
/// <param name="Trials">Of the sweep.</param>
/// <param name="TrialSeconds">How long a worker sleeps for a trial.</param>
/// <param name="HourSeconds">How long an hour is: a tenth of the workers die in each.</param>
/// <param name="NoticeSeconds">From the death of a worker until the others know of it.</param>
/// <param name="RestartSeconds">From its death until another one is in its place.</param>
sealed record ScaleOptions(int Workers, int Trials, double TrialSeconds, double HourSeconds, double NoticeSeconds, double RestartSeconds)
{
    /// <summary>Share of the workers that die in an hour.</summary>
    public const double Dying = 0.1;
}

/// <summary>What the process with the workers has counted.</summary>
/// <param name="CpuSeconds">Of the silo: dispatcher, grains of the runs, and all workers.</param>
/// <param name="Calls">Calls of grains by their methods.</param>
/// <param name="Deaths">Workers that died.</param>
/// <param name="Interrupted">Runs that were at work on them.</param>
/// <param name="Redone">Seconds of sleep that were done again.</param>
/// <param name="Away">Seconds from the death of a worker until its run was at work elsewhere, ascending.</param>
/// <param name="Alive">Seconds that places were there.</param>
/// <param name="Busy">Seconds of them that were slept.</param>
/// <param name="Fenced">Attempts that ended because a later one had been begun while their workers lived.</param>
/// <param name="Twice">Times that an attempt wrote although a later one had been begun.</param>
sealed record ScaleCounts(
    double CpuSeconds, SortedDictionary<string, long> Calls, int Deaths, int Interrupted, double Redone, List<double> Away, double Alive, double Busy, int Fenced, int Twice);

/// <summary>
/// A silo as `rl worker --cluster` begins one, but for its workers: there are many of them in this process, with the real rooms, announcements and
/// grains of runs, and each sleeps in place of training. Some die: what they do and say from then on does not count, nobody answers for
/// them until their death is noticed, and then their runs are unknown, as those of a silo are that is declared dead.
/// </summary>
sealed class SimulatedWorkers : IWorkerRooms, IIncomingGrainCallFilter
{
    readonly ScaleOptions _options;
    readonly string _runs;
    readonly TimeProvider _clock;
    readonly Lock _lock = new();
    readonly Dictionary<string, Member> _members = [];
    readonly SortedDictionary<string, long> _calls = [];
    readonly Dictionary<string, long> _died = [];
    readonly List<double> _away = [];
    double _redone, _alive, _busy;
    int _deaths, _fenced, _twice;

    SimulatedWorkers(ScaleOptions options, string runs, TimeProvider clock) => (_options, _runs, _clock) = (options, runs, clock);

    sealed class Member(string name, WorkerRoom room, WorkerAnnouncer announcer, CancellationTokenSource death)
    {
        public string Name => name;

        public WorkerRoom Room => room;

        public WorkerAnnouncer Announcer => announcer;

        public CancellationTokenSource Death => death;

        public long Born { get; init; }

        public long Died { get; set; }
    }

    /// <summary>Port, folder of the runs, and the options as JSON: is a cluster until its input ends, then prints the counts.</summary>
    public static void Run(string[] arguments)
    {
        var options = JsonSerializer.Deserialize<ScaleOptions>(arguments[2])!;
        var workers = new SimulatedWorkers(options, arguments[1], TimeProvider.System);
        var address = ClusterAddress.Parse($"localhost:{arguments[0]}");
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        using var own = new WorkerRoom(arguments[1], new WorkerProcesses("/bin/false", [], 1), 1, _ => { });
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(own).AddSingleton<IWorkerRooms>(workers);
        builder.UseOrleans(silo =>
        {
            ClusterNetwork.Join(silo, address, IPAddress.Loopback);
            silo.AddPlacementDirector<WorkerPlacement, WorkerPlacementDirector>();
            silo.AddIncomingGrainCallFilter(workers);
        });
        using var host = builder.Build();
        host.Start();
        workers.Live(host.Services.GetRequiredService<IGrainFactory>());
        host.StopAsync().GetAwaiter().GetResult();
    }

    /// <inheritdoc/>
    public WorkerRoom? Find(string worker)
    {
        lock (_lock)
        {
            return _members.TryGetValue(worker, out var member) && member.Died == 0 ? member.Room : null;
        }
    }

    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        var type = context.InterfaceMethod.DeclaringType;
        if (type != typeof(IRunGrain) && type != typeof(IDispatcherGrain))
        {
            await context.Invoke();
            return;
        }

        var worker = type == typeof(IRunGrain) ? RunGrain.Worker(context.TargetId.Key.ToString()!)
            : context.MethodName == nameof(IDispatcherGrain.Announce) ? (string)context.Request.GetArgument(0)! : null;
        lock (_lock)
        {
            var call = $"{type.Name[1..]}.{context.MethodName}";
            _calls[call] = _calls.GetValueOrDefault(call) + 1;
        }

        var died = Died(worker);
        if (died == 0)
        {
            await context.Invoke();
            if (Died(worker) != 0)
            {
                throw new SiloUnavailableException($"{worker} does not answer.");
            }
        }
        else if (context.MethodName == nameof(IDispatcherGrain.Announce))
        {
            // Nobody has said that.
        }
        else if (_clock.GetElapsedTime(died).TotalSeconds < _options.NoticeSeconds)
        {
            throw new SiloUnavailableException($"{worker} does not answer.");
        }
        else
        {
            context.Result = context.MethodName switch
            {
                nameof(IRunGrain.Start) => false,
                nameof(IRunGrain.Read) => new RunLines(false, []),
                _ => null,
            };
        }
    }

    /// <summary>When a worker died; 0 if it lives.</summary>
    long Died(string? worker)
    {
        lock (_lock)
        {
            return worker is not null && _members.TryGetValue(worker, out var member) ? member.Died : 0;
        }
    }

    void Live(IGrainFactory grains)
    {
        for (var number = 0; number < _options.Workers; number++)
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"w{number}"), grains);
        }

        Console.WriteLine("ready");
        using var end = new CancellationTokenSource();
        var deaths = Task.Run(() => Die(grains, end.Token));
        while (Console.In.ReadLine() is not null)
        {
        }

        end.Cancel();
        deaths.GetAwaiter().GetResult();
        lock (_lock)
        {
            foreach (var member in _members.Values.Where(member => member.Died == 0))
            {
                _alive += _clock.GetElapsedTime(member.Born).TotalSeconds;
            }

            _away.Sort();
            Console.WriteLine(JsonSerializer.Serialize(new ScaleCounts(
                Environment.CpuUsage.TotalTime.TotalSeconds, _calls, _deaths, _away.Count + _died.Count, _redone, _away, _alive, _busy, _fenced, _twice)));
        }
    }

    void Add(string name, IGrainFactory grains)
    {
        var death = new CancellationTokenSource();
        var room = new WorkerRoom(_runs, new Sleeper(this, name, death.Token), 1, _ => { });
        var announcer = new WorkerAnnouncer(room, name, grains, _clock);
        lock (_lock)
        {
            _members[name] = new(name, room, announcer, death) { Born = _clock.GetTimestamp() };
        }

        announcer.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>Has workers die at moments that are drawn, and others take their places.</summary>
    async Task Die(IGrainFactory grains, CancellationToken end)
    {
        var random = new Pcg64(0);
        var mean = _options.HourSeconds / (ScaleOptions.Dying * _options.Workers);
        var restarts = new Queue<(long At, string Name)>();
        var (next, number) = (_clock.GetTimestamp(), 0);
        double Draw() => -mean * Math.Log(1 - random.NextDouble());
        var wait = Draw();
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), _clock, CancellationToken.None).ConfigureAwait(false);
            while (restarts.TryPeek(out var restart) && _clock.GetElapsedTime(restart.At).TotalSeconds >= _options.RestartSeconds)
            {
                restarts.Dequeue();
                Add(string.Create(CultureInfo.InvariantCulture, $"w{_options.Workers + number++}"), grains);
            }

            while (_clock.GetElapsedTime(next).TotalSeconds >= wait)
            {
                wait += Draw();
                Member dead;
                lock (_lock)
                {
                    var alive = _members.Values.Where(member => member.Died == 0).ToList();
                    dead = alive[(int)(random.NextDouble() * alive.Count)];
                    dead.Died = _clock.GetTimestamp();
                    _alive += _clock.GetElapsedTime(dead.Born, dead.Died).TotalSeconds;
                    _deaths++;
                }

                await dead.Death.CancelAsync().ConfigureAwait(false);
                await dead.Announcer.StopAsync(CancellationToken.None).ConfigureAwait(false);
                restarts.Enqueue((dead.Died, dead.Name));
            }
        }
    }

    /// <summary>A worker has begun a run.</summary>
    void Begun(string run)
    {
        lock (_lock)
        {
            if (_died.Remove(run, out var died))
            {
                _away.Add(_clock.GetElapsedTime(died).TotalSeconds);
            }
        }
    }

    /// <summary>A worker has slept so long for a run.</summary>
    void Ended(string worker, string run, double seconds, double lost)
    {
        lock (_lock)
        {
            _busy += seconds;
            if (_members[worker].Died is var died and not 0)
            {
                _redone += lost;
                _died[run] = died;
            }
        }
    }

    /// <summary>An attempt has found a later one.</summary>
    void Fenced()
    {
        lock (_lock)
        {
            _fenced++;
        }
    }

    /// <summary>An attempt has written: was it the last one?</summary>
    void Wrote(RunJob job)
    {
        if (RunEpoch.Read(job.Folder) != job.Epoch)
        {
            lock (_lock)
            {
                _twice++;
            }
        }
    }

    /// <summary>Sleeps in place of training: a run of so many steps with a checkpoint each quarter, which writes what a finished run leaves.</summary>
    sealed class Sleeper(SimulatedWorkers workers, string worker, CancellationToken death) : IRunExecutor
    {
        const int Steps = 1000;
        const int BetweenCheckpoints = Steps / 4;

        /// <summary>As often as a worker process writes a line.</summary>
        static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

        /// <summary>As often as a run looks whether it has been given to another worker.</summary>
        static readonly TimeSpan _look = TimeSpan.FromSeconds(1);

        public async Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop)
        {
            var (clock, run) = (workers._clock, Path.GetFileName(job.Folder));
            workers.Begun(run);
            var epoch = new RunEpoch(job.Folder, job.Epoch!.Value);
            var looked = clock.GetTimestamp();
            var checkpoints = Directory.CreateDirectory(Path.Combine(job.Folder, RunFiles.Checkpoints)).FullName;
            var first = Directory.GetFiles(checkpoints).Select(file => int.Parse(Path.GetFileNameWithoutExtension(file)[11..], CultureInfo.InvariantCulture)).DefaultIfEmpty(0).Max();
            var (began, kept, step) = (clock.GetTimestamp(), first, first);
            double Slept() => clock.GetElapsedTime(began).TotalSeconds;
            try
            {
                report(new(RunReportKind.Started, new(first, null, null), Steps, null));
                while (step < Steps)
                {
                    await Task.Delay(_interval, clock, death).ConfigureAwait(false);
                    step = Math.Min(Steps, first + (int)(Slept() / workers._options.TrialSeconds * Steps));
                    report(new(RunReportKind.Progressed, new(step, null, null), Steps, null));
                    if (clock.GetElapsedTime(looked) >= _look)
                    {
                        looked = clock.GetTimestamp();
                        epoch.ThrowUnlessHeld();
                    }

                    if (step / BetweenCheckpoints > kept / BetweenCheckpoints)
                    {
                        kept = step / BetweenCheckpoints * BetweenCheckpoints;
                        epoch.ThrowUnlessHeld();
                        File.WriteAllText(Path.Combine(checkpoints, string.Create(CultureInfo.InvariantCulture, $"checkpoint-{kept}.bin")), "");
                    }
                }

                epoch.ThrowUnlessHeld();
                workers.Ended(worker, run, Slept(), 0);
                using (var table = new EvaluationTable(job.Folder))
                {
                    table.Add(new(Steps, [run.GetHashCode(StringComparison.Ordinal) % 100], [Steps]));
                }

                var result = new RunResult(null, "td3", "Pendulum-v1", 0, RunResult.Finished, Steps, null, null, Slept());
                result.Write(job.Folder);
                workers.Wrote(job);
                return new(result, null);
            }
            catch (IOException exception)
            {
                workers.Fenced();
                return new(null, exception.Message) { MayPass = true };
            }
            catch (OperationCanceledException)
            {
                workers.Ended(worker, run, Slept(), (step - kept) * workers._options.TrialSeconds / Steps);
                return RunOutcome.NotBegun;
            }
        }
    }
}
