namespace RL.Dashboard.Tests;

public sealed class EventStoreTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    RunData Scanned(params byte[][] records)
    {
        File.WriteAllBytes(_folder.File("x.tfevents"), records.SelectMany(record => record).ToArray());
        var store = new EventStore(_folder.Path);
        store.Scan();
        return Assert.Single(store.Runs);
    }

    [Fact]
    public void Scan_DamagedFiles_ShowsWhatIsBeforeAndSaysWhy()
    {
        var run = Scanned(EventBytes.Value("a", 1, EventBytes.Float(2, 1)), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]);

        Assert.Equal(1, run.LastStep);
        Assert.Equal("x.tfevents is damaged: a record's length does not fit its checksum.", run.Problem);
        Assert.Equal(".", run.Name);
    }

    [Fact]
    public void Scan_MoreTagsThanAreKept_KeepsSomeAndSaysSo()
    {
        var run = Scanned([.. Enumerable.Range(0, 2100).Select(i => EventBytes.Value($"tag{i}", 1, EventBytes.Float(2, 1)))]);

        Assert.Equal(2000, run.Scalars.Count);
        Assert.Contains("more than 2000 tags", run.Problem);
        Assert.Contains("A tag has 500 bytes", Scanned(EventBytes.Value(new string('x', 500), 1, EventBytes.Float(2, 1))).Problem);
    }

    [Fact]
    public void Scan_PicturesThatAreNone_AreNotKept()
    {
        var huge = PngFile.Encode(1, 1, [1, 2, 3]);
        (huge[16], huge[20]) = (0x40, 0x40); // 2³⁰ pixels a side
        byte[] Image(byte[] png) => EventBytes.Bytes(4, EventBytes.Bytes(4, png));
        foreach (var png in new[] { huge, "<svg onload='alert(1)'/>"u8.ToArray(), [], new byte[5_000_000] })
        {
            var run = Scanned(EventBytes.Value("a", 1, EventBytes.Float(2, 1)), EventBytes.Value("picture", 1, Image([.. png, 0])));
            Assert.Empty(run.Images);
            Assert.Contains("no PNG files", run.Problem);
        }
    }

    [Fact]
    public void Scan_ManyPicturesAndDistributions_KeepsSomeWithTheLast()
    {
        var png = PngFile.Encode(1, 1, [1, 2, 3]);
        var run = Scanned([.. Enumerable.Range(1, 1000).SelectMany(step => new[]
        {
            EventBytes.Value("picture", step, EventBytes.Bytes(4, EventBytes.Bytes(4, png))),
            EventBytes.Value("weights", step, EventBytes.Bytes(5, [.. EventBytes.Double(6, 1), .. EventBytes.Double(7, 1)])),
        })]);

        Assert.InRange(run.Images["picture"].Count, 6, 12);
        Assert.InRange(run.Histograms["weights"].Count, 25, 50);
        Assert.Equal((1000, 1000), (run.Images["picture"][^1].Step, run.Histograms["weights"][^1].Step));
        Assert.Null(run.Problem);
    }

    [Fact]
    public void Scan_RandomContentWithValidChecksums_NeverThrows()
    {
        var random = new RL.Environments.Pcg64(3, 1);
        for (var trial = 0; trial < 300; trial++)
        {
            var content = new byte[random.NextInt(60)];
            foreach (ref var value in content.AsSpan())
            {
                value = (byte)(random.NextInt(2) == 0 ? random.NextInt(256) : new[] { 0x0a, 0x12, 0x22, 0x2a, 0x42, 0x4a, 1, 4 }[random.NextInt(8)]);
            }

            var plugin = new[] { "scalars", "images", "histograms", "text", "hparams", "?" }[random.NextInt(6)];
            Scanned(EventBytes.Record([.. EventBytes.Bytes(5, EventBytes.Bytes(1, [.. EventBytes.Text(1, "a"), .. EventBytes.Plugin(plugin), .. content]))]));
        }
    }

    [Fact]
    public void Add_MorePointsThanBuckets_KeepsMeanAndPeaks()
    {
        var series = new ScalarSeries();
        for (var step = 1; step <= 100_000; step++)
        {
            series.Add(step, step, step == 50_000 ? 1000 : step % 2);
        }

        Assert.InRange(series.Buckets.Length, ScalarSeries.MostBuckets / 2, ScalarSeries.MostBuckets);
        Assert.Equal((100_000, 1000, 0), (series.Buckets[^1].Step, series.Buckets.ToArray().Max(bucket => bucket.High), series.Buckets.ToArray().Min(bucket => bucket.Low)));
        Assert.Equal(100_000, series.Buckets.ToArray().Sum(bucket => bucket.Points));
        Assert.Equal(0.5 + (1000.0 / 100_000), series.Buckets.ToArray().Sum(bucket => (double)bucket.Mean * bucket.Points) / 100_000, 3);
        var thinned = series.Thinned(50);
        Assert.InRange(thinned.Length, 25, 50);
        Assert.Equal(1000, thinned.Max(bucket => bucket.High));
        series.DropFrom(50_000);
        Assert.True(series.Buckets[^1].Step < 50_000);
    }

    [Theory]
    [InlineData("HalfCheetah-v5__td3__s0__20250131-235959", "HalfCheetah-v5__td3")]
    [InlineData("HalfCheetah-v5__td3__20250131-235959-s12", "HalfCheetah-v5__td3")]
    [InlineData("cheetah-s3", "cheetah")]
    [InlineData("runs/cheetah_seed4", "runs/cheetah")]
    [InlineData("CartPole-v1__ppo__1__1700000000", "CartPole-v1__ppo")]
    [InlineData("ppo_1", "ppo_1")]
    [InlineData("s3", "s3")]
    public void Of_ANameWithASeed_IsTheNameWithoutIt(string name, string expected) => Assert.Equal(expected, RunGroups.Of(name));
}
