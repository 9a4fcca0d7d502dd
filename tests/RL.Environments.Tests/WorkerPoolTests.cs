namespace RL.Environments.Tests;

public class WorkerPoolTests
{
    [Theory]
    [InlineData(1, 5)]
    [InlineData(3, 5)]
    [InlineData(8, 5)]
    public void Run_AnyNumberOfThreads_DoesEveryItemOnce(int threads, int items)
    {
        using var pool = new WorkerPool(threads, items);
        var done = new int[items];
        for (var round = 1; round <= 50; round++)
        {
            pool.Run(items, item => Interlocked.Increment(ref done[item]));
            Assert.All(done, count => Assert.Equal(round, count));
        }

        Assert.Equal(Math.Min(threads, items), pool.Threads);
        pool.Run(0, _ => Assert.Fail("There is nothing to do."));
    }

    [Fact]
    public void Run_OneThread_StaysInTheCallingThread()
    {
        using var pool = new WorkerPool(1, 3);
        var caller = Environment.CurrentManagedThreadId;
        pool.Run(3, _ => Assert.Equal(caller, Environment.CurrentManagedThreadId));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Run_ItemsThatFail_ThrowsTheFirstOnesExceptionAfterAllAreDone(int threads)
    {
        using var pool = new WorkerPool(threads, 6);
        var done = 0;
        var exception = Assert.Throws<InvalidOperationException>(() => pool.Run(6, item =>
        {
            Interlocked.Increment(ref done);
            if (item is 2 or 4)
            {
                throw new InvalidOperationException($"item {item}");
            }
        }));
        Assert.Equal("item 2", exception.Message);
        Assert.Equal(6, done);
        pool.Run(6, _ => { }); // what failed is forgotten
    }
}
