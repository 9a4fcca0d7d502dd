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
/// give a result or an error that names the file.
/// </summary>
static class Fuzz
{
    /// <summary>Options are resolved by reflection, which takes milliseconds: fewer of those.</summary>
    const int Slowly = 10;

    /// <summary>[mutations of each format = 12500, of those that are resolved a tenth] [seed = 0]; the process ends with code 1 if an error was not named.</summary>
    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 12_500;
        var seed = arguments.Length > 1 ? ulong.Parse(arguments[1], CultureInfo.InvariantCulture) : 0;
        Environment.ExitCode = Run(count, seed, Console.Out) > 0 ? 1 : 0;
    }

    /// <summary>Writes the table.</summary>
    /// <returns>How many errors were not named.</returns>
    public static int Run(int count, ulong seed, TextWriter output)
    {
        var (random, folder) = (new Pcg64(seed), Directory.CreateTempSubdirectory("rl-fuzz-").FullName);
        try
        {
            output.WriteLine("format        mutations     read  named errors  other errors");
            return Formats(folder).Sum(format => Run(format.Name, format.File, format.Read, format.IsSlow ? count / Slowly : count, random, output));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static int Run(string name, string file, Action<string> read, int count, Pcg64 random, TextWriter output)
    {
        var whole = File.ReadAllBytes(file);
        var (good, named, others) = (0, 0, new Dictionary<string, int>());
        for (var i = 0; i < count; i++)
        {
            File.WriteAllBytes(file, Mutated(whole, random));
            try
            {
                using var scope = NewDisposeScope();
                read(file);
                good++;
            }
            catch (Exception exception) when (exception is UserException or InvalidDataException
                && exception.Message.Contains(Path.GetFileName(file), StringComparison.Ordinal))
            {
                named++;
            }
            catch (Exception exception)
            {
                var kind = $"{exception.GetType().Name}: {exception.Message}";
                others[kind] = others.GetValueOrDefault(kind) + 1;
            }
        }

        File.WriteAllBytes(file, whole);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {count,10:N0} {good,8:N0} {named,13:N0} {others.Values.Sum(),13:N0}"));
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

    static IEnumerable<(string Name, string File, bool IsSlow, Action<string> Read)> Formats(string folder)
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
        return
        [
            ("safetensors", tensors, false, file => (SafeTensors.Read(file), SafeTensors.ReadMetadata(file)).ToString()),
            ("policy", Of(RunFolder.PolicyName), true, file => RunOptions.Resolve(PolicyFile.ReadOptions(file), [])),
            ("preset", Of(RunFolder.DocumentName), false, file => Preset.Read(file)),
            ("run.json", Of(RunFolder.DocumentName), true, file => RunOptions.Resolve(Preset.Read(file), [])),
            ("evaluations", Of(EvaluationTable.FileName), false, file => _ = EvaluationTable.Read(Path.GetDirectoryName(file)!).Count()),
            ("result.json", Of(RunResult.FileName), false, file => RunResult.Read(Path.GetDirectoryName(file)!)),
            ("events", Directory.GetFiles(run.Folder!, "events*")[0], false, file => EventScalars.Tags(Path.GetDirectoryName(file)!)),
            ("checkpoint", Of("checkpoints/checkpoint-40.bin"), false, file => CheckpointFile.Read(file)),
            ("IDX", idx, false, file => Idx.ReadImages(file)),
            ("PNG", png, false, file => Png.Read(file)),
        ];
    }
}
