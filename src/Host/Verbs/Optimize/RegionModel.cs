using System.CommandLine;
using RL.Agents;
using RL.Certification;
using RL.Environments;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>The network whose regions are looked at: that of a file, or of a policy or its critic, with the states of an episode as points.</summary>
/// <param name="Graph">Of [n] to [m].</param>
/// <param name="Name">For titles.</param>
/// <param name="Head">What the outputs of a policy are; null for other networks.</param>
/// <param name="State">The network's input after so many steps of clean play; null where nothing plays.</param>
sealed record RegionModel(NetworkGraph Graph, string Name, PolicyHead? Head, Func<int, double[]>? State)
{
    /// <summary>Which network of a policy is meant.</summary>
    public static Option<string> OfOption() => new("--of")
    {
        Description = "Which network of a run or policy: the policy, or the critic of [state; action].", HelpName = "policy|critic", DefaultValueFactory = _ => "policy",
    };

    /// <summary>A file of one fully connected network, as those of `optimize ablation --net`.</summary>
    public static bool IsNetworkFile(string path) =>
        path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && RegularFile.Problem(path) is null
        && !Require.Readable(() => SafeTensors.ReadMetadata(path)).ContainsKey("options");

    public static RegionModel OfFile(string path) => Require.Fits(() =>
        new RegionModel(NetworkGraph.Of(Require.Readable(() => ReluNetwork.FromFile(path))), Path.GetFileNameWithoutExtension(path), null, null));

    /// <param name="trained">The policy.</param>
    /// <param name="isCritic">Its critic instead.</param>
    /// <param name="seed">Of the episode; null: that of the evaluations in training.</param>
    /// <param name="clock">For opening it.</param>
    /// <exception cref="UserException">The policy is no network, has no critic, or is one whose regions are not known.</exception>
    public static RegionModel OfPolicy(TrainedPolicy trained, bool isCritic, long? seed, TimeProvider clock)
    {
        var learnt = trained.Open(clock);
        var options = trained.Options;
        var policy = (learnt.Agent as IAttackable)?.PolicyNetwork
            ?? throw new UserException($"The policy of {options.Agent.Name} is no network of the observation.");
        if (isCritic && policy.Critic is null)
        {
            throw new UserException($"--of is critic; the agent {options.Agent.Name} has none. Allowed: policy.");
        }
        var graph = Require.Fits(() => NetworkGraph.Of(isCritic ? policy.Critic! : policy.Network));
        var states = new List<double[]>();
        double[] State(int step)
        {
            if (states.Count == 0)
            {
                states.AddRange(Play(policy, learnt, isCritic, (ulong)(seed ?? (long)Seeds.Of(options.Training.Seed, Purpose.Evaluation))));
            }
            return step < states.Count ? states[step] : throw new UserException(
                $"state:{step} is behind the end of the episode; allowed: state:0 to state:{states.Count - 1}.");
        }
        return new(graph, $"{options.Environment.Spec.Id}, {options.Agent.Name}{(isCritic ? ", critic" : "")}", isCritic ? null : policy.Head, State);
    }

    /// <summary>The network's inputs at every step of an episode; of a critic together with the policy's actions.</summary>
    static List<double[]> Play(IPolicyNetwork policy, Policy learnt, bool isCritic, ulong seed)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var environment = learnt.MakeEvaluation(1);
        var inputs = new List<double[]>();
        var isOver = false;
        CleanPlay.Run(policy, environment, 1, seed, explore: false, outcome =>
        {
            isOver |= outcome?.IsFinished(0) ?? false;
            if (!isOver)
            {
                using var step = NewDisposeScope();
                var x = policy.Inputs(environment.Observations)[0..1];
                var input = isCritic ? cat([x, policy.Network.Forward(x).tanh()], 1) : x;
                inputs.Add([.. input.to(ScalarType.Float64, CPU).reshape(-1).contiguous().data<double>()]);
            }
        });
        return inputs;
    }
}
