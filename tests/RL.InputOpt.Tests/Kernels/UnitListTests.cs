namespace RL.InputOpt.Tests;

public sealed class UnitListTests
{
    [Fact]
    public void SetNonZero_NumbersInThePadding_AreNoMembers()
    {
        foreach (var count in new[] { 1, 3, 7, 8, 9, 15, 16, 17, 40 })
        {
            var list = new UnitList<float>(count);
            var v = new AlignedArray<float>(count);
            v.Span.Fill(float.NaN);
            list.SetNonZero(v, count);
            Assert.Equal(Enumerable.Range(0, count), list.Units.ToArray());

            v.Span.Fill(1);
            v[count / 2] = 0;
            list.SetPositive(v, count);
            Assert.Equal(Enumerable.Range(0, count).Where(unit => unit != count / 2), list.Units.ToArray());

            var doubles = new AlignedArray<double>(count);
            doubles.Span.Fill(2e-9);
            var ofDoubles = new UnitList<double>(count);
            ofDoubles.SetNonZero(doubles, count);
            Assert.Equal(count, ofDoubles.Count);
        }
    }

    [Fact]
    public void SetNonZero_MoreThanThereIsRoomFor_IsRefused()
    {
        var list = new UnitList<float>(3);
        Assert.Throws<ArgumentOutOfRangeException>(() => list.SetNonZero(new float[16], 16));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.SetPositive(new float[2], 3));
    }
}
