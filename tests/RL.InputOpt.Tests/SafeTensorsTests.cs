using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class SafeTensorsTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("safetensors").FullName;

    string File(string name) => Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("[0, 4611686018427387904, 4611686018427387904]", "[0, 0]", 0)]
    [InlineData("[4611686018427387904, 0, 16]", "[0, 0]", 0)]
    [InlineData("[4611686018427387904, 16]", "[0, 0]", 0)]
    [InlineData("[1099511627776]", "[0, 4398046511104]", 4_398_046_511_104)]
    public void Read_ShapeThatNoMachineHolds_NamesTheFile(string shape, string offsets, long bytes)
    {
        var path = File("shape.safetensors");
        var header = Encoding.UTF8.GetBytes("{\"a\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}");
        using (var file = System.IO.File.Create(path))
        {
            file.Write(BitConverter.GetBytes((long)header.Length));
            file.Write(header);
            // Sparse: none of it is on the disk.
            file.SetLength(file.Position + bytes);
        }

        Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => SafeTensors.Read(path)).Message);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void ReadFinite_ValueThatIsNone_NamesFileAndTensor(double value)
    {
        using var scope = NewDisposeScope();
        var path = File("nan.safetensors");
        SafeTensors.Write(path, new Dictionary<string, Tensor> { ["good"] = zeros(3), ["bad"] = tensor(new[] { 0f, (float)value }), ["whole"] = arange(3) });

        var message = Assert.Throws<InvalidDataException>(() => SafeTensors.ReadFinite(path)).Message;

        Assert.StartsWith($"{path}: the tensor bad has a value that is NaN or infinite", message);
        Assert.Equal(3, SafeTensors.Read(path).Count);
    }

    [Fact]
    public void Read_WhatWasWritten_IsEqual()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>
        {
            ["f32"] = randn(3, 4),
            ["f64, a view"] = randn(4, 3, dtype: float64).t(),
            ["i64"] = arange(5) - 2,
            ["u8 \"quoted\" é"] = (arange(3) * 100).to(uint8),
            ["scalar"] = tensor(2.5),
            ["empty"] = zeros(0, 3),
            ["bool"] = arange(2).gt(0),
        };
        var path = File("all.safetensors");

        SafeTensors.Write(path, tensors, new Dictionary<string, string> { ["step"] = "12" });
        var read = SafeTensors.Read(path);

        Assert.Equal(tensors.Keys.Order(), read.Keys.Order());
        Assert.All(tensors, named =>
        {
            Assert.Equal(named.Value.dtype, read[named.Key].dtype);
            Assert.Equal(named.Value.shape, read[named.Key].shape);
            Assert.Equal(named.Value.contiguous().bytes.ToArray(), read[named.Key].bytes.ToArray());
        });
        Assert.Equal("12", SafeTensors.ReadMetadata(path)["step"]);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Read_FileOfTheReferenceImplementation_HasItsTensors()
    {
        using var scope = NewDisposeScope();
        var path = Golden.PathOf("critic_td3_256.safetensors");
        var tensors = SafeTensors.Read(path);

        Assert.Equal([256, 23], tensors["1.weight"].shape);
        Assert.Equal([256, 17], tensors["observations"].shape);
        Assert.Equal([256, 6], tensors["actions"].shape);
        Assert.Empty(SafeTensors.ReadMetadata(path));
    }

    [Fact]
    public void Write_ReservedName_LeavesTheOldFile()
    {
        using var scope = NewDisposeScope();
        var path = File("old.safetensors");
        SafeTensors.Write(path, new Dictionary<string, Tensor> { ["a"] = ones(2) });

        var error = Assert.Throws<ArgumentException>(
            () => SafeTensors.Write(path, new Dictionary<string, Tensor> { ["b"] = ones(2), ["__metadata__"] = ones(2) }));

        Assert.Contains("__metadata__", error.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], SafeTensors.Read(path).Keys);
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Theory]
    [InlineData("", 0, "0 bytes")]
    [InlineData("{", 0, "not JSON")]
    [InlineData("[]", 0, "JSON Array")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2]}}""", 8, "\"a\" needs")]
    [InlineData("""{"a":7}""", 8, "\"a\" needs")]
    [InlineData("""{"a":{"dtype":"F8","shape":[2],"data_offsets":[0,8]}}""", 8, "dtype \"F8\"")]
    [InlineData("""{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", 8, "cannot fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,-8]}}""", 0, "cannot fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", 4, "cannot fill")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "truncated")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 12, "the file has 12")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "0 was expected")]
    public void Read_BadFile_SaysWhatIsWrong(string header, int dataBytes, string expected)
    {
        using var scope = NewDisposeScope();
        var path = File("bad.safetensors");
        byte[] file = header.Length == 0
            ? []
            : [.. BitConverter.GetBytes((ulong)header.Length), .. Encoding.UTF8.GetBytes(header), .. new byte[dataBytes]];
        System.IO.File.WriteAllBytes(path, file);

        var error = Assert.Throws<InvalidDataException>(() => SafeTensors.Read(path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_HeaderLengthBeyondTheFile_DoesNotTrustIt()
    {
        var path = File("long.safetensors");
        System.IO.File.WriteAllBytes(path, [.. BitConverter.GetBytes(ulong.MaxValue), 1, 2, 3]);

        var error = Assert.Throws<InvalidDataException>(() => SafeTensors.Read(path));

        Assert.Contains("truncated", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A file with this header and data.</summary>
    string Raw(string header, int data)
    {
        var path = File("raw.safetensors");
        var bytes = Encoding.UTF8.GetBytes(header);
        System.IO.File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)bytes.Length), .. bytes, .. new byte[data]]);
        return path;
    }

    [Fact]
    public void Read_AnEmptyTensorWhereAnotherBegins_IsRead()
    {
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.Read(Raw(
            """{"full":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"empty":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}""", 8));

        Assert.Equal([2], tensors["full"].shape);
        Assert.Equal([0], tensors["empty"].shape);
    }

    [Fact]
    public void ReadMetadata_NullAndRepeatedKeys_AreAsInTheReference()
    {
        Assert.Empty(SafeTensors.ReadMetadata(Raw("""{"__metadata__":null}""", 0)));
        Assert.Equal("2", SafeTensors.ReadMetadata(Raw("""{"__metadata__":{"a":"1","a":"2"}}""", 0))["a"]);
    }

    [Theory]
    [InlineData("""{"__metadata__":7}""")]
    [InlineData("""{"__metadata__":{"a":7}}""")]
    [InlineData("""{"__metadata__":{"a":"\ud800"}}""")]
    public void ReadMetadata_WhatIsNoText_NamesTheFile(string header) => Assert.Contains(
        "raw.safetensors is not a readable safetensors file",
        Assert.Throws<InvalidDataException>(() => SafeTensors.ReadMetadata(Raw(header, 0))).Message);
}
