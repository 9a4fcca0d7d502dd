using System.Security.Cryptography;
using RL.Agents;
using RL.Environments;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>How to read a policy of another program.</summary>
sealed record ImportSettings
{
    /// <summary>A JSON file that says what tensors are (<see cref="LayoutReader"/>); null: none.</summary>
    public string? Layout { get; init; }

    /// <summary>A file of VecNormalize, by which observations are normalised; null: none.</summary>
    public string? Normalize { get; init; }

    /// <summary>Activation of a state dictionary of Stable-Baselines3; null: what its zip says, or the default of its algorithm.</summary>
    public string? Activation { get; init; }

    /// <summary>Of an ONNX network: the output that is the action, or the logits; null: the first.</summary>
    public string? Output { get; init; }

    /// <summary>Whether actions of an ONNX network are in units of half their range instead of the task's.</summary>
    public bool IsNormalized { get; init; }

    /// <summary>Options of the task, key=value.</summary>
    public IReadOnlyList<string> Assignments { get; init; } = [];

    /// <summary>An assembly with the task; null: it is one of ours.</summary>
    public string? Assembly { get; init; }
}

/// <summary>Makes policy files of other programs' policies.</summary>
static class PolicyImport
{
    /// <summary>Reads a policy and writes it as a policy file.</summary>
    /// <param name="file">ONNX, a zip of Stable-Baselines3, a file of torch.save, or safetensors with a layout.</param>
    /// <param name="environment">Id of the task that it plays.</param>
    /// <param name="output">The policy file; it is complete or absent.</param>
    /// <param name="settings">How to read it.</param>
    /// <returns>What the policy is.</returns>
    /// <exception cref="UserException">Names the file, and the node or key that cannot be imported. Nothing was written.</exception>
    public static RunOptions Run(string file, string environment, string output, ImportSettings settings)
    {
        RunOptions Resolve(ImportedOptions agent, NormalizationOptions normalize) => RunOptions.Resolve(ImportedPolicy.Entry.Name, environment, new TrainingSettings
        {
            AgentOptions = agent,
            Training = new() { Normalize = normalize },
            Assignments = settings.Assignments,
            Assembly = settings.Assembly,
        });
        using var scope = NewDisposeScope();
        // The spaces alone: the network is not known yet.
        using var task = RunFactory.MakeTask(Resolve(new(), new()), 1);
        var (model, moments, made) = Read(file, task.ObservationSpace, task.ActionSpace, settings);
        var normalize = moments is null
            ? new NormalizationOptions()
            : new() { Observations = true, ObservationClip = moments.Clip, Epsilon = moments.Epsilon };
        var options = Resolve(made.Options, normalize);
        var running = moments is null ? null : new RunningMoments(moments.Mean, moments.Variance);
        using var evaluation = RunFactory.MakeEvaluation(options, 1, running);
        using var agent = RunFactory.MakeAgent(options, evaluation, TimeProvider.System);
        agent.LoadNetworks(made.Tensors);
        PolicyFile.Write(output, agent.Networks, running, options, model.Steps);
        return options;
    }

    /// <summary>Reads a policy for a task; its tensors are of the current dispose scope.</summary>
    /// <exception cref="UserException">Names the file, and the node or key that cannot be imported.</exception>
    public static (ImportedModel Model, ImportedMoments? Moments, (ImportedOptions Options, Dictionary<string, Tensor> Tensors) Made) Read(
        string file, Space observations, Space actions, ImportSettings settings) => Guarded(file, () =>
        {
            var model = Named(settings.Layout, () => Read(file, observations, settings));
            return (model, MomentsOf(model, settings, observations), ImportedFile.Make(model, actions, Source(file)));
        });

    /// <summary>An empty network of a task's observations.</summary>
    /// <exception cref="InvalidDataException">They are neither a vector nor images of bytes.</exception>
    public static NetworkDraft NewDraft(Space observations) => observations switch
    {
        BoxSpace { Shape: [var size] } => new([size]),
        BoxSpace { ElementType: ElementType.UInt8, Shape: [var height, var width, var channels] } => new([channels, height, width]),
        _ => throw new InvalidDataException($"the task observes {observations}; allowed: a box with one axis, or images of bytes"),
    };

    /// <summary>Reads a policy of whatever format.</summary>
    /// <exception cref="InvalidDataException">Names what cannot be imported.</exception>
    static ImportedModel Read(string file, Space observations, ImportSettings settings)
    {
        RegularFile.ThrowUnlessRegular(file);
        using var layout = settings.Layout is { } path ? LayoutReader.ReadFile(path) : null;
        if (file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            return ReadSafeTensors(file, observations, layout);
        }

        if (file.EndsWith(PolicyExport.Ending, StringComparison.OrdinalIgnoreCase))
        {
            return OnnxReader.Read(file, observations, settings);
        }

        using var stream = File.OpenRead(file);
        if (stream.ReadByte() != 'P' || stream.ReadByte() != 'K')
        {
            throw new InvalidDataException(
                "it is none of the files that are imported: ONNX (*.onnx), safetensors (*.safetensors), a zip of Stable-Baselines3, a file of torch.save "
                + "(of PyTorch 1.6 or later)");
        }

        stream.Position = 0;
        using var archive = ZipEntries.Open(stream);
        if (archive.GetEntry(StableBaselines.Policy) is not null && layout is null)
        {
            return StableBaselines.ReadZip(archive, observations, settings.Activation);
        }

        var tensors = TorchArchive.Read(archive).Tensors;
        return layout is not null ? LayoutReader.Read(layout, tensors, observations)
            : StableBaselines.IsPolicy(tensors) ? StableBaselines.Read(tensors, observations, settings.Activation)
            : throw new InvalidDataException(
                $"its tensors ({Shown.Short(string.Join(", ", tensors.Keys))}) are not named as Stable-Baselines3 does; allowed: with --layout, a JSON file that says what they are");
    }

    static ImportedModel ReadSafeTensors(string file, Space observations, System.Text.Json.JsonDocument? given)
    {
        var metadata = SafeTensors.ReadMetadata(file);
        if (metadata.ContainsKey("options") && metadata.ContainsKey("agent"))
        {
            throw new InvalidDataException("it is a policy file already");
        }

        using var own = given is null && metadata.TryGetValue("layout", out var text) ? LayoutReader.Parse(text) : null;
        var layout = given ?? own ?? throw new InvalidDataException(
            "nothing says what its tensors are; allowed: a JSON file with --layout, or the same as \"layout\" in the file's metadata");
        var tensors = SafeTensors.ReadFinite(file).ToDictionary(
            pair => pair.Key,
            pair => new ImportedTensor(pair.Value.shape, () => pair.Value.to(ScalarType.Float64).contiguous().data<double>().ToArray()));
        return LayoutReader.Read(layout, tensors, observations);
    }

    static ImportedMoments? MomentsOf(ImportedModel model, ImportSettings settings, Space observations)
    {
        if (settings.Normalize is { } file && model.Moments is not null)
        {
            throw new InvalidDataException($"it normalises observations itself; allowed: without --normalize {file}");
        }

        return settings.Normalize is { } path ? Guarded(path, () => Fitting(VecNormalizeFile.Read(path), observations)) : Fitting(model.Moments, observations);
    }

    static ImportedMoments? Fitting(ImportedMoments? moments, Space observations) =>
        moments is null || (moments.Mean.Length == observations.Size && moments.Variance.Length == observations.Size)
            ? moments
            : throw new InvalidDataException($"observations are normalised by {moments.Mean.Length} means; the task observes {observations.Size} numbers");

    static string Source(string file)
    {
        using var stream = File.OpenRead(file);
        return $"{Path.GetFileName(file)} (SHA-256 {Convert.ToHexStringLower(SHA256.HashData(stream))})";
    }

    /// <summary>What goes wrong with a layout is said with its name.</summary>
    static ImportedModel Named(string? layout, Func<ImportedModel> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException exception) when (layout is not null)
        {
            throw new InvalidDataException($"{exception.Message.TrimEnd('.')} (layout: {layout})", exception);
        }
    }

    static T Guarded<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException exception)
        {
            throw new UserException(
                exception.Message.StartsWith(file, StringComparison.Ordinal) ? exception.Message : $"{file} cannot be imported: {exception.Message.TrimEnd('.')}.");
        }
    }
}
