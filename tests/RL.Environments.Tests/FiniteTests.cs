namespace RL.Environments.Tests;

public sealed class FiniteTests
{
    [Fact]
    public void All_OneElementThatIsNot_IsFoundAtEveryPlaceOfEveryLength()
    {
        for (var length = 1; length < 40; length++)
        {
            for (var place = 0; place < length; place++)
            {
                foreach (var value in new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -3.4028235677973366e38 })
                {
                    var values = Enumerable.Repeat(-3.4028234663852886e38, length).ToArray();
                    Assert.True(Finite.All<double>(values));
                    Assert.True(Finite.All<float>([.. values.Select(each => (float)each)]));
                    values[place] = value;
                    Assert.False(Finite.All<double>(values));
                    Assert.False(Finite.All<float>([.. values.Select(each => (float)each)]));
                }
            }
        }
    }

    [Theory]
    [InlineData(3.4028235677973366e38)]
    [InlineData(3.4028235677973362e38)]
    [InlineData(3.4028234663852886e38)]
    [InlineData(1e-320)]
    public void All_NearTheEndsOfFloat32_AgreesWithRounding(double value) =>
        Assert.Equal(float.IsFinite((float)value), Finite.All<double>([value]));

    [Fact]
    public void All_BytesAndIntegers_AreFinite()
    {
        Assert.True(Finite.All<byte>([255]));
        Assert.True(Finite.All<int>([int.MinValue]));
        Assert.True(Finite.All<double>([]));
    }
}
