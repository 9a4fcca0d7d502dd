namespace RL.InputOpt;

/// <summary>
/// What a network is where its neurons have given phases: zˡ = Normals x + Offsets for each hidden layer, o(f(x)) = Gradient·x + Constant.
/// </summary>
sealed class AffinePiece
{
    public AffinePiece(int inputs, IReadOnlyList<int> units)
    {
        Normals = [.. units.Select(count => new ColumnMatrix<double>(count, inputs))];
        Offsets = [.. units.Select(count => new AlignedArray<double>(count))];
        Gradient = new double[inputs];
    }

    /// <summary>Per hidden layer a column for each input, a row for each neuron.</summary>
    public ColumnMatrix<double>[] Normals { get; }

    /// <summary>zˡ at x = 0.</summary>
    public AlignedArray<double>[] Offsets { get; }

    /// <summary>∇o(f(x)) [n].</summary>
    public double[] Gradient { get; }

    /// <summary>o(f(0)).</summary>
    public double Constant { get; set; }
}
