using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace RL.Environments.Tests;

public sealed class MujocoCompilerTests : IDisposable
{
    const string Tetrahedron = """
        v 0 0 0
        v 1 0 0
        v 0 1 0
        v 0 0 1
        f 1 3 2
        f 1 2 4
        f 2 3 4
        f 3 1 4

        """;

    // Mutations of a test run; RL_FUZZ=N tries N.
    static readonly int _mutations = int.Parse(Environment.GetEnvironmentVariable("RL_FUZZ") ?? "60", CultureInfo.InvariantCulture);

    readonly string _folder = Directory.CreateTempSubdirectory("models").FullName;

    string Model => Path.Combine(_folder, "model.xml");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("mesh", "0")]
    [InlineData("mesh", ".")]
    [InlineData("mesh", "/")]
    [InlineData("skin", "0")]
    [InlineData("skin", ".")]
    [InlineData("skin", "/")]
    public void LoadFile_AssetWhoseFileIsNone_IsRefusedByTheModelsName(string kind, string file)
    {
        File.WriteAllText(Model, Text(kind, file));
        Assert.Contains(Model, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<texture name='t' type='2d' builtin='flat' width='2147483647' height='64'/>")]
    [InlineData("<texture name='t' type='skybox' builtin='gradient' width='2147483647' height='64'/>")]
    [InlineData("<texture name='t' type='2d' builtin='flat' width='100000' height='100000'/>")]
    [InlineData("<hfield name='h' nrow='2147483647' ncol='2147483647' size='1 1 1 1'/>")]
    [InlineData("<hfield name='h' nrow='60000' ncol='60000' size='1 1 1 1'/>")]
    public void LoadFile_EnormousAsset_IsRefusedByTheModelsName(string asset)
    {
        File.WriteAllText(Model, $"<mujoco><asset>{asset}</asset><worldbody><geom size='1'/></worldbody></mujoco>");
        Assert.Contains(Model, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void LoadFile_FaceIndexOutOfRange_IsRefusedByTheNamesOfModelAndMesh()
    {
        File.WriteAllText(Model, Text("mesh", "a.obj"));
        var mesh = Path.Combine(_folder, "a.obj");
        File.WriteAllText(mesh, Tetrahedron.Replace("f 3 1 4", "f 3 1 400000000", StringComparison.Ordinal));
        var refusal = Refusal();
        Assert.Contains(Model, refusal, StringComparison.Ordinal);
        // MuJoCo 3 refuses it in words of its own.
        if (MujocoVersion.Loaded.StartsWith("2.", StringComparison.Ordinal))
        {
            Assert.Contains(mesh, refusal, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void LoadFile_SkinWithVerticesThatThereAreNot_IsRefusedByTheModelsName()
    {
        File.WriteAllText(Model, Text("skin", "a.skn"));
        var skin = Skin();
        BinaryPrimitives.WriteInt32LittleEndian(skin.AsSpan(16 + (12 * 4)), 77);
        File.WriteAllBytes(Path.Combine(_folder, "a.skn"), skin);
        Assert.Contains(Model, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void LoadFile_MutatedFiles_LoadAndSimulateOrAreRefusedByTheModelsName()
    {
        (string Kind, string File, byte[] Content)[] seeds =
        [
            ("mesh", "a.obj", Encoding.ASCII.GetBytes(Tetrahedron)),
            ("mesh", "a.stl", Stl()),
            ("mesh", "a.msh", Msh()),
            ("skin", "a.skn", Skin()),
            ("hfield", "a.bin", HeightField()),
            ("model", "", Encoding.ASCII.GetBytes(MujocoModel.ReadEmbedded("reacher"))),
        ];
        var random = new Pcg64(19);
        var (loaded, refused) = (0, 0);
        for (var i = 0; i < _mutations; i++)
        {
            var (kind, file, content) = seeds[i % seeds.Length];
            var mutated = i < seeds.Length ? content : Mutate(content, random);
            File.WriteAllBytes(Path.Combine(_folder, kind == "model" ? "model.xml" : file), mutated);
            if (kind != "model")
            {
                File.WriteAllText(Model, Text(kind, file));
            }

            try
            {
                using var model = MujocoModel.LoadFile(Model);
                using var simulation = new MujocoSimulation(model);
                simulation.Advance(10, contactForces: true);
                loaded++;
            }
            catch (MujocoException exception)
            {
                Assert.True(i >= seeds.Length, exception.Message);
                Assert.Contains(Model, exception.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{loaded} loaded and simulated, {refused} refused");
        Assert.True(loaded >= seeds.Length && refused > 0);
    }

    [Fact]
    public void Constructor_ModelThatCrashesTheCompiler_ThrowsAndLeavesTheProcess()
    {
        var exception = Assert.Throws<MujocoException>(() => new MujocoModel(
            "<mujoco><asset><texture type='2d' builtin='flat' width='2147483647' height='64'/></asset></mujoco>"));
        Assert.Contains("given as text", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(MujocoModelTests.Models), MemberType = typeof(MujocoModelTests))]
    public void LoadFile_EmbeddedModel_EqualsTheOneThatIsCompiledHere(string name)
    {
        File.WriteAllText(Model, MujocoModel.ReadEmbedded(name));
        using var here = MujocoModel.LoadEmbedded(name);
        using var apart = MujocoModel.LoadFile(Model);
        using var golden = Golden.Read("models.json.gz");
        foreach (var array in golden.RootElement.GetProperty(name).GetProperty("arrays").EnumerateObject())
        {
            if (here.TypeOf(array.Name) == MujocoType.Double)
            {
                Assert.True(Bits(here, array.Name).SequenceEqual(Bits(apart, array.Name)), array.Name);
            }
        }
    }

    static ReadOnlySpan<byte> Bits(MujocoModel model, string field) => MemoryMarshal.AsBytes(model.Doubles(field));

    string Refusal() => Assert.Throws<MujocoException>(() => MujocoModel.LoadFile(Model)).Message;

    static string Text(string kind, string file) => kind switch
    {
        "mesh" => $"<mujoco><asset><mesh name='m' file='{file}'/></asset>"
            + "<worldbody><body name='a'><freejoint/><geom type='mesh' mesh='m'/></body></worldbody></mujoco>",
        "skin" => $"<mujoco><asset><skin name='s' file='{file}'/></asset>"
            + "<worldbody><body name='a'><freejoint/><geom size='0.1'/></body></worldbody></mujoco>",
        _ => $"<mujoco><asset><hfield name='h' file='{file}' size='1 1 1 1'/></asset>"
            + "<worldbody><geom type='hfield' hfield='h'/></worldbody></mujoco>",
    };

    static byte[] Mutate(byte[] content, Pcg64 random)
    {
        var bytes = content.ToList();
        for (var edits = 1 + random.NextInt(4); edits > 0; edits--)
        {
            var at = random.NextInt(bytes.Count);
            switch (random.NextInt(6))
            {
                case 0:
                    bytes[at] = (byte)random.NextInt(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.NextInt(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    bytes.Add((byte)'1');
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, Math.Min(bytes.Count - at, 1 + random.NextInt(40))));
                    break;
                case 4:
                    bytes.InsertRange(at, "999999999"u8.ToArray());
                    break;
                default:
                    foreach (var value in BitConverter.GetBytes(new[] { -1, int.MaxValue, int.MinValue, 1 << 28 }[random.NextInt(4)]))
                    {
                        bytes[Math.Min(at++, bytes.Count - 1)] = value;
                    }

                    break;
            }
        }

        return [.. bytes];
    }

    // Binary STL: 80 bytes, the number of triangles; each a normal, three corners and two bytes.
    static byte[] Stl()
    {
        float[][] corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]];
        int[][] faces = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
        return Bytes(writer =>
        {
            writer.Write(new byte[80]);
            writer.Write(faces.Length);
            foreach (var face in faces)
            {
                Floats(writer, 0, 0, 0);
                foreach (var corner in face)
                {
                    Floats(writer, corners[corner]);
                }

                writer.Write((short)0);
            }
        });
    }

    // MuJoCo's own: numbers of vertices, normals, texture coordinates and faces, then these.
    static byte[] Msh() => Bytes(writer =>
    {
        Array.ForEach([4, 0, 0, 4], writer.Write);
        Floats(writer, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1);
        Array.ForEach([0, 2, 1, 0, 1, 3, 1, 2, 3, 2, 0, 3], writer.Write);
    });

    // Numbers of vertices, texture coordinates, faces and bones; vertices, faces; a bone: name, place, its vertices and their weights.
    static byte[] Skin() => Bytes(writer =>
    {
        Array.ForEach([4, 0, 1, 1], writer.Write);
        Floats(writer, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1);
        Array.ForEach([0, 1, 2], writer.Write);
        var name = new byte[40];
        name[0] = (byte)'a';
        writer.Write(name);
        Floats(writer, 0, 0, 0, 1, 0, 0, 0);
        Array.ForEach([4, 0, 1, 2, 3], writer.Write);
        Floats(writer, 1, 1, 1, 1);
    });

    static byte[] HeightField() => Bytes(writer =>
    {
        Array.ForEach([3, 3], writer.Write);
        Floats(writer, 0, 0.1f, 0, 0.1f, 0.2f, 0.1f, 0, 0.1f, 0);
    });

    static byte[] Bytes(Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        write(writer);
        return bytes.ToArray();
    }

    static void Floats(BinaryWriter writer, params ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            writer.Write(value);
        }
    }
}
