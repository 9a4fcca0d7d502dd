using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

/// <summary>Random policies of each kind, without agents around them.</summary>
sealed class TestPolicy(PolicyHead head, IReluNetwork network, ReluNetwork? critic) : IPolicyNetwork
{
    public const int Observations = 5, Actions = 3, Side = 12, Channels = 3;

    public PolicyHead Head => head;

    public IReluNetwork Network => network;

    public ReluNetwork? Critic => critic;

    /// <summary>Fully connected, with a critic where actions are continuous.</summary>
    public static TestPolicy Vectors(PolicyHead head, int seed)
    {
        using var generator = new Generator((ulong)seed);
        var actor = new Mlp(Observations, [16, 12], Actions, generator);
        var critic = new Mlp(Observations + Actions, [16, 12], 1, generator);
        return new(head, ReluNetwork.FromModule(actor), head == PolicyHead.Logits ? null : ReluNetwork.FromModule(critic));
    }

    /// <summary>Convolutions, a max-pool and a hidden layer on images in [0, 1]: logits.</summary>
    public static TestPolicy Images(int seed)
    {
        var module = nn.Sequential(
            nn.Conv2d(Channels, 4, 3, stride: 2), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
            nn.Linear(16, 10), nn.ReLU(), nn.Linear(10, Actions));
        using var generator = new Generator((ulong)seed);
        using var noGrad = no_grad();
        foreach (var parameter in module.parameters())
        {
            parameter.uniform_(-0.5, 0.5, generator);
        }

        return new(PolicyHead.Logits, new ReluModule(module, [Channels, Side, Side]), null);
    }

    public static Space ImageSpace { get; } = BoxSpace.Uniform(ElementType.UInt8, [Side, Side, Channels], 0, 255);

    /// <summary>Inputs as they come from environments: whole bytes of images, black and white among them.</summary>
    public Tensor Draw(int count, int seed)
    {
        using var generator = new Generator((ulong)seed);
        return network.InputShape.Count == 1
            ? randn([count, .. network.InputShape], generator: generator) * 2
            : randint(256, [count, .. network.InputShape], dtype: ScalarType.Float32, generator: generator) / 255;
    }

    public Tensor Inputs(SpaceBuffer observations) => throw new NotSupportedException();

    public Pcg64? NewRandom() => null;

    public void Act(Tensor inputs, SpaceBuffer actions, Pcg64? random = null) => throw new NotSupportedException();
}
