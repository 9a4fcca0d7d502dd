namespace RL.Certification;

/// <summary>A hidden neuron: one value that goes through an activation.</summary>
/// <param name="Layer">Hidden layer, from 0 at the input.</param>
/// <param name="Index">In its layer, from 0; of images as torch.flatten counts, channel after channel.</param>
public readonly record struct Neuron(int Layer, int Index)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Layer}/{Index}";
}
