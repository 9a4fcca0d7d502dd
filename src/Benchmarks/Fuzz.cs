using System.Diagnostics;
using System.Globalization;
using RL.Drawing;
using RL.Environments;
using RL.InputOpt;
using RL.Runs;
using RL.Studies;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// Reads damaged files of every format that the program reads: bits flipped, bytes overwritten, cut, repeated and inserted. Every reader must
/// give a result or an error that names the file, without taking memory or time out of proportion.
/// </summary>
static class Fuzz
{
    /// <summary>Options are resolved by reflection, models compiled by a process: milliseconds each, so fewer of those.</summary>
    const int Slowly = 10;

    const long MostBytes = 256L << 20;

    const string MujocoTrace = """
        {"meta":{"env_id":"InvertedPendulum-v5"},"episodes":[{"init_qpos":[0.0027,-0.0046],"init_qvel":[-0.0092,-0.0097],
        "init_qacc_warmstart":[0.0074,-0.0700],"init_obs":[0.0027,-0.0046,-0.0092,-0.0097],"actions":[[0.92],[-2.31]],
        "obs":[[0.0,0.0,0.0,0.0],[0.0,0.0,0.0,0.0]],"reward":[1.0,1.0],"terminated":[false,false]}]}
        """;

    const string ProcgenTrace = """
        {"env_name":"coinrun","distribution_mode":"easy","rand_seed":0,"num_envs":1,"num_levels":0,
        "options":{"use_monochrome_assets":true,"use_backgrounds":false,"center_agent":true},"first_level_seeds":[1263407424],
        "first_frame_crc32":[2228316197],"actions":[[6],[14]],"rewards":[[0],[0]],"first":[[0],[0]],"level_seed":[[1263407424],[1263407424]],
        "prev_level_complete":[[0],[0]],"frame_crc32":[[1],[2]]}
        """;

    const string Mesh = """
        v 0 0 0
        v 1 0 0
        v 0 1 0
        v 0 0 1
        f 1 3 2
        f 1 2 4
        f 1 4 3
        f 2 3 4
        """;

    const string Model = """
        <mujoco model="fuzz"><compiler angle="radian"/><option timestep="0.01"/><asset><mesh name="m" file="mesh.obj" scale="1 1 1"/>
        <hfield name="h" nrow="3" ncol="3" size="1 1 1 1"/><texture name="t" type="2d" builtin="checker" width="8" height="8"/></asset>
        <worldbody><geom type="plane" size="1 1 1"/><body pos="0 0 1"><joint name="j" type="hinge" axis="0 1 0" limited="true" range="-1 1"/>
        <geom type="mesh" mesh="m" mass="1"/></body></worldbody><actuator><motor joint="j" gear="2" ctrllimited="true" ctrlrange="-1 1"/></actuator></mujoco>
        """;

    static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// [mutations of each format = 12500, of those that are resolved a tenth] [seed = 0] [formats, separated by commas = all]; the process ends with code 1 if an error was not named.
    /// </summary>
    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 12_500;
        var seed = arguments.Length > 1 ? ulong.Parse(arguments[1], CultureInfo.InvariantCulture) : 0;
        Environment.ExitCode = Run(count, seed, Console.Out, arguments.Length > 2 ? arguments[2].Split(',') : null) > 0 ? 1 : 0;
    }

    /// <summary>Writes the table.</summary>
    /// <returns>How many errors were not named.</returns>
    public static int Run(int count, ulong seed, TextWriter output, IReadOnlyCollection<string>? formats = null)
    {
        var (random, folder) = (new Pcg64(seed), Directory.CreateTempSubdirectory("rl-fuzz-").FullName);
        try
        {
            output.WriteLine("format         mutations     read  named errors  other errors");
            return Formats(folder).Where(format => formats?.Contains(format.Name) ?? true).Sum(format => Run(format, format.IsSlow ? count / Slowly : count, random, output));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static int Run(Format format, int count, Pcg64 random, TextWriter output)
    {
        var (name, file, read) = (format.Name, format.File, format.Read);
        var whole = File.ReadAllBytes(file);
        var (good, named, others) = (0, 0, new Dictionary<string, int>());
        // What cannot be read to begin with would pass for anything.
        using (NewDisposeScope())
        {
            read(file);
        }

        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(file, Mutated(whole, random));
            var (clock, allocated) = (Stopwatch.StartNew(), GC.GetAllocatedBytesForCurrentThread());
            try
            {
                using var scope = NewDisposeScope();
                read(file);
                good++;
            }
            catch (Exception exception) when (exception is UserException or InvalidDataException or MujocoException
                && exception.Message.Contains(format.Named ?? Path.GetFileName(file), StringComparison.Ordinal))
            {
                named++;
            }
            catch (Exception exception)
            {
                var kind = $"{exception.GetType().Name}: {exception.Message}";
                others[kind] = others.GetValueOrDefault(kind) + 1;
            }

            var bytes = GC.GetAllocatedBytesForCurrentThread() - allocated;
            if (bytes > MostBytes || clock.Elapsed > _patience)
            {
                var kind = string.Create(CultureInfo.InvariantCulture, $"it took {bytes >> 20} MB and {clock.Elapsed.TotalSeconds:F0} s");
                others[kind] = others.GetValueOrDefault(kind) + 1;
            }
        }

        File.WriteAllBytes(file, whole);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-14} {count,9:N0} {good,8:N0} {named,13:N0} {others.Values.Sum(),13:N0}"));
        foreach (var (kind, times) in others.OrderByDescending(pair => pair.Value).Take(5))
        {
            output.WriteLine($"    {times} × {kind}");
        }

        return others.Values.Sum();
    }

    static byte[] Mutated(byte[] whole, Pcg64 random)
    {
        var bytes = whole.ToList();
        for (var times = 1 + random.NextInt(3); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.NextInt(bytes.Count);
            var length = Math.Min(1 + random.NextInt(16), bytes.Count - at);
            switch (random.NextInt(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.NextInt(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.NextInt(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 3:
                    bytes.RemoveRange(at, length);
                    break;
                case 4:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                default:
                    // Sizes and counts: all ones, or the largest positive number.
                    for (var i = 0; i < length; i++)
                    {
                        bytes[at + i] = i == 0 && random.NextInt(2) == 0 ? (byte)0x7f : (byte)0xff;
                    }

                    break;
            }
        }

        return [.. bytes];
    }

    static IEnumerable<Format> Formats(string folder)
    {
        using var run = Training.Run("td3", "Pendulum-v1", new()
        {
            Runs = folder,
            Name = "run",
            Assignments = ["total_steps=40", "start_steps=20", "batch_size=8", "hidden_layers=4", "evaluation_episodes=1", "log_interval=10"],
        });
        string Of(string name) => Path.Combine(run.Folder!, name);
        var (tensors, idx, png) = (Path.Combine(folder, "a.safetensors"), Path.Combine(folder, "a-idx3-ubyte"), Path.Combine(folder, "a.png"));
        using (NewDisposeScope())
        {
            SafeTensors.Write(
                tensors, new Dictionary<string, Tensor> { ["a"] = ones(3, 2), ["empty"] = zeros(0, 3), ["b"] = arange(4) },
                new Dictionary<string, string> { ["step"] = "7" });
        }

        File.WriteAllBytes(idx, [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3, .. Enumerable.Range(0, 18).Select(i => (byte)i)]);
        Png.Write(png, new(4, 4, 3, [.. Enumerable.Range(0, 48).Select(i => (byte)i)]));
        string Text(string name, string content)
        {
            File.WriteAllText(Path.Combine(folder, name), content);
            return Path.Combine(folder, name);
        }

        var (model, mesh) = (Text("model.xml", Model), Text("mesh.obj", Mesh));
        return
        [
            new("trace, MuJoCo", Text("a.json", MujocoTrace), false, file => TraceReplay.Replay(file)),
            new("trace, Procgen", Text("b.json", ProcgenTrace), false, file => TraceReplay.Replay(file)),
            new("MJCF", model, true, Compile),
            new("OBJ of a model", mesh, true, _ => Compile(model), "model.xml"),
            new("safetensors", tensors, false, file => (SafeTensors.Read(file), SafeTensors.ReadMetadata(file)).ToString()),
            new("policy", Of(RunFolder.PolicyName), true, file => RunOptions.Resolve(PolicyFile.ReadOptions(file), [])),
            new("preset", Of(RunFolder.DocumentName), false, file => Preset.Read(file)),
            new("run.json", Of(RunFolder.DocumentName), true, file => RunOptions.Resolve(Preset.Read(file), [])),
            new("evaluations", Of(EvaluationTable.FileName), false, file => _ = EvaluationTable.Read(Path.GetDirectoryName(file)!).Count()),
            new("result.json", Of(RunResult.FileName), false, file => RunResult.Read(Path.GetDirectoryName(file)!)),
            new("events", Directory.GetFiles(run.Folder!, "events*")[0], false, file => EventScalars.Tags(Path.GetDirectoryName(file)!)),
            new("checkpoint", Of("checkpoints/checkpoint-40.bin"), false, file => CheckpointFile.Read(file)),
            new("IDX", idx, false, file => Idx.ReadImages(file)),
            new("PNG", png, false, file => Png.Read(file)),
            .. Exchanged(folder),
        ];
    }

    /// <summary>Policies of other programs, in the layouts that `./rl import` reads.</summary>
    static IEnumerable<Format> Exchanged(string folder)
    {
        string Resource(string name)
        {
            using var resource = typeof(Fuzz).Assembly.GetManifestResourceStream($"Exchange/{name}")!;
            using var file = File.Create(Path.Combine(folder, name));
            resource.CopyTo(file);
            return file.Name;
        }

        var (observations, actions) = (BoxSpace.Uniform(ElementType.Float32, [3], -8, 8), BoxSpace.Uniform(ElementType.Float32, [1], -2, 2));
        void Import(string file, ImportSettings? settings = null) => PolicyImport.Read(file, observations, actions, settings ?? new());
        var (archive, layout, tensors) = (Resource("sac.zip"), Path.Combine(folder, "layout.json"), Path.Combine(folder, "layout.safetensors"));
        File.WriteAllText(layout, """{"layers": [{"linear": "fc"}, {"clip": [-0.5, 3]}, "tanh"], "actions": "environment", "log_deviation": "log_std"}""");
        using (NewDisposeScope())
        {
            SafeTensors.Write(tensors, new Dictionary<string, Tensor> { ["fc.weight"] = ones(1, 3), ["fc.bias"] = ones(1), ["log_std"] = ones(1) });
        }

        var state = Path.Combine(folder, "policy.pth");
        using (var zip = System.IO.Compression.ZipFile.OpenRead(archive))
        {
            using var content = zip.GetEntry("policy.pth")!.Open();
            using var file = File.Create(state);
            content.CopyTo(file);
        }

        return
        [
            new("ONNX", Resource("exported.onnx"), false, file => Import(file)),
            new("SB3 zip", archive, false, file => Import(file)),
            new("PyTorch .pth", state, false, file => Import(file)),
            new("VecNormalize", Resource("vec_normalize.pkl"), false, file => Import(tensors, new() { Layout = layout, Normalize = file })),
            new("layout", layout, false, file => Import(tensors, new() { Layout = file })),
            new("with a layout", tensors, false, file => Import(file, new() { Layout = layout })),
        ];
    }

    static void Compile(string model)
    {
        using var compiled = MujocoModel.LoadFile(model);
        ModelFile.Read(model);
    }

    /// <param name="Name">What it is called in the table.</param>
    /// <param name="File">A whole file.</param>
    /// <param name="IsSlow">Reading takes milliseconds.</param>
    /// <param name="Read">Reads the file.</param>
    /// <param name="Named">What an error must name; null: the file.</param>
    sealed record Format(string Name, string File, bool IsSlow, Action<string> Read, string? Named = null);
}
