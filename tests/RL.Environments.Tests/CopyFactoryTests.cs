namespace RL.Environments.Tests;

public class CopyFactoryTests
{
    sealed class Copy(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }

    [Fact]
    public void Make_ThatFits_MakesEveryCopyInOrder()
    {
        var order = new List<int>();
        var copies = CopyFactory.Make(200, i => { order.Add(i); return new Copy(() => { }); }, () => 1000 + (10 * order.Count), 3000);
        Assert.Equal(200, copies.Length);
        Assert.Equal(Enumerable.Range(0, 200), order);
    }

    [Fact]
    public void Make_ThatWouldNotFit_IsRefusedWithTheNumberThatWouldAndDisposesOfWhatWasMade()
    {
        var (made, disposed) = (0, 0);
        var error = Assert.Throws<ArgumentException>(() => CopyFactory.Make(
            50_000, _ => { made++; return new Copy(() => disposed++); }, () => 1_000_000_000 + (1_000_000L * made), 11_000_000_000));
        Assert.Equal("50000 copies take about 50.0 GB, and this process can have 11.0 GB; allowed: training.copies up to about 10000.", error.Message);
        Assert.Equal((64, 64), (made, disposed));
    }

    [Fact]
    public void Make_ACopyThatFails_DisposesOfTheOthers()
    {
        var disposed = 0;
        Assert.Throws<InvalidOperationException>(() => CopyFactory.Make(
            5, i => i < 3 ? new Copy(() => disposed++) : throw new InvalidOperationException(), () => 0, long.MaxValue));
        Assert.Equal(3, disposed);
    }
}
