using System.IO.Compression;
using System.Text;
using System.Text.Json;
using RL.Agents;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Runs.Tests;

public sealed class PolicyImportTests(ITestOutputHelper output) : IDisposable
{
    static readonly string _fixtures = Repository.File("tests", "RL.Runs.Tests", "Exchange", "fixtures");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ppo.zip", "Pendulum-v1")]
    [InlineData("ppo-relu.zip", "HalfCheetah-v5")]
    [InlineData("cartpole.zip", "CartPole-v1")]
    [InlineData("td3.zip", "HalfCheetah-v4")]
    [InlineData("sac.zip", "Pendulum-v1")]
    [InlineData("exported.onnx", "Pendulum-v1")]
    public void Run_FixtureOfPyTorch_ActsAsPyTorchDoes(string file, string environment) => Compare(_fixtures, file, environment);

    [Fact]
    public void Run_FilesOfPythonTorchHere_ActAsPyTorchDoes()
    {
        Python.SkipUnlessItHas("torch");
        Python.RunFile(Repository.File("tests", "RL.Runs.Tests", "Exchange", "make_fixtures.py"), _folder.Path, "1000");

        Compare(_folder.Path, "ppo.zip", "Pendulum-v1");
        Compare(_folder.Path, "td3.zip", "HalfCheetah-v4");
        Compare(_folder.Path, "sac.zip", "Pendulum-v1");
        Compare(_folder.Path, "coinrun.zip", "procgen:coinrun");
        Compare(_folder.Path, "exported.onnx", "Pendulum-v1");
        Assert.Equal(5, VecNormalizeFile.Read(Path.Combine(_folder.Path, "vec_normalize.pkl"))!.Clip);
    }

    void Compare(string folder, string file, string environment)
    {
        using var policy = Import(Path.Combine(folder, file), environment);
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, Path.ChangeExtension(file, ".json"))));
        double[][] Rows(string name) => [.. document.RootElement.GetProperty(name).EnumerateArray().Select(row => row.Deserialize<double[]>()!)];
        var (observations, outputs) = (Rows("observations"), Rows("outputs"));
        var given = new SpaceBuffer(policy.ObservationSpace, observations.Length);
        for (var row = 0; row < observations.Length; row++)
        {
            for (var i = 0; i < observations[row].Length; i++)
            {
                // Images come with channels first.
                given.Set(row, policy.Network!.Network.InputShape.Count == 3 ? (i % 4096 * 3) + (i / 4096) : i, observations[row][i]);
            }
        }

        var actions = TestPolicies.Act(policy, given);
        double[] expected = policy.ActionSpace is BoxSpace box
            ? [.. outputs.SelectMany(row => row.Select((value, i) => Math.Clamp(file is "td3.zip" or "sac.zip"
                ? box.Low[i] + ((value + 1) / 2 * (box.High[i] - box.Low[i]))
                : value, box.Low[i], box.High[i])))]
            : [.. outputs.Select(row => (double)Array.IndexOf(row, row.Max()))];
        var difference = TestPolicies.LargestDifference(expected, actions);
        if (policy.ActionSpace is DiscreteSpace)
        {
            Assert.Equal(expected, actions);
            (expected, actions) = ([.. outputs.SelectMany(row => row)], TestPolicies.Outputs(policy, given));
            difference = TestPolicies.LargestDifference(expected, actions);
        }

        output.WriteLine($"{file} on {environment}: {observations.Length} observations, largest difference {difference:E1}");
        Assert.InRange(difference, 0, 1e-6);
        Assert.True(expected.Distinct().Count() > 1);
    }

    [Fact]
    public void Run_StateDictionaryAlone_NeedsItsActivation()
    {
        using (var archive = System.IO.Compression.ZipFile.OpenRead(Path.Combine(_fixtures, "ppo-relu.zip")))
        {
            archive.GetEntry("policy.pth")!.ExtractToFile(_folder.File("policy.pth"));
        }

        Assert.Contains("tanh", Options(Import(_folder.File("policy.pth"), "HalfCheetah-v5")).Network);
        Assert.Equal(
            "linear 8; relu; linear 6; relu; linear 6", Options(Import(_folder.File("policy.pth"), "HalfCheetah-v5", new() { Activation = "relu" })).Network);
    }

    [Fact]
    public void Run_VecNormalize_NormalisesAsItsStatisticsSay()
    {
        using var plain = Import(Path.Combine(_fixtures, "ppo.zip"), "Pendulum-v1");
        using var normalized = Import(Path.Combine(_fixtures, "ppo.zip"), "Pendulum-v1", new() { Normalize = Path.Combine(_fixtures, "vec_normalize.pkl") });
        double[] observation = [0.5, -0.3, 6], mean = [-1, 0, 1], variance = [0.5, 1.25, 2];
        var expected = observation.Select((value, i) => Math.Clamp((value - mean[i]) / Math.Sqrt(variance[i] + 1e-8), -5, 5)).ToArray();

        Assert.Equal(plain.Act<double>(expected)[0], normalized.Act<double>(observation)[0], 1e-6);
        Assert.Equal((true, 5, 1e-8), (
            normalized.Training.Normalize.Observations, normalized.Training.Normalize.ObservationClip, normalized.Training.Normalize.Epsilon));
    }

    [Fact]
    public void Run_StochasticPolicies_DrawAsTheyDidThere()
    {
        using var ppo = Import(Path.Combine(_fixtures, "ppo.zip"), "Pendulum-v1");
        using var sac = Import(Path.Combine(_fixtures, "sac.zip"), "Pendulum-v1");
        using var td3 = Import(Path.Combine(_fixtures, "td3.zip"), "HalfCheetah-v4");

        // log σ = −1 in the task's units, whose range is ±2.
        Assert.Equal(Math.Exp(-1) / 2, ppo.Network!.Noise!.LogDeviation!.exp().ToDouble(), 1e-6);
        Assert.Equal(2, sac.Network!.Noise!.Whole!.Outputs);
        Assert.NotEqual(sac.Act<double>([1, 0, 0])[0], sac.Act<double>([1, 0, 0], new Pcg64(1))[0]);
        Assert.Null(td3.Network!.NewRandom());
        Assert.Equal([24, 1], [td3.Network.Critic!.Inputs - 17 + 18, td3.Network.Critic.Outputs]);
    }

    [Theory]
    [InlineData("td3", "HalfCheetah-v5", "normalize.observations=true")]
    [InlineData("sac", "Pendulum-v1")]
    [InlineData("ppo", "HalfCheetah-v5", "activation=tanh")]
    [InlineData("ppo", "CartPole-v1")]
    [InlineData("ppo", "procgen:coinrun", "network=impala")]
    public void Run_OwnExport_ActsAsBefore(string agent, string environment, params string[] assignments)
    {
        using var policy = TestPolicies.Untrained(agent, environment, assignments);
        PolicyExport.Write(_folder.File("a.onnx"), policy, sampled: false);
        using var task = policy.MakeEnvironment(4);
        var observations = TestPolicies.Observations(task, environment.StartsWith("procgen", StringComparison.Ordinal) ? 4 : 400);

        using var imported = Import(_folder.File("a.onnx"), environment);
        PolicyExport.Write(_folder.File("b.onnx"), imported, sampled: false);
        using var again = Import(_folder.File("b.onnx"), environment);

        Assert.InRange(TestPolicies.LargestDifference(TestPolicies.Act(policy, observations), TestPolicies.Act(imported, observations)), 0, 1e-6);
        Assert.Equal(TestPolicies.Act(imported, observations), TestPolicies.Act(again, observations));
        Assert.Equal((policy.Network!.Head, policy.Network.Network.ReluLayers), (imported.Network!.Head, imported.Network.Network.ReluLayers));
    }

    [Fact]
    public void Run_SafeTensorsWithLayout_ActsAsTheLayoutSays()
    {
        using var scope = NewDisposeScope();
        var (weight, bias) = (tensor(new[] { 1f, 2f, 3f }, [1, 3]), tensor(new[] { 0.5f }));
        SafeTensors.Write(_folder.File("a.safetensors"), new Dictionary<string, Tensor> { ["fc.weight"] = weight, ["fc.bias"] = bias });
        File.WriteAllText(_folder.File("layout.json"), """{"layers": [{"linear": "fc"}, {"clip": [-0.5, 3]}], "actions": "environment"}""");
        File.WriteAllText(_folder.File("wrong.json"), """{"layers": [{"linear": "fd"}]}""");

        using var policy = Import(_folder.File("a.safetensors"), "Pendulum-v1", new() { Layout = _folder.File("layout.json") });

        Assert.Equal(1.4, policy.Act<double>([0.1, 0.1, 0.2])[0], 1e-6);
        Assert.Equal(-0.5, policy.Act<double>([-1, 0, 0])[0], 1e-6);
        Assert.Contains("no tensor fd.weight; did you mean fc.weight? (layout: ", Refused(_folder.File("a.safetensors"), new() { Layout = _folder.File("wrong.json") }));
        Assert.Contains("nothing says what its tensors are", Refused(_folder.File("a.safetensors"), new()));
        Assert.Contains("a policy file already", Refused(_folder.File("policy.safetensors"), new()));
    }

    [Fact]
    public void Run_PickleThatNamesCode_IsRefusedAndNothingRuns()
    {
        string Archive(string name, byte[] pickle)
        {
            using var archive = System.IO.Compression.ZipFile.Open(_folder.File(name), ZipArchiveMode.Create);
            using var entry = archive.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
            entry.Write(pickle);
            return _folder.File(name);
        }

        Assert.Contains("names os.system", Refused(Archive("a.pth", Encoding.ASCII.GetBytes("cos\nsystem\n(X\u0004\0\0\0exittR.")), new()));
        Assert.Contains("names builtins.eval", Refused(Archive("b.pth", [0x80, 4, 0x8c, 8, .. "builtins"u8, 0x8c, 4, .. "eval"u8, 0x93, (byte)'.']), new()));
        // INST and OBJ call without REDUCE, EXT1 names by a number.
        Assert.Contains("operation 0x69", Refused(Archive("c.pth", "(ios\nsystem\n."u8.ToArray()), new()));
        Assert.Contains("operation 0x6f", Refused(Archive("d.pth", "(o."u8.ToArray()), new()));
        Assert.Contains("operation 0x82", Refused(Archive("e.pth", [0x82, 1, (byte)'.']), new()));
        Assert.Contains("names posix.system", Assert.Throws<InvalidDataException>(() => VecNormalizeFile.Read(Write("f.pkl", "cposix\nsystem\n."u8.ToArray()))).Message);
    }

    [Fact]
    public void Run_HostileArchives_AreRefusedByName()
    {
        string Archive(string name, Action<ZipArchive> write)
        {
            using var archive = System.IO.Compression.ZipFile.Open(_folder.File(name), ZipArchiveMode.Create);
            write(archive);
            return _folder.File(name);
        }

        void Add(ZipArchive archive, string name, byte[] content, CompressionLevel level)
        {
            using var entry = archive.CreateEntry(name, level).Open();
            entry.Write(content);
        }

        var bomb = Archive("bomb.pth", archive => Add(archive, "archive/data.pkl", new byte[32 << 20], CompressionLevel.Optimal));
        Assert.Contains("unfolds from", Refused(bomb, new()));
        Assert.Contains("unfolds from", Refused(Archive("bomb.zip", archive => Add(archive, "policy.pth", new byte[8 << 20], CompressionLevel.Optimal)), new()));
        Assert.Contains("two entries with the name policy.pth", Refused(Archive("twice.zip", archive =>
        {
            Add(archive, "policy.pth", [1], CompressionLevel.NoCompression);
            Add(archive, "policy.pth", [2], CompressionLevel.NoCompression);
        }), new()));
        Assert.Contains("has no data.pkl", Refused(Archive("empty.zip", archive => Add(archive, "a", [1], CompressionLevel.NoCompression)), new()));
        Assert.Contains("none of the files", Refused(Write("old.pth", [0x80, 2, 0x8a, 10]), new()));
        Assert.Contains("no whole zip archive", Refused(Write("cut.zip", "PK\u0003\u0004"u8.ToArray()), new()));
    }

    [Theory]
    [InlineData("policy_kwargs.activation_fn is <class 'torch.nn.modules.activation.ELU'>", "{\"policy_kwargs\": {\"activation_fn\": \"<class 'torch.nn.modules.activation.ELU'>\"}}")]
    [InlineData("policy_kwargs.activation_fn is null", "{\"policy_kwargs\": {\"activation_fn\": null}}")]
    [InlineData("policy_kwargs.features_extractor_class is <class '__main__.Own'>", "{\"policy_kwargs\": {\"features_extractor_class\": \"<class '__main__.Own'>\"}}")]
    [InlineData("policy_kwargs.squash_output is true", "{\"policy_kwargs\": {\"squash_output\": true}}")]
    [InlineData("policy_kwargs.normalize_images is false", "{\"policy_kwargs\": {\"normalize_images\": false}}")]
    [InlineData("policy_class is of the module __main__", "{\"policy_class\": {\":type:\": \"<class 'abc.ABCMeta'>\", \"__module__\": \"__main__\"}}")]
    [InlineData("observation_space is <class 'gymnasium.spaces.dict.Dict'>", "{\"observation_space\": {\":type:\": \"<class 'gymnasium.spaces.dict.Dict'>\"}}")]
    [InlineData("use_sde is true", "{\"use_sde\": true}")]
    [InlineData("its data is a JSON Array", "[1]")]
    [InlineData("its data cannot be read", "{\"a\":")]
    public void Run_ZipWhoseDataSaysWhatWeightsDoNot_IsRefusedByName(string message, string data)
    {
        using (var from = System.IO.Compression.ZipFile.OpenRead(Path.Combine(_fixtures, "ppo.zip")))
        using (var to = System.IO.Compression.ZipFile.Open(_folder.File("a.zip"), ZipArchiveMode.Create))
        {
            using (var weights = to.CreateEntry("policy.pth", CompressionLevel.NoCompression).Open())
            using (var known = from.GetEntry("policy.pth")!.Open())
            {
                known.CopyTo(weights);
            }

            using var entry = to.CreateEntry("data", CompressionLevel.NoCompression).Open();
            entry.Write(Encoding.UTF8.GetBytes(data));
        }

        Assert.Contains(message, Refused(_folder.File("a.zip"), new()));
    }

    [Fact]
    public void Run_WrongTask_NamesTheKeyAndItsShape()
    {
        Assert.Contains(
            "mlp_extractor.policy_net.0 has weights 8×4; allowed: outputs×3", Refused(Path.Combine(_fixtures, "cartpole.zip"), new()));
        Assert.Contains("actor.mu.0 has weights 8×17", Refused(Path.Combine(_fixtures, "td3.zip"), new()));
        Assert.Contains("has no output nu; allowed: mu", Refused(Path.Combine(_fixtures, "exported.onnx"), new() { Output = "nu" }));
        Assert.False(File.Exists(_folder.File("policy.safetensors.tmp")));
    }

    static ImportedOptions Options(Policy policy)
    {
        using (policy)
        {
            return (ImportedOptions)policy.AgentOptions;
        }
    }

    Policy Import(string file, string environment, ImportSettings? settings = null)
    {
        PolicyImport.Run(file, environment, _folder.File("policy.safetensors"), settings ?? new());
        return Policy.Load(_folder.File("policy.safetensors"));
    }

    string Refused(string file, ImportSettings settings)
    {
        var message = Assert.Throws<UserException>(() => PolicyImport.Run(file, "Pendulum-v1", _folder.File("new.safetensors"), settings)).Message;
        Assert.Contains(Path.GetFileName(file), message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("new.safetensors")));
        return message;
    }

    string Write(string name, byte[] content)
    {
        File.WriteAllBytes(_folder.File(name), content);
        return _folder.File(name);
    }
}
