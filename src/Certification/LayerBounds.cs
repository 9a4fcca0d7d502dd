using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// Bounds l ≤ z ≤ u of a hidden layer's pre-activations over a node, and the lines between which max(z, 0) lies:
/// α z ≤ max(z, 0) ≤ s z + t with s = u/(u − l), t = −s l where the phase is open; α = s = 1 or 0 and t = 0 where it is not.
/// </summary>
sealed class LayerBounds
{
    readonly int[] _alive;
    int _aliveCount;

    /// <param name="units">Neurons of the layer.</param>
    /// <param name="bounded">How many of them are bounded: the first ones. Of the others only lower lines are used.</param>
    /// <param name="inputs">n.</param>
    public LayerBounds(int units, int bounded, int inputs)
    {
        (Bounded, _alive) = (bounded, new int[units]);
        (Lower, Upper, Slope, Offset) = (new(bounded), new(bounded), new(units), new(units));
        (LeanAlpha, Alpha, InverseLower, InverseUpper) = (new(units), new(units), new(units), new(units));
        (LowerForm, UpperForm) = (new(bounded, inputs), new(bounded, inputs));
        (LowerConstant, UpperConstant) = (new(bounded), new(bounded));
    }

    public int Bounded { get; }

    public AlignedArray<double> Lower { get; }

    public AlignedArray<double> Upper { get; }

    /// <summary>s, the slope of the upper line.</summary>
    public AlignedArray<double> Slope { get; }

    /// <summary>t, its value at z = 0.</summary>
    public AlignedArray<double> Offset { get; }

    /// <summary>α for the bounds of later layers: 1 if u &gt; −l, else 0, which makes the smaller triangle (DeepPoly).</summary>
    public AlignedArray<double> LeanAlpha { get; }

    /// <summary>α for the bound of the output, which is optimised.</summary>
    public AlignedArray<double> Alpha { get; }

    /// <summary>−1/l where the phase is open, else 0: with 1/u the scale of α's steps.</summary>
    public AlignedArray<double> InverseLower { get; }

    /// <inheritdoc cref="InverseLower"/>
    public AlignedArray<double> InverseUpper { get; }

    /// <summary>
    /// z ≥ LowerForm·x + LowerConstant over the node; of the first layer both forms are its weights and not kept here.
    /// </summary>
    public ColumnMatrix<double> LowerForm { get; }

    /// <summary>z ≤ UpperForm·x + UpperConstant over the node.</summary>
    public ColumnMatrix<double> UpperForm { get; }

    /// <inheritdoc cref="LowerForm"/>
    public AlignedArray<double> LowerConstant { get; }

    /// <inheritdoc cref="UpperForm"/>
    public AlignedArray<double> UpperConstant { get; }

    /// <summary>The neurons that are not known to be inactive.</summary>
    public ReadOnlySpan<int> Alive => _alive.AsSpan(0, _aliveCount);

    public bool IsOpen(int unit) => InverseUpper[unit] > 0;

    /// <summary>
    /// Brings the neurons' states and the lines up to the bounds; false if a split neuron cannot have its phase: the node is
    /// empty. Bounds are cut to [−1, 1], in which every neuron of a <see cref="ScaledProblem"/> stays.
    /// </summary>
    public bool Relax(Span<byte> states)
    {
        _aliveCount = 0;
        var width = 0.0;
        for (var k = 0; k < Bounded; k++)
        {
            var (l, u) = (Lower[k], Upper[k]);
            (l, u) = (l > -1 ? l : -1, u < 1 ? u : 1);
            (Lower[k], Upper[k]) = (l, u);
            width += u - l;
            ref var state = ref states[k];
            if (NeuronStates.IsOpen(state) && l < 0 && u > 0)
            {
                Slope[k] = u / (u - l);
                // With s rounded, what is needed for the line to be above both ends.
                Offset[k] = Math.Max(-l * Slope[k], Math.FusedMultiplyAdd(-Slope[k], u, u)) * Rounding.Up;
                LeanAlpha[k] = u > -l ? 1 : 0;
                Alpha[k] = NeuronStates.Alpha(state);
                (InverseLower[k], InverseUpper[k]) = (-1 / l, 1 / u);
                _alive[_aliveCount++] = k;
                continue;
            }
            if (NeuronStates.IsOpen(state))
            {
                state = l >= 0 ? NeuronStates.Active : NeuronStates.Inactive;
            }
            else if ((state == NeuronStates.SplitActive && u < 0) || (state == NeuronStates.SplitInactive && l > 0))
            {
                return false;
            }
            var isActive = NeuronStates.IsActive(state);
            Slope[k] = LeanAlpha[k] = Alpha[k] = isActive ? 1 : 0;
            Offset[k] = InverseLower[k] = InverseUpper[k] = 0;
            if (isActive)
            {
                _alive[_aliveCount++] = k;
            }
        }
        for (var k = Bounded; k < states.Length; k++)
        {
            Alpha[k] = NeuronStates.Alpha(states[k]);
            InverseLower[k] = InverseUpper[k] = width > 0 ? 2 * Bounded / width : 0;
            _alive[_aliveCount++] = k;
        }
        return true;
    }

    /// <summary>Writes the optimised α of open neurons into their states, where a node's children start from.</summary>
    public void KeepAlpha(Span<byte> states)
    {
        for (var k = 0; k < states.Length; k++)
        {
            if (NeuronStates.IsOpen(states[k]))
            {
                states[k] = NeuronStates.Open(Alpha[k]);
            }
        }
    }
}
