using System.Runtime.InteropServices;

namespace RL.Environments.Tests;

public class MujocoModelTests
{
    public static TheoryData<string> Models =>
    [
        "half_cheetah", "hopper", "walker2d", "walker2d_v5", "ant", "humanoid", "humanoidstandup",
        "swimmer", "reacher", "pusher", "pusher_v5", "inverted_pendulum", "inverted_double_pendulum",
    ];

    [Theory]
    [MemberData(nameof(Models))]
    public void Compiled_EveryPhysicsArray_EqualsTheReferenceBitForBit(string name)
    {
        using var golden = Golden.Read("models.json.gz");
        using var model = MujocoModel.LoadEmbedded(name);
        var reference = golden.RootElement.GetProperty(name);

        string[] sizes = ["nq", "nv", "nu", "na", "nbody", "njnt", "ngeom", "nsite", "ntendon", "nM", "nD", "njmax", "nconmax"];
        foreach (var size in sizes)
        {
            Assert.True(reference.GetProperty("dims").GetProperty(size).GetInt32() == model.Size(size), size);
        }

        foreach (var property in reference.GetProperty("arrays").EnumerateObject())
        {
            AssertEqual(model, property.Name, Golden.Numbers(property.Value));
        }

        foreach (var section in new[] { "opt", "stat" })
        {
            foreach (var property in reference.GetProperty(section).EnumerateObject())
            {
                AssertEqual(model, $"{section}.{property.Name}", Golden.Numbers(property.Value));
            }
        }
    }

    static void AssertEqual(MujocoModel model, string field, double[] expected)
    {
        var actual = model.TypeOf(field) switch
        {
            MujocoType.Double => model.Doubles(field).ToArray(),
            MujocoType.Int => model.Ints(field).ToArray().Select(value => (double)value).ToArray(),
            MujocoType.Byte => model.Bytes(field).ToArray().Select(value => (double)value).ToArray(),
            var other => throw new InvalidOperationException($"{field} is of type {other}."),
        };
        Assert.True(
            MemoryMarshal.AsBytes(expected.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(actual.AsSpan())),
            $"{field}: expected [{string.Join(", ", expected)}], compiled [{string.Join(", ", actual)}]");
    }
}
