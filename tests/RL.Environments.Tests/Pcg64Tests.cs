using System.Security.Cryptography;

namespace RL.Environments.Tests;

public class Pcg64Tests
{
    [Fact]
    public void NextDouble_SeedZero_EqualsNumpysDocumentedDraws()
    {
        // np.random.default_rng(0).random(3), and default_rng(42).random(2)
        var zero = new Pcg64(0);
        Assert.Equal([0.6369616873214543, 0.2697867137638703, 0.04097352393619469], Draw(3, zero.NextDouble));
        var fortyTwo = new Pcg64(42);
        Assert.Equal([0.7739560485559633, 0.4388784397520523], Draw(2, fortyTwo.NextDouble));
    }

    [Fact]
    public void NextGaussian_SeedZero_EqualsNumpysDocumentedDraws()
    {
        // np.random.default_rng(0).standard_normal(4)
        var random = new Pcg64(0);
        Assert.Equal(
            [0.12573022, -0.13210486, 0.64042265, 0.10490012],
            Draw(4, random.NextGaussian).Select(value => Math.Round(value, 8)));
    }

    [Fact]
    public void NextInt_SeedZero_EqualsNumpysDocumentedDraws()
    {
        // np.random.default_rng(42).integers(0, 10, 10), and default_rng(0).integers(0, 10, 5)
        var fortyTwo = new Pcg64(42);
        Assert.Equal([0, 7, 6, 4, 4, 8, 0, 6, 2, 0], Draw(10, () => fortyTwo.NextInt(10)));
        var zero = new Pcg64(0);
        Assert.Equal([8, 6, 5, 2, 3], Draw(5, () => zero.NextInt(10)));
    }

    [Fact]
    public void Ziggurat_Tables_AreNumpys()
    {
        // SHA-256 over (ki_double[i], wi_double[i], fi_double[i]), little-endian, i = 0 … 255.
        var bytes = new MemoryStream();
        var writer = new BinaryWriter(bytes);
        for (var i = 0; i < 256; i++)
        {
            writer.Write(Ziggurat.Inside[i]);
            writer.Write(Ziggurat.Width[i]);
            writer.Write(Ziggurat.Density[i]);
        }

        Assert.Equal(
            "3FA8498AD4AD3C29BF682C7ABF5A30423B1655ACF004873C5B592E567A9354B9",
            Convert.ToHexString(SHA256.HashData(bytes.ToArray())));
    }

    [Fact]
    public void NextGaussian_ManyDraws_HasTheMomentsAndTailsOfANormal()
    {
        var random = new Pcg64(7);
        const int Count = 2_000_000;
        var (sum, squares, beyondThree, beyondFour) = (0.0, 0.0, 0, 0);
        for (var i = 0; i < Count; i++)
        {
            var x = random.NextGaussian();
            sum += x;
            squares += x * x;
            beyondThree += Math.Abs(x) > 3 ? 1 : 0;
            beyondFour += Math.Abs(x) > 4 ? 1 : 0;
        }

        Assert.Equal(0, sum / Count, 0.003);
        Assert.Equal(1, squares / Count, 0.005);
        Assert.Equal(0.0026998, (double)beyondThree / Count, 0.0002);
        Assert.Equal(0.0000633, (double)beyondFour / Count, 0.00003);
    }

    [Fact]
    public void NextInt_SmallRange_IsUniform()
    {
        var random = new Pcg64(1);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++)
        {
            counts[random.NextInt(7)]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
        Assert.Throws<ArgumentOutOfRangeException>(() => random.NextInt(0));
    }

    [Fact]
    public void SpawnKey_DrawsAnotherStream()
    {
        Assert.NotEqual(new Pcg64(0).NextUInt64(), new Pcg64(0, 0).NextUInt64());
        Assert.NotEqual(new Pcg64(0, 1).NextUInt64(), new Pcg64(0, 0).NextUInt64());
        Assert.Equal(new Pcg64(5, 3).NextUInt64(), new Pcg64(5, 3).NextUInt64());
    }

    [Fact]
    public void SaveLoad_WithABufferedHalf_GoesOnIdentically()
    {
        var random = new Pcg64(3);
        random.NextInt(10);
        var bytes = new MemoryStream();
        random.Save(new BinaryWriter(bytes));
        bytes.Position = 0;
        var restored = new Pcg64(99);
        restored.Load(new BinaryReader(bytes));
        Assert.Equal(Draw(5, random.NextUInt32), Draw(5, restored.NextUInt32));
        Assert.Equal(Draw(5, random.NextGaussian), Draw(5, restored.NextGaussian));
    }

    static T[] Draw<T>(int count, Func<T> draw) => [.. Enumerable.Range(0, count).Select(_ => draw())];
}
