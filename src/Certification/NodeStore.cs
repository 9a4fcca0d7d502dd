using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// The open nodes of a search, in numbered slots that are used again: for each a box and the states of all neurons.
/// </summary>
sealed class NodeStore(int inputs, int neurons)
{
    const int BlockSize = 1024;

    readonly List<double[]> _boxes = [];        // lower and upper bounds, node after node
    readonly List<byte[]> _states = [];
    readonly Stack<int> _free = [];
    int _slots;

    public int Add(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, ReadOnlySpan<byte> states)
    {
        if (!_free.TryPop(out var slot))
        {
            slot = _slots++;
            if (slot / BlockSize == _boxes.Count)
            {
                _boxes.Add(new double[BlockSize * 2 * inputs]);
                _states.Add(new byte[BlockSize * neurons]);
            }
        }
        var box = Box(slot);
        lower.CopyTo(box);
        upper.CopyTo(box[inputs..]);
        states.CopyTo(States(slot));
        return slot;
    }

    /// <summary>Copies a node out and frees its slot.</summary>
    public void Take(int slot, Span<double> lower, Span<double> upper, Span<byte> states)
    {
        var box = Box(slot);
        box[..inputs].CopyTo(lower);
        box[inputs..].CopyTo(upper);
        States(slot).CopyTo(states);
        _free.Push(slot);
    }

    Span<double> Box(int slot) => _boxes[slot / BlockSize].AsSpan(slot % BlockSize * 2 * inputs, 2 * inputs);

    Span<byte> States(int slot) => _states[slot / BlockSize].AsSpan(slot % BlockSize * neurons, neurons);
}
