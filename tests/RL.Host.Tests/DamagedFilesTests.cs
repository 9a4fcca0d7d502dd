using RL.Benchmarks;

namespace RL.Host.Tests;

/// <summary>A short run of benchmarks/scripts/fuzz.sh.</summary>
public sealed class DamagedFilesTests
{
    [Fact]
    public void Read_DamagedFilesOfEveryFormat_IsReadOrRefusedByName()
    {
        using var table = new StringWriter();

        Assert.True(Fuzz.Run(100, 1, table) == 0, table.ToString());
    }
}
