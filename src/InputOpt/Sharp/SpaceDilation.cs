using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The metric of Shor's r-algorithm (Shor 1985, §3.3) for rows of n numbers: B = Π (I + (1/α − 1) ξξᵀ), which shrinks space along the unit
/// vectors ξ by α. As a sum, B = I + Σ y ξᵀ with y = (1/α − 1) B ξ for the B before: what is stored is the y and ξ of the last dilations, so
/// that a product costs 4·n per dilation and n may be that of an image.
/// </summary>
sealed class SpaceDilation
{
    readonly double _alpha;
    readonly int _capacity;
    int _count;
    Tensor _y, _xi;               // [rows×capacity×n], zeros beyond count

    /// <summary>B = I for rows of the shape of <paramref name="like"/> [rows×…].</summary>
    public SpaceDilation(double alpha, int capacity, Tensor like)
    {
        (_alpha, _capacity) = (alpha, capacity);
        _xi = zeros([like.shape[0], capacity, like.numel() / like.shape[0]], dtype: like.dtype, device: like.device);
        _y = zeros_like(_xi);
    }

    /// <summary>B v for v [rows×…].</summary>
    public Tensor Times(Tensor v) => Product(_y, _xi, v);

    /// <summary>Bᵀ v for v [rows×…].</summary>
    public Tensor TransposedTimes(Tensor v) => Product(_xi, _y, v);

    /// <summary>
    /// B ← B (I + (1/α − 1) ξξᵀ) for unit vectors ξ [rows×…]; rows of zeros stay as they are. Beyond the capacity every row starts afresh
    /// from B = I.
    /// </summary>
    public void Dilate(Tensor xi)
    {
        if (_count == _capacity)
        {
            _y.zero_();
            _xi.zero_();
            _count = 0;
        }
        _y.select(1, _count).copy_(Times(xi).reshape(xi.shape[0], -1) * ((1 / _alpha) - 1));
        _xi.select(1, _count).copy_(xi.reshape(xi.shape[0], -1));
        _count++;
    }

    /// <summary>Goes on with some of the rows.</summary>
    public void Keep(Tensor rows) => (_y, _xi) = (_y.index_select(0, rows), _xi.index_select(0, rows));

    /// <summary>v + Σᵢ leftᵢ (rightᵢ·v)</summary>
    Tensor Product(Tensor left, Tensor right, Tensor v)
    {
        if (_count == 0)
        {
            return v.clone();
        }
        var (l, r) = (left.narrow(1, 0, _count), right.narrow(1, 0, _count));
        var column = v.reshape(v.shape[0], -1, 1);
        return v + l.transpose(1, 2).matmul(r.matmul(column)).reshape(v.shape);
    }
}
