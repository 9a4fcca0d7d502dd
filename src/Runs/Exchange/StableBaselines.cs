using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// Policies of Stable-Baselines3: its zip files, and the state dictionaries within (policy.pth). MlpPolicy of PPO, A2C, TD3, DDPG and SAC, and
/// CnnPolicy of them with NatureCNN:
/// <code>
/// PPO, A2C    [pi_features_extractor.cnn.{0,2,4}, .linear.0] mlp_extractor.policy_net.{0,2,…}  action_net  log_std
/// TD3, DDPG   [actor.features_extractor.…] actor.mu.{0,2,…}, tanh                               critic.qf0.{0,2,…}
/// SAC         [actor.features_extractor.…] actor.latent_pi.{0,2,…}  actor.mu, tanh  actor.log_std  critic.qf0.{0,2,…}
/// </code>
/// </summary>
static class StableBaselines
{
    public const string Policy = "policy.pth";

    const string Data = "data";
    const int LargestData = 16 << 20;

    /// <summary>Keys that do not decide what a policy does.</summary>
    static readonly string[] _ignored =
    [
        "value_net.", "mlp_extractor.value_net.", "vf_features_extractor.", "features_extractor.", "actor_target.", "critic.", "critic_target.", "log_ent_coef",
    ];

    /// <summary>Reads the policy of a zip of Stable-Baselines3.</summary>
    /// <exception cref="InvalidDataException">Names what cannot be imported.</exception>
    public static ImportedModel ReadZip(ZipArchive archive, Space observations, string? activation)
    {
        var settings = Settings(archive, out var steps);
        using var stream = new MemoryStream(ZipEntries.Read(archive.GetEntry(Policy)!, int.MaxValue));
        using var inner = ZipEntries.Open(stream);
        return Read(TorchArchive.Read(inner).Tensors, observations, activation ?? settings) with { Steps = steps };
    }

    /// <summary>Whether the names are those of a policy of Stable-Baselines3.</summary>
    public static bool IsPolicy(IReadOnlyDictionary<string, ImportedTensor> tensors) =>
        tensors.ContainsKey("action_net.weight") || tensors.Keys.Any(key => key.StartsWith("actor.mu.", StringComparison.Ordinal));

    /// <summary>Reads a policy of its state dictionary.</summary>
    /// <param name="tensors">By their names.</param>
    /// <param name="observations">Of the task.</param>
    /// <param name="activation">relu, tanh or sigmoid; null: the default of the algorithm.</param>
    /// <exception cref="InvalidDataException">Names the key that cannot be imported.</exception>
    public static ImportedModel Read(IReadOnlyDictionary<string, ImportedTensor> tensors, Space observations, string? activation)
    {
        var reader = new Reader(tensors, PolicyImport.NewDraft(observations));
        var model = tensors.ContainsKey("action_net.weight") ? reader.ActorCritic(activation ?? "tanh")
            : tensors.ContainsKey("actor.latent_pi.0.weight") || tensors.ContainsKey("actor.log_std.weight") ? reader.Sac(activation ?? "relu")
            : reader.Td3(activation ?? "relu");
        reader.ThrowIfUnused();
        return model;
    }

    /// <summary>What the zip's data says of the policy: its activation, if that is not the default.</summary>
    static string? Settings(ZipArchive archive, out long steps)
    {
        steps = 0;
        if (archive.GetEntry(Data) is not { } entry)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(ZipEntries.Read(entry, LargestData));
            var data = document.RootElement;
            if (data.ValueKind != JsonValueKind.Object)
            {
                throw new InvalidDataException($"its {Data} is a JSON {data.ValueKind}; allowed: an object");
            }

            if (data.TryGetProperty("num_timesteps", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out var count))
            {
                steps = Math.Max(0, count);
            }

            if (data.TryGetProperty("use_sde", out var sde) && sde.ValueKind == JsonValueKind.True)
            {
                throw new InvalidDataException("use_sde is true: state-dependent exploration is not imported");
            }

            ThrowUnlessKnown(data);
            return data.TryGetProperty("policy_kwargs", out var policy) && policy.ValueKind == JsonValueKind.Object ? Activation(policy) : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"its {Data} cannot be read: {ErrorWords.Of(exception)}", exception);
        }
    }

    /// <summary>What weights do not tell: policies and observations whose weights look the same and that compute something else.</summary>
    static void ThrowUnlessKnown(JsonElement data)
    {
        // What is no JSON is there as text beside its pickle, which is not read.
        static string? Text(JsonElement parent, string name, string member) =>
            parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object && value.TryGetProperty(member, out var text) ? text.ToString() : null;

        if (Text(data, "policy_class", "__module__") is { } module
            && !module.StartsWith("stable_baselines3.", StringComparison.Ordinal) && !module.StartsWith("sb3_contrib.", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"policy_class is of the module {Shown.Short(module)}; allowed: policies of Stable-Baselines3 itself");
        }

        if (Text(data, "observation_space", ":type:") is { } space && !space.Contains(".Box'", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"observation_space is {Shown.Short(space)}; allowed: Box");
        }
    }

    static string? Activation(JsonElement policy)
    {
        if (policy.TryGetProperty("features_extractor_class", out var extractor) && extractor.ToString() is var name
            && !name.Contains(".NatureCNN'", StringComparison.Ordinal) && !name.Contains(".FlattenExtractor'", StringComparison.Ordinal))
        {
            throw new InvalidDataException($"policy_kwargs.features_extractor_class is {Shown.Short(name)}; allowed: NatureCNN, FlattenExtractor");
        }

        if (policy.TryGetProperty("squash_output", out var squash) && squash.ToString() is "True" or "true")
        {
            throw new InvalidDataException("policy_kwargs.squash_output is true: it belongs to state-dependent exploration, which is not imported");
        }

        if (policy.TryGetProperty("normalize_images", out var normalize) && normalize.ToString() is "False" or "false")
        {
            throw new InvalidDataException("policy_kwargs.normalize_images is false: bytes that are not divided by 255 are not imported");
        }

        return !policy.TryGetProperty("activation_fn", out var function) ? null : function.ToString() switch
        {
            var text when text.Contains(".ReLU'", StringComparison.Ordinal) => "relu",
            var text when text.Contains(".Tanh'", StringComparison.Ordinal) => "tanh",
            var text when text.Contains(".Sigmoid'", StringComparison.Ordinal) => "sigmoid",
            var text => throw new InvalidDataException(
                $"policy_kwargs.activation_fn is {(text.Length > 0 ? Shown.Short(text) : "null")}; allowed: ReLU, Tanh, Sigmoid"),
        };
    }

    sealed class Reader(IReadOnlyDictionary<string, ImportedTensor> tensors, NetworkDraft network)
    {
        readonly HashSet<string> _used = [];

        public ImportedModel ActorCritic(string activation)
        {
            Features(tensors.Keys.Any(key => key.StartsWith("pi_features_extractor.", StringComparison.Ordinal)) ? "pi_features_extractor." : "features_extractor.");
            Layers(network, "mlp_extractor.shared_net.", activation, endsLinear: false);
            Layers(network, "mlp_extractor.policy_net.", activation, endsLinear: false);
            Linear(network, "action_net");
            return new(network) { LogDeviation = tensors.ContainsKey("log_std") ? Vector("log_std", network.Shape[0]) : null };
        }

        public ImportedModel Td3(string activation)
        {
            var hasFeatures = Features("actor.features_extractor.");
            Layers(network, "actor.mu.", activation, endsLinear: true);
            network.Activation("tanh");
            return new(network) { IsNormalized = true, Critic = hasFeatures ? null : Critic(activation) };
        }

        public ImportedModel Sac(string activation)
        {
            var hasFeatures = Features("actor.features_extractor.");
            Layers(network, "actor.latent_pi.", activation, endsLinear: false);
            var features = network.Shape[0];
            Linear(network, "actor.mu");
            network.Activation("tanh");
            var deviation = new NetworkDraft([features]);
            Linear(deviation, "actor.log_std");
            return new(network)
            {
                IsNormalized = true,
                DeviationLayer = (ImportedLayer.Linear)deviation.Layers[0],
                Critic = hasFeatures ? null : Critic(activation),
            };
        }

        /// <exception cref="InvalidDataException">There is a tensor that the policy would need and that was not read.</exception>
        public void ThrowIfUnused()
        {
            var foreign = tensors.Keys.FirstOrDefault(
                key => !_used.Contains(key) && !Array.Exists(_ignored, beginning => key.StartsWith(beginning, StringComparison.Ordinal)));
            if (foreign is not null)
            {
                throw new InvalidDataException($"{Shown.Short(foreign)} is not a part of the policies that are imported: MlpPolicy, and CnnPolicy with NatureCNN");
            }
        }

        /// <summary>NatureCNN (32 of 8×8/4, 64 of 4×4/2, 64 of 3×3, linear), or nothing for vectors.</summary>
        bool Features(string prefix)
        {
            if (tensors.Keys.FirstOrDefault(key => key.StartsWith(prefix, StringComparison.Ordinal)) is not { } first)
            {
                return false;
            }

            if (!tensors.ContainsKey($"{prefix}cnn.0.weight"))
            {
                throw new InvalidDataException($"{Shown.Short(first)} is a feature extractor that is not imported; allowed: none, or NatureCNN (cnn.0 … linear.0)");
            }

            foreach (var (layer, stride) in new[] { (0, 4), (2, 2), (4, 1) })
            {
                var name = string.Create(CultureInfo.InvariantCulture, $"{prefix}cnn.{layer}");
                network.Convolution(name, Take($"{name}.weight"), Take($"{name}.bias"), (stride, stride), (0, 0));
                network.Activation("relu");
            }

            network.Flatten();
            Linear(network, $"{prefix}linear.0");
            network.Activation("relu");
            ThrowIfLeft(prefix);
            return true;
        }

        /// <summary>Linear layers 0, 2, 4, … of a torch.nn.Sequential with an activation after each, or between them.</summary>
        void Layers(NetworkDraft draft, string prefix, string activation, bool endsLinear)
        {
            for (var i = 0; tensors.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}.weight")); i += 2)
            {
                if (endsLinear && i > 0)
                {
                    draft.Activation(activation);
                }

                Linear(draft, string.Create(CultureInfo.InvariantCulture, $"{prefix}{i}"));
                if (!endsLinear)
                {
                    draft.Activation(activation);
                }
            }

            ThrowIfLeft(prefix);
        }

        NetworkDraft? Critic(string activation)
        {
            const string prefix = "critic.qf0.";
            if (!tensors.TryGetValue($"{prefix}0.weight", out var first) || first.Shape is not [_, var inputs] || activation != "relu")
            {
                return null;
            }

            var critic = new NetworkDraft([inputs]);
            Layers(critic, prefix, activation, endsLinear: true);
            return critic;
        }

        void ThrowIfLeft(string prefix)
        {
            if (tensors.Keys.FirstOrDefault(key => key.StartsWith(prefix, StringComparison.Ordinal) && !_used.Contains(key)) is { } left)
            {
                throw new InvalidDataException($"{Shown.Short(left)} is a layer that is not imported; allowed there: linear layers with an activation between any two");
            }
        }

        void Linear(NetworkDraft draft, string name) =>
            draft.Linear(name, Take($"{name}.weight"), tensors.ContainsKey($"{name}.bias") ? Take($"{name}.bias") : null);

        double[] Vector(string name, long size)
        {
            var tensor = Take(name);
            return tensor.Shape is [var count] && count == size
                ? tensor.Values()
                : throw new InvalidDataException($"{name} is {NetworkDraft.Text(tensor.Shape)}; allowed: {size} (state-dependent exploration is not imported)");
        }

        ImportedTensor Take(string name)
        {
            _used.Add(name);
            return tensors.TryGetValue(name, out var tensor) ? tensor : throw new InvalidDataException($"{Shown.Short(name)} is missing");
        }
    }
}
