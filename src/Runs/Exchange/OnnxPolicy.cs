using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>
/// A policy as one ONNX graph, from the task's observation to the task's action:
/// <code>
/// observation [N × shape], the task's element type
/// [noise      [N × size] float32 ~ N(0, 1), or [N] float64 ~ U[0, 1) of discrete actions]
/// action      [N × size] float32, or [N] int64;  logits [N × actions] float32 of discrete actions
/// </code>
/// </summary>
static class OnnxPolicy
{
    public const string Observation = "observation";
    public const string Noise = "noise";
    public const string Action = "action";
    public const string Logits = "logits";

    const float White = 255;

    /// <summary>Builds the graph.</summary>
    /// <param name="policy">The policy; it stays the caller's.</param>
    /// <param name="sampled">Draw actions as in training, from a noise that is an input.</param>
    /// <exception cref="UserException">The policy is no network of the observation, or is to be sampled and is deterministic.</exception>
    public static OnnxWriter Build(Policy policy, bool sampled)
    {
        var network = policy.Network ?? throw new UserException(
            $"The policy of {policy.Algorithm} cannot be exported, because it is not one network of the observation.");
        if (sampled && network.NewRandom() is null)
        {
            throw new UserException($"--sampled needs a stochastic policy; that of {policy.Algorithm} is deterministic.");
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var graph = new OnnxWriter("policy");
        var input = Input(graph, policy);
        if (network.Head == PolicyHead.Logits)
        {
            Discrete(graph, new OnnxNetwork(graph, "policy").Add(input, network.Network), network.Network.Outputs, sampled);
        }
        else
        {
            Continuous(graph, network, input, policy.ActionSpace, sampled);
        }

        return graph;
    }

    /// <summary>The observation as the network reads it: bytes as their 255th part with channels first, numbers normalised where they are.</summary>
    static string Input(OnnxWriter graph, Policy policy)
    {
        var space = policy.ObservationSpace;
        var type = space.ElementType switch
        {
            ElementType.UInt8 => OnnxType.Byte,
            ElementType.Int32 => OnnxType.Int32,
            ElementType.Float32 => OnnxType.Single,
            _ => OnnxType.Double,
        };
        var input = graph.Input(Observation, type, space.Shape.Select(size => (long)size));
        if (space.Shape.Length == 3)
        {
            var part = graph.Node("Div", [Cast(graph, input, type, OnnxType.Single), graph.Constant("white", [White])]);
            return graph.Node("Transpose", [part], OnnxWriter.Attribute("perm", 0, 3, 1, 2));
        }

        if (policy.Moments is { } moments)
        {
            // In float64, as in training, and only then rounded.
            var options = policy.Training.Normalize;
            double[] deviations = [.. Enumerable.Range(0, moments.Size).Select(i => Math.Sqrt(moments.Variance(i) + options.Epsilon))];
            var difference = graph.Node("Sub", [Cast(graph, input, type, OnnxType.Double), graph.Constant("observation.mean", moments.Mean, moments.Size)]);
            var scaled = graph.Node("Div", [difference, graph.Constant("observation.deviation", deviations, moments.Size)]);
            input = graph.Node(
                "Clip",
                [scaled, graph.Constant("observation.low", [-options.ObservationClip]), graph.Constant("observation.high", [options.ObservationClip])]);
            type = OnnxType.Double;
        }

        return Cast(graph, input, type, OnnxType.Single);
    }

    static string Cast(OnnxWriter graph, string value, int from, int to) =>
        from == to ? value : graph.Node("Cast", [value], OnnxWriter.Attribute("to", to));

    /// <summary>The largest logit; or, for a share u of 1, the first action at which the sum of the probabilities passes u.</summary>
    static void Discrete(OnnxWriter graph, string logits, long count, bool sampled)
    {
        string action;
        if (sampled)
        {
            var share = graph.Input(Noise, OnnxType.Double);
            var highest = graph.Node("ReduceMax", [logits], OnnxWriter.Attribute("axes", [1L]), OnnxWriter.Attribute("keepdims", 1));
            var parts = graph.Node("Exp", [Cast(graph, graph.Node("Sub", [logits, highest]), OnnxType.Single, OnnxType.Double)]);
            var axis = graph.Constant("axis", [1L], 1);
            var total = graph.Node("ReduceSum", [parts, axis], OnnxWriter.Attribute("keepdims", 1));
            var sums = graph.Node("CumSum", [parts, graph.Constant("actions", [1L])]);
            // Of the last action none: rounding may leave the whole sum below the share.
            var inner = graph.Node("Slice", [sums, graph.Constant("first", [0L], 1), graph.Constant("last", [count - 1], 1), axis]);
            var left = graph.Node("Mul", [graph.Node("Unsqueeze", [share, axis]), total]);
            var passed = graph.Node("LessOrEqual", [inner, left]);
            action = graph.Node("ReduceSum", [graph.Node("Cast", [passed], OnnxWriter.Attribute("to", OnnxType.Int64)), axis], OnnxWriter.Attribute("keepdims", 0));
        }
        else
        {
            action = graph.Node("ArgMax", [logits], OnnxWriter.Attribute("axis", 1), OnnxWriter.Attribute("keepdims", 0));
        }

        graph.Output(action, Action, OnnxType.Int64);
        graph.Output(logits, Logits, OnnxType.Single, count);
    }

    /// <summary>centre + half · head(m + σ ε)</summary>
    static void Continuous(OnnxWriter graph, IPolicyNetwork network, string input, Space space, bool sampled)
    {
        var size = network.Network.Outputs;
        var layers = new OnnxNetwork(graph, "policy");
        string value;
        if (sampled && network.Noise is { } noise)
        {
            var drawn = graph.Input(Noise, OnnxType.Single, size);
            string deviation;
            if (noise.Whole is { } whole)
            {
                var both = layers.Add(input, whole);
                var axis = graph.Constant("axis", [1L], 1);
                string Part(string name, long from) => graph.Node(
                    "Slice", [both, graph.Constant($"{name}.first", [from], 1), graph.Constant($"{name}.end", [from + size], 1), axis]);
                value = Part("mean", 0);
                deviation = graph.Node("Exp", [graph.Node(
                    "Clip",
                    [
                        Part("deviation", size), graph.Constant("deviation.low", [(float)PolicyNoise.LeastLog]),
                        graph.Constant("deviation.high", [(float)PolicyNoise.MostLog]),
                    ])]);
            }
            else
            {
                value = layers.Add(input, network.Network);
                deviation = graph.Constant("deviation", noise.LogDeviation!.exp());
            }

            value = graph.Node("Add", [value, graph.Node("Mul", [deviation, drawn])]);
        }
        else
        {
            value = layers.Add(input, network.Network);
        }

        value = network.Head == PolicyHead.Tanh
            ? graph.Node("Tanh", [value])
            : graph.Node("Clip", [value, graph.Constant("least", [-1f]), graph.Constant("most", [1f])]);
        var (centre, half) = new ActionScaling(space).Affine;
        value = graph.Node("Mul", [value, graph.Constant("action.half", half, size)]);
        graph.Output(graph.Node("Add", [value, graph.Constant("action.centre", centre, size)]), Action, OnnxType.Single, size);
    }
}
