using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TorchSharpTests;

/// <summary>Creation, memory, shapes, indices and reductions.</summary>
public sealed class TensorTests
{
    static readonly float[] _zeroToEleven = [.. Enumerable.Range(0, 12).Select(i => (float)i)];

    [Fact]
    public void Types_FollowTheArguments_NotTheDefault()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(float64, tensor(1.0).dtype);
        Assert.Equal(ScalarType.Int32, tensor(new[] { 1, 2 }).dtype);
        Assert.Equal(uint8, tensor(new byte[] { 1, 2 }).dtype);
        Assert.Equal(int64, arange(5).dtype);
        Assert.Equal(float32, arange(0, 1, 0.25).dtype);
        Assert.Equal(float32, zeros(2).dtype);
        Assert.Equal(float32, tensor(new[] { 1.5, 2.5 }, float32).dtype);
        Assert.Equal(int64, randint(5, [3]).dtype);
    }

    [Fact]
    public void Bytes_AreTheTensorsOwnMemory()
    {
        using var scope = NewDisposeScope();
        var x = zeros(3);
        MemoryMarshal.Cast<byte, float>(x.bytes)[1] = 5;
        Assert.Equal([0, 5, 0], x.data<float>().ToArray());
        x.bytes = new byte[12];
        Assert.Equal(0f, x.sum().item<float>());
        Assert.Throws<NotImplementedException>(() => zeros(2, 3).t().bytes.Length);
        Assert.Throws<ArgumentException>(() => x.bytes = new byte[3]);
    }

    [Fact]
    public void Data_OfATransposedTensor_IsRowMajor()
    {
        using var scope = NewDisposeScope();
        var x = tensor(_zeroToEleven, [3, 4]).t();
        Assert.Equal([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11], x.data<float>().ToArray());
        Assert.Equal(6f, x.data<float>()[2, 1]);
        Assert.Throws<ArgumentException>(() => x.data<double>());
        Assert.Throws<ArgumentException>(() => x.item<float>());
        Assert.Equal(11, (int)x.max());
    }

    [Fact]
    public void Tensor_WithTooFewValues_Throws()
    {
        var error = Assert.Throws<ArgumentException>(() => tensor(new float[5], [2, 3]));
        Assert.Contains("5 values do not fill a tensor of shape [2, 3]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Indexing_TakesNumbersSlicesTensorsAndEllipsis()
    {
        using var scope = NewDisposeScope();
        var x = tensor(_zeroToEleven, [3, 4]);
        Assert.Equal([4, 5, 6, 7], x[1].data<float>().ToArray());
        Assert.Equal(6f, x[1, 2].item<float>());
        Assert.Equal([1, 5, 9], x[TensorIndex.Colon, 1].data<float>().ToArray());
        Assert.Equal([3, 7, 11], x[TensorIndex.Ellipsis, -1].data<float>().ToArray());
        Assert.Equal([4, 6, 8, 10], x[1.., TensorIndex.Slice(step: 2)].data<float>().ToArray());
        Assert.Equal([8, 9, 10, 11], x[^1..].data<float>().ToArray());
        Assert.Equal([3, 1, 4], x[TensorIndex.Colon, TensorIndex.Null].shape);
        var rows = tensor(new long[] { 2, 0 });
        Assert.Equal([8, 9, 10, 11, 0, 1, 2, 3], x[rows].data<float>().ToArray());
        Assert.Equal([10, 2], x[TensorIndex.Tensor(rows), 2].data<float>().ToArray());
        Assert.Equal([9, 10, 11], x[x > 8].data<float>().ToArray());
    }

    [Fact]
    public void Indexing_Assigns_InPlace()
    {
        using var scope = NewDisposeScope();
        var x = tensor(_zeroToEleven, [3, 4]);
        x[0] = zeros(4);
        x[1, 2] = tensor(100f);
        x[x > 8] = tensor(-1f);
        x[TensorIndex.Colon, 0] = tensor(new float[] { 7, 8, 9 });
        Assert.Equal([7, 0, 0, 0, 8, 5, -1, 7, 9, -1, -1, -1], x.data<float>().ToArray());
    }

    [Fact]
    public void Selections_MatchHandValues()
    {
        using var scope = NewDisposeScope();
        var x = tensor(_zeroToEleven, [3, 4]);
        var columns = tensor(new long[] { 3, 0, 1 }, [3, 1]);
        Assert.Equal([3, 4, 9], x.gather(1, columns).data<float>().ToArray());
        Assert.Equal([8, 9, 10, 11, 0, 1, 2, 3], x.index_select(0, tensor(new long[] { 2, 0 })).data<float>().ToArray());
        Assert.Equal([0, 0, 0, 3], where(x > 2, x, zeros_like(x))[0].data<float>().ToArray());
        Assert.Equal([5, 6, 9, 10], x.narrow(0, 1, 2).narrow(1, 1, 2).data<float>().ToArray());
        Assert.Equal([9, 9, 9, 3], x.masked_fill(x < 3, 9)[0].data<float>().ToArray());
        Assert.Equal([[2, 4], [1, 4]], x.split(2).Select(part => part.shape));
        Assert.Equal([[3, 1], [3, 3]], x.split([1, 3], 1).Select(part => part.shape));
        Assert.Equal(4, x.unbind(1).Length);
        Assert.Equal(80, arange(80).split(1).Length);
        Assert.Equal([6, 4], cat([x, x]).shape);
        Assert.Equal([2, 3, 4], stack([x, x]).shape);
        Assert.Equal([0L, 1, 2], nn.functional.one_hot(arange(3)).argmax(1).data<long>().ToArray());
    }

    [Fact]
    public void Views_ShareMemory_AndReshapeTheSame()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 6);
        x.view(3, 4).fill_(1);
        Assert.Equal(12f, x.sum().item<float>());
        Assert.Equal([12], x.flatten().shape);
        Assert.Equal([1, 2, 6], x.unsqueeze(0).shape);
        Assert.Equal([2, 6], x.unsqueeze(0).squeeze(0).shape);
        Assert.Equal([6, 2], x.transpose(0, 1).shape);
        Assert.Equal([6, 2, 1], x.unsqueeze(2).permute(1, 0, 2).shape);
        Assert.Equal([5, 2, 6], x.expand(5, 2, 6).shape);
        Assert.Equal(6, x.size(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => x.size(2));
    }

    [Fact]
    public void Reductions_MatchHandValues()
    {
        using var scope = NewDisposeScope();
        var x = tensor(_zeroToEleven, [3, 4]);
        Assert.Equal(66f, x.sum().item<float>());
        Assert.Equal([12, 15, 18, 21], x.sum(dim: 0).data<float>().ToArray());
        Assert.Equal([3, 1], x.sum(1, keepdim: true).shape);
        Assert.Equal([1.5f, 5.5f, 9.5f], x.mean([1]).data<float>().ToArray());
        Assert.Equal(MathF.Sqrt(13), x.std().item<float>(), 1e-5f);
        Assert.Equal(11.916667f, x.var(unbiased: false).item<float>(), 1e-5f);
        Assert.Equal([1.25f, 1.25f, 1.25f], x.var(1, unbiased: false).data<float>().ToArray());
        Assert.Equal([3, 7, 11], x.amax(1).data<float>().ToArray());
        var (values, indices) = x.max(0);
        Assert.Equal([8, 9, 10, 11], values.data<float>().ToArray());
        Assert.Equal([2, 2, 2, 2], indices.data<long>().ToArray());
        Assert.Equal(11L, x.argmax().item<long>());
        Assert.Equal(5f, tensor(new float[] { 3, 4 }).norm().item<float>());
        Assert.Equal(4f, tensor(new float[] { 3, -4 }).norm(float.PositiveInfinity).item<float>());
        Assert.Equal([3f], tensor(new float[] { 1, 2 }, [1, 2]).norm(1, p: 1).data<float>().ToArray());
        Assert.True((bool)(x >= 0).all());
        Assert.False((bool)(x > 11).any());
        Assert.True(x.isfinite().all().item<bool>());
        Assert.True(x.allclose(x + 1e-9));
    }

    [Fact]
    public void Functions_MatchHandValues()
    {
        using var scope = NewDisposeScope();
        var x = tensor(new float[] { -2, 0, 3 });
        Assert.Equal([0, 0, 3], x.relu().data<float>().ToArray());
        Assert.Equal([-1, 0, 1], x.clamp(-1, 1).data<float>().ToArray());
        Assert.Equal([-2, 0, 1], x.clamp(max: 1).data<float>().ToArray());
        Assert.Equal([-1, 0, 2], x.clamp(tensor(-1f), tensor(new float[] { 5, 5, 2 })).data<float>().ToArray());
        Assert.Equal([-1, 0, 1], x.sign().data<float>().ToArray());
        Assert.Equal([2, 0, 3], x.abs().data<float>().ToArray());
        Assert.Equal([-2, 0, 1], minimum(x, ones(3)).data<float>().ToArray());
        Assert.Equal([1, 1, 3], maximum(x, ones(3)).data<float>().ToArray());
        Assert.Equal(1f, x.softmax(0).sum().item<float>(), 1e-6f);
        Assert.Equal(x.softmax(0).log().data<float>().ToArray(), x.log_softmax(0).data<float>().ToArray(), Close);
        Assert.Equal([-1, 0, 1], x.div(2, RoundingMode.trunc).data<float>().ToArray());
        Assert.Equal([true, false, false], (x == -2).data<bool>().ToArray());
        Assert.Equal([false, true, true], (x != -2).data<bool>().ToArray());
        Assert.Equal([0, 1, 6.25f], x.add(2).mul_(0.5f).pow(tensor(2f)).data<float>().ToArray());
    }

    [Fact]
    public void Device_Parses_AndNamesWhatIsWrong()
    {
        Assert.Equal("cpu", CPU.ToString());
        Assert.Equal("cuda:1", device("cuda:1").ToString());
        Assert.Equal(DeviceType.CUDA, new Device("cuda").type);
        Assert.Contains("tpu", Assert.Throws<ArgumentException>(() => device("tpu")).Message, StringComparison.Ordinal);
        using var x = ones(1).to(CPU);
        Assert.Equal(DeviceType.CPU, x.device.type);
        if (!cuda.is_available())
            Assert.ThrowsAny<Exception>(() => x.to(device("cuda")));
    }

    [Fact]
    public void Threads_AreSetAndRead()
    {
        set_num_threads(1);
        Assert.Equal(1, get_num_threads());
    }

    static bool Close(float left, float right) => MathF.Abs(left - right) < 1e-5f;
}
