using System.Numerics;
using System.Numerics.Tensors;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The units of a problem's inputs (<see cref="AdrGdUnits"/>), and the norms of the patterns' normals in them where these depend on nothing but
/// weights and units: <see cref="Normaliser.Ungated"/>, or 1.
/// </summary>
sealed class SpanUnits<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly AdrGdOptions _options;
    readonly PatternLayer<T>[] _patterns;
    readonly T[] _widths;
    readonly T[] _normsInUnits;     // of the layer in hand
    readonly T[][] _norms;          // ‖n‖ of each layer where units are 1; nothing where it is gated
    readonly T[][] _normals;        // n of each layer, row by row over all inputs, where ‖n‖ is theirs
    bool _areSet;                   // whether some are not 1

    public SpanUnits(AdrGdOptions options, PackedNetwork<T> packed, ReluNetwork network, PatternLayer<T>[] patterns)
    {
        (_options, _patterns) = (options, patterns);
        _widths = new T[packed.Inputs];
        Array.Fill(_widths, T.One);
        _normsInUnits = new T[packed.Units.Max()];
        _norms = [.. packed.Units.Select(units => _options.Normaliser.IsGated() ? [] : new T[units])];
        _normals = [.. packed.Units.Select(units => options.Normaliser == Normaliser.Ungated ? new T[units * network.Full.Inputs] : [])];
        TakeNorms(network);
    }

    /// <summary>The unit of each free input.</summary>
    public ReadOnlySpan<T> Widths => _widths;

    /// <summary>Whether some unit is 0: its input cannot move.</summary>
    public bool IsFlat { get; private set; }

    /// <summary>Takes the norms of new weights.</summary>
    public void TakeNorms(ReluNetwork network)
    {
        if (_options.Normaliser.IsGated())
        {
            return;
        }
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var ofWeights = _options.Normaliser == Normaliser.Ungated ? network.Normals() : null;
        for (var i = 0; i < _patterns.Length; i++)
        {
            var norms = ofWeights?[i].norm(1).clamp(min: 1e-12) ?? ones(_norms[i].Length, dtype: network.Dtype);
            PackedNetwork<T>.Elements(norms).CopyTo(_norms[i]);
            if (ofWeights is not null)
            {
                PackedNetwork<T>.Elements(ofWeights[i].contiguous()).CopyTo(_normals[i]);
            }
            _patterns[i].SetConstantNorms(_norms[i]);
        }
        _areSet = false;
    }

    /// <summary>Sets the units for half widths [n] of a box, and the norms in them; without half widths 1.</summary>
    public void Set(ReadOnlySpan<T> halfWidths)
    {
        var were = _areSet;
        (_areSet, IsFlat) = (false, false);
        for (var k = 0; k < halfWidths.Length; k++)
        {
            _widths[k] = T.CreateChecked(AdrGdUnits.Of(double.CreateChecked(halfWidths[k]), _options.HalfWidth));
            _areSet |= _widths[k] != T.One;
            IsFlat |= _widths[k] == T.Zero;
        }
        if (_options.Normaliser.IsGated() || _options.Normaliser == Normaliser.None || (!were && !_areSet))
        {
            return;
        }
        for (var i = 0; i < _patterns.Length; i++)
        {
            _patterns[i].SetConstantNorms(_areSet ? NormsInUnits(i) : _norms[i]);
        }
    }

    /// <summary>Turns a gradient on x into one on x in its units.</summary>
    public void Scale(Span<T> gradient)
    {
        if (_areSet)
        {
            TensorPrimitives.Multiply(gradient, _widths, gradient);
        }
    }

    /// <summary>‖n‖ of a layer with the free inputs, the last ones, in their units and fixed ones in units of 1.</summary>
    ReadOnlySpan<T> NormsInUnits(int layer)
    {
        var norms = _normsInUnits.AsSpan(0, _norms[layer].Length);
        var all = _normals[layer].Length / norms.Length;
        for (var j = 0; j < norms.Length; j++)
        {
            var normal = _normals[layer].AsSpan(j * all, all);
            var sum = TensorPrimitives.SumOfSquares<T>(normal[..^_widths.Length]);
            for (var k = 0; k < _widths.Length; k++)
            {
                var element = normal[all - _widths.Length + k] * _widths[k];
                sum = T.FusedMultiplyAdd(element, element, sum);
            }
            norms[j] = T.Max(T.Sqrt(sum), T.CreateChecked(1e-12));
        }
        return norms;
    }
}
