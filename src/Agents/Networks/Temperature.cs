using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>SAC's temperature α as its logarithm, so that every step leaves it positive. Saved and exported as "log".</summary>
sealed class Temperature : nn.Module
{
    // An array: fields that are parameters TorchSharp registers a second time, under their own names.
    readonly Parameter[] _log;

    public Temperature(double initial)
        : base(nameof(Temperature))
    {
        _log = [nn.Parameter(tensor([(float)Math.Log(initial)]))];
        register_parameter("log", _log[0]);
    }

    /// <summary>log α.</summary>
    public double Log => _log[0].detach().cpu().ToSingle();

    /// <summary>
    /// ∂/∂ log α of log α (H − H̄), the loss that the authors' code takes in the place of α (H − H̄) (eq. 18): the same sign.
    /// </summary>
    public static double GradientOf(double entropy, double target) => entropy - target;
}
