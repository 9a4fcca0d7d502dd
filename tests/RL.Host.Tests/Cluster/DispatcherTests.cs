using System.Reflection;
using Orleans;

namespace RL.Host.Tests;

/// <summary>The dispatcher alone, with workers that only count.</summary>
public sealed class DispatcherTests : IDisposable
{
    readonly WorkerRoom _room = new("runs", new WorkerProcesses("/bin/false", [], 1), 1, _ => { });
    readonly Dictionary<string, CountingWorker> _workers = [];
    readonly DispatcherGrain _dispatcher;

    public DispatcherTests()
    {
        var factory = DispatchProxy.Create<IGrainFactory, WorkerFactory>();
        ((WorkerFactory)(object)factory).Find = key => new CountingRun(_workers[RunGrain.Worker(key)], key.Split('/', 2)[1]);
        _dispatcher = new(_room, factory, TimeProvider.System);
    }

    public void Dispose() => _room.Dispose();

    /// <summary>Has a worker announce its places.</summary>
    Task Announce(string name, int places, int? said = null)
    {
        if (!_workers.TryGetValue(name, out var worker))
        {
            _workers.Add(name, worker = new(places));
        }

        return _dispatcher.Announce(name, said ?? places - worker.Attempts.Count, [.. worker.Attempts]);
    }

    Task<string?> Place(string attempt) => _dispatcher.Place(attempt, "{}");

    [Fact]
    public async Task Place_AWorkerIsFree_HasItAtOnce()
    {
        await Announce("a", 0);
        await Announce("b", 1);
        Assert.Equal("b", await Place("1/x"));
        Assert.Equal(["1/x"], _workers["b"].Attempts);
    }

    [Fact]
    public async Task Place_NoneIsFree_WaitsForTheFirstThatIs()
    {
        await Announce("a", 1);
        await Place("1/x");
        var waiting = Place("1/y");
        Assert.False(waiting.IsCompleted);
        await Announce("b", 1);
        Assert.Equal("b", await waiting);
    }

    [Fact]
    public async Task Place_AWorkerHasLessRoomThanItSaid_HasAnotherDoIt()
    {
        await Announce("full", 0, said: 3);
        await Announce("b", 1);
        Assert.Equal("b", await Place("1/x"));
        Assert.Empty(_workers["full"].Attempts);
    }

    [Fact]
    public async Task Place_TheSameAttemptAgain_StaysWhereItIs()
    {
        await Announce("a", 1);
        await Place("1/x");
        await Announce("a", 1);
        await Announce("b", 5);
        Assert.Equal("a", await Place("1/x"));
        Assert.Empty(_workers["b"].Attempts);
    }

    [Fact]
    public async Task Place_MoreRunsThanPlaces_FillsEveryPlaceAndNoneTwice()
    {
        var all = Enumerable.Range(0, 10).Select(run => Place($"1/{run}")).ToList();
        foreach (var name in new[] { "a", "b", "c" })
        {
            await Announce(name, 2);
        }

        Assert.All(_workers.Values, worker => Assert.Equal(2, worker.Attempts.Count));
        _workers["b"].Attempts.Clear();
        await Announce("b", 2);
        Assert.Equal(8, _workers.Values.Sum(worker => worker.Begun));
        Assert.Equal(8, (await Task.WhenAll(all)).Count(worker => worker is not null));
    }

    [Fact]
    public async Task Withdraw_ARunThatWaits_IsNeverBegun()
    {
        var waiting = Place("1/x");
        Assert.Null(await _dispatcher.Withdraw("1/x"));
        await Announce("a", 1);
        Assert.Equal(0, _workers["a"].Begun);
        Assert.False(waiting.IsCompleted);
    }

    [Fact]
    public async Task Place_AWorkerDoesNotAnswer_IsNamedAndGivenNothingMore()
    {
        await Announce("a", 2);
        _workers["a"].IsSilent = true;
        Assert.Equal("a", await Place("1/x"));
        var waiting = Place("1/y");
        await Announce("b", 1);
        Assert.Equal("b", await waiting);
    }

    sealed class CountingWorker(int places)
    {
        public int Places => places;

        public List<string> Attempts { get; } = [];

        public int Begun { get; set; }

        public bool IsSilent { get; set; }
    }

    sealed class CountingRun(CountingWorker worker, string attempt) : IRunGrain
    {
        public Task<bool> Start(string job)
        {
            if (worker.IsSilent)
            {
                throw new TimeoutException();
            }

            if (worker.Attempts.Contains(attempt))
            {
                return Task.FromResult(true);
            }

            if (worker.Attempts.Count == worker.Places)
            {
                return Task.FromResult(false);
            }

            worker.Attempts.Add(attempt);
            worker.Begun++;
            return Task.FromResult(true);
        }

        public Task<RunLines> Read(int from) => throw new NotSupportedException();

        public Task Stop() => throw new NotSupportedException();

        public Task Request(string request) => throw new NotSupportedException();

        public Task Forget() => throw new NotSupportedException();

        public Task<FilePiece[]?> Offer(SentFile[] files) => throw new NotSupportedException();

        public Task Put(string name, int piece, byte[] bytes) => throw new NotSupportedException();

        public Task Sent() => throw new NotSupportedException();

        public Task<SentFile[]?> Files(string? newest) => throw new NotSupportedException();

        public Task<byte[]> Get(string name, int piece) => throw new NotSupportedException();
    }
}

/// <summary>Finds a grain by its key.</summary>
public class WorkerFactory : DispatchProxy
{
    internal Func<string, object>? Find { get; set; }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Find!((string)args![0]!);
}
