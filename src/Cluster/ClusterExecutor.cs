using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using Orleans.Runtime;

namespace RL.Cluster;

/// <summary>
/// Executes runs on the workers of a cluster (`rl worker --cluster`), which share the folder of the runs, or are sent the files
/// (<see cref="ClusterAddress.SendsFiles"/>). A worker that is gone is an outcome that may pass: the run goes on elsewhere from its last checkpoint
/// when it is given again.
/// </summary>
public sealed class ClusterExecutor : IRunExecutor, IAsyncDisposable
{
    /// <summary>So many that no two names are the same.</summary>
    const int NameDigits = 32;

    static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <summary>As long as a connection may take. Orleans would try for minutes.</summary>
    static readonly TimeSpan _connection = TimeSpan.FromSeconds(10);

    /// <summary>As long as a worker may not answer: by then Orleans has found out whether it is gone.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    readonly IHost _host;
    readonly IGrainFactory _grains;
    readonly string _runs;
    readonly bool _sendsFiles;
    readonly TimeProvider _clock;

    ClusterExecutor(IHost host, string runs, bool sendsFiles, TimeProvider clock)
    {
        (_host, _grains) = (host, host.Services.GetRequiredService<IClusterClient>());
        (_runs, _sendsFiles, _clock) = (Path.GetFullPath(runs), sendsFiles, clock);
    }

    /// <summary>Connects to a cluster.</summary>
    /// <param name="address">The cluster.</param>
    /// <param name="runs">Folder of the runs as it is called here; workers may call it otherwise.</param>
    /// <param name="clock">For waiting.</param>
    /// <exception cref="UserException">No worker answers, or the certificate is not theirs.</exception>
    public static async Task<ClusterExecutor> Connect(ClusterAddress address, string runs, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(address);
        await ClusterProbe.ThrowUnlessOpen(address).ConfigureAwait(false);
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.UseOrleansClient(client =>
        {
            ClusterNetwork.Join(client, address);
            client.Configure<ClientMessagingOptions>(options => options.ResponseTimeout = ClusterNetwork.Response);
        });
        var host = builder.Build();
        try
        {
            using var patience = new CancellationTokenSource(_connection);
            await host.StartAsync(patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException or OperationCanceledException or System.Data.Common.DbException)
        {
            host.Dispose();
            throw ClusterProbe.NoWorker(exception.Sentence());
        }

        return new(host, runs, address.SendsFiles, clock);
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(report);
        try
        {
            if (!_sendsFiles)
            {
                return await Place(job, stop).ConfigureAwait(false) is { } grain ? await Follow(grain, null, report, stop).ConfigureAwait(false) : RunOutcome.NotBegun;
            }

            // On the workers' machines nobody can lock it.
            using var @lock = job.Piece is null ? RunLock.TryTake(job.Folder) ?? throw new IOException($"The run {job.Folder} is in use by another process.") : null;
            // Before it has a place: the files may be large, and a worker waits for them only so long.
            using var transfer = await Task.Run(() => new RunTransfer(job, _clock), CancellationToken.None).ConfigureAwait(false);
            return await Place(job, stop).ConfigureAwait(false) is { } other ? await ExecuteThere(other, transfer, report, stop).ConfigureAwait(false) : RunOutcome.NotBegun;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return RunOutcome.NotBegun;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new(null, exception.Sentence()) { MayPass = true };
        }
        catch (UserException exception)
        {
            return new(null, exception.Message);
        }
    }

    /// <summary>Sends the files, follows the run and fetches what becomes of them.</summary>
    async Task<RunOutcome> ExecuteThere(IRunGrain grain, RunTransfer transfer, Action<RunReport> report, CancellationToken stop)
    {
        try
        {
            var isSent = await transfer.Send(grain, stop).ConfigureAwait(false);
            return await Follow(grain, isSent ? transfer : null, report, stop).ConfigureAwait(false);
        }
        catch
        {
            // What it would still do is lost.
            await Ask(() => Done(grain.Stop()), false).ConfigureAwait(false);
            await Ask(() => Done(grain.Forget()), false).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Waits for a worker that executes a run; null if it was stopped before. Where nobody knows whether a worker has begun, because the dispatcher
    /// is gone, a new attempt is begun: the run of the other one ends.
    /// </summary>
    async Task<IRunGrain?> Place(RunJob job, CancellationToken stop)
    {
        var dispatcher = _grains.GetGrain<IDispatcherGrain>(0);
        var (run, text) = (NameOf(Path.GetFullPath(job.Folder)), JsonSerializer.Serialize(new ClusterJob(job with { Folder = "" }) { SendsFiles = _sendsFiles }, OptionsJson.Line));
        IRunGrain? Grain(RunAttempt attempt, string? worker) =>
            worker is null ? null : _grains.GetGrain<IRunGrain>(RunGrain.Key(worker, attempt.ToString()));
        var attempt = new RunAttempt(RunEpoch.Grant(job.Folder), run);
        while (!stop.IsCancellationRequested)
        {
            var (isAnswered, worker) = await Ask(
                async () => (true, await dispatcher.Place(attempt.ToString(), text).WaitAsync(stop).ConfigureAwait(false)), default).ConfigureAwait(false);
            if (worker is not null)
            {
                return Grain(attempt, worker);
            }

            if (!isAnswered && !stop.IsCancellationRequested)
            {
                attempt = attempt with { Epoch = RunEpoch.Grant(job.Folder) };
                await Wait().ConfigureAwait(false);
            }
        }

        return Grain(attempt, await Ask(() => dispatcher.Withdraw(attempt.ToString()), null).ConfigureAwait(false));
    }

    /// <summary>
    /// What a run is called in the cluster. Where all share a folder that is its place in there; else other machines may have a run of the same name,
    /// and an earlier one of this name may have left files on a worker that was killed.
    /// </summary>
    string NameOf(string folder) => _sendsFiles
        ? Path.Combine(RandomNumberGenerator.GetHexString(NameDigits, lowercase: true), Path.GetRelativePath(RunTransfer.Root(folder, isPiece: true), folder))
        : Path.GetRelativePath(_runs, folder);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }

    async Task<RunOutcome> Follow(IRunGrain grain, RunTransfer? transfer, Action<RunReport> report, CancellationToken stop)
    {
        var (read, answered) = (0, _clock.GetTimestamp());
        while (true)
        {
            if (stop.IsCancellationRequested)
            {
                await Ask(() => Done(grain.Stop()), false).ConfigureAwait(false);
            }

            if (await Ask<RunLines?>(async () => await grain.Read(read).ConfigureAwait(false), null).ConfigureAwait(false) is { } answer)
            {
                answered = _clock.GetTimestamp();
                if (!answer.IsKnown)
                {
                    return new(null, "The worker that executed the run is gone.") { MayPass = true };
                }

                read += answer.Lines.Length;
                foreach (var message in answer.Lines.Select(WorkerMessage.Parse).OfType<WorkerMessage>())
                {
                    if (message.Outcome is { } outcome)
                    {
                        var ended = transfer is null ? outcome : await transfer.FetchEnd(grain, outcome).ConfigureAwait(false);
                        await Ask(() => Done(grain.Forget()), false).ConfigureAwait(false);
                        return ended;
                    }

                    report(message.Report!);
                }

                if (transfer is not null)
                {
                    await transfer.PassRequest(grain).ConfigureAwait(false);
                    await transfer.FetchWhenDue(grain).ConfigureAwait(false);
                }
            }
            else if (_clock.GetElapsedTime(answered) > _patience)
            {
                return new(null, "The worker that executed the run does not answer.") { MayPass = true };
            }
            else
            {
                await Wait().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Asks a grain. A worker that has just died answers nothing until Orleans has noticed.</summary>
    static async Task<T> Ask<T>(Func<Task<T>> question, T otherwise)
    {
        try
        {
            return await question().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException or IOException or OperationCanceledException)
        {
            return otherwise;
        }
    }

    static async Task<bool> Done(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    Task Wait() => Task.Delay(_pause, _clock, CancellationToken.None);
}
