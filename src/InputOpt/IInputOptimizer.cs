using TorchSharp;

namespace RL.InputOpt;

/// <summary>
/// Finds, per problem, an input of a ReLU network inside a box that makes an objective large. B independent problems are solved
/// at once; each behaves as if it were solved alone (but for the order in which random numbers are drawn).
/// </summary>
public interface IInputOptimizer
{
    /// <summary>Maximises <paramref name="objective"/> over <paramref name="box"/> from the given starts.</summary>
    /// <param name="objective">What to maximise: a network [n → m] and a score of its outputs.</param>
    /// <param name="starts">First iterates [B×n], of the network's dtype and device. Those outside the box are
    /// projected onto it.</param>
    /// <param name="box">Bounds of every input, per problem or shared.</param>
    /// <param name="trace">Whether to keep the objective's value after every iteration.</param>
    /// <returns>The best input seen, the start included; it belongs to the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">A shape, dtype or device that does not fit; a bound that is empty.</exception>
    InputOptimum Maximize(Objective objective, torch.Tensor starts, Box box, bool trace = false);
}

/// <summary>What an optimiser found.</summary>
/// <param name="X">Best inputs [B×n], inside the box.</param>
/// <param name="Value">Objective at X [B]; never less than <paramref name="StartValue"/>.</param>
/// <param name="StartValue">Objective at the start [B].</param>
/// <param name="GradientPasses">Gradients taken per problem: the unit in which optimisers are compared.</param>
/// <param name="Trace">Objective after each iteration [T×B], where asked for.</param>
public sealed record InputOptimum(
    torch.Tensor X, torch.Tensor Value, torch.Tensor StartValue, long GradientPasses, torch.Tensor? Trace = null) : IDisposable
{
    /// <summary>Value − start value [B], ≥ 0.</summary>
    public torch.Tensor Gain => Value - StartValue;

    public void Dispose()
    {
        X.Dispose();
        Value.Dispose();
        StartValue.Dispose();
        Trace?.Dispose();
    }
}
