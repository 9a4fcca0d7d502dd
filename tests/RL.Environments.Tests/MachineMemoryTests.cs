namespace RL.Environments.Tests;

public class MachineMemoryTests
{
    [Fact]
    public void Free_LinesOfTheSystem_AreWhatCanBeTakenNow() => Assert.Equal(
        ((2_000_000L + 500_000) * 1024),
        MachineMemory.Free(["MemTotal:       24731708 kB", "MemFree:          1000 kB", "MemAvailable:    2000000 kB", "SwapFree:         500000 kB"]));

    [Theory]
    [InlineData("MemAvailable: many kB")]
    [InlineData("MemTotal:       24731708 kB")]
    public void Free_LinesThatDoNotSay_AreNoLimit(string line) => Assert.Equal(long.MaxValue, MachineMemory.Free([line, ""]));

    [Fact]
    public void Available_OfThisMachine_IsSomethingAndNoMoreThanThereIs() =>
        Assert.InRange(MachineMemory.Available, 1, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
