using System.Globalization;

namespace RL.Agents;

/// <summary>What fully connected networks and a minibatch in them take, before they are made: what the system cannot hold ends in a killed process.</summary>
static class LearnerMemory
{
    /// <summary>Values of a parameter that is trained: itself, its gradient and Adam's two moments.</summary>
    const double Trained = 4;

    const double GigaByte = 1e9;

    /// <summary>Checks that networks fit into this machine's memory together with the values of a minibatch and their gradients.</summary>
    /// <param name="inputs">Inputs of the widest network.</param>
    /// <param name="hidden">Its hidden layers.</param>
    /// <param name="outputs">Its outputs.</param>
    /// <param name="trained">Networks that are trained.</param>
    /// <param name="targets">Networks that only follow them.</param>
    /// <param name="batch">Rows of a minibatch.</param>
    /// <exception cref="ArgumentException">They do not.</exception>
    public static void Check(int inputs, IReadOnlyList<int> hidden, int outputs, int trained, int targets, long batch) =>
        Check(inputs, hidden, outputs, trained, targets, batch, MachineMemory.Available);

    // The same for a machine of so many bytes.
    internal static void Check(int inputs, IReadOnlyList<int> hidden, int outputs, int trained, int targets, long batch, long memory)
    {
        int[] sizes = [inputs, .. hidden, outputs];
        var parameters = Enumerable.Range(0, sizes.Length - 1).Sum(i => (sizes[i] + 1.0) * sizes[i + 1]);
        var networks = sizeof(float) * parameters * ((Trained * trained) + targets);
        if (networks > memory)
        {
            throw new ArgumentException(
                $"agent.hidden_layers is {string.Join(",", hidden)}; {trained + targets} such networks of {inputs} inputs take {Text(networks)} with what they are "
                + $"trained with, and this machine has {Text(memory)} free; allowed: layers that fit.");
        }

        var row = 2.0 * sizeof(float) * sizes.Sum(size => (double)size);
        if (networks + (row * batch) > memory)
        {
            throw new ArgumentException(
                $"a minibatch of {batch} rows takes {Text(row * batch)} in networks of agent.hidden_layers={string.Join(",", hidden)}, and this machine has "
                + $"{Text(memory)} free; allowed: up to {Math.Floor((memory - networks) / row)}.");
        }
    }

    static string Text(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / GigaByte:F1} GB");
}
