using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// What stands for max(z, 0) of one ReLU layer in a forward pass: max(z, 0) itself, or a gate times z (paper, eq. 3 and 6).
/// </summary>
/// <param name="layer">Number of the ReLU layer, from 0 at the input.</param>
/// <param name="z">Pre-activations zⁱ [rows×…]; in the caller's dispose scope.</param>
/// <returns>hⁱ of the same shape; given away: the network may dispose it.</returns>
public delegate Tensor Activation(int layer, Tensor z);

/// <summary>
/// A network whose only non-linearities are ReLUs (and max-pools): piecewise affine in its input. Optimisers see it ReLU layer by
/// ReLU layer. Inputs are [rows×InputShape], outputs [rows×m].
/// </summary>
public interface IReluNetwork
{
    /// <summary>Shape of one input: [n], or [C, H, W].</summary>
    IReadOnlyList<long> InputShape { get; }

    /// <summary>m, the number of outputs.</summary>
    long Outputs { get; }

    /// <summary>Type of weights and inputs.</summary>
    ScalarType Dtype { get; }

    /// <summary>Where weights and inputs are.</summary>
    Device Device { get; }

    /// <summary>B, once inputs have been fixed per problem; null while the network serves any number of rows.</summary>
    long? Problems { get; }

    /// <summary>How many ReLU layers are visible, that is, ask for an <see cref="Activation"/>.</summary>
    int ReluLayers { get; }

    /// <summary>f(x) [rows×m] for x [rows×InputShape], with the given activation in the place of the visible ReLUs.</summary>
    Tensor Forward(Tensor x, Activation activation);

    /// <summary>This network for B·S rows: the S starts of the first problem, then those of the second, ….</summary>
    IReluNetwork Repeat(long starts);

    /// <summary>Checks before a search that weights are numbers; a network that is made of another passes it on.</summary>
    /// <exception cref="ArgumentException">Names the layer or parameter that is not.</exception>
    void ThrowUnlessFinite() { }

    /// <summary>f(x) [rows×m] for x [rows×InputShape].</summary>
    Tensor Forward(Tensor x) => Forward(x, static (_, z) => z.relu());

    /// <summary>
    /// o(f(x)) [rows] and its gradient on x [rows×InputShape], both without history. The default asks autograd.
    /// </summary>
    (Tensor Values, Tensor Gradient) ValuesAndGradient(Tensor x, Score score)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        var input = x.detach().requires_grad_();
        var outputs = Forward(input);
        var detached = outputs.detach();
        var gradient = autograd.grad([outputs], [input], [score.Gradient(detached)])[0];
        return (score.Value(detached).MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }
}
