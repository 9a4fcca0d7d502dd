using System.Runtime.Intrinsics;

namespace RL.Agents;

/// <summary>
/// What a training step does beside its matrix products, each a single pass over memory. Matrices are row-major [rows × columns]. Sums
/// run in one fixed order.
/// </summary>
static unsafe class Kernels
{
    static readonly int _width = Vector512<float>.Count;

    /// <summary>h ← max(h + b, 0), row by row. A NaN stays one.</summary>
    public static void AddBiasRelu(float* h, float* b, int rows, int columns)
    {
        for (var row = 0; row < rows; row++, h += columns)
        {
            var j = 0;
            for (; j <= columns - _width; j += _width)
            {
                Vector512.MaxNative(Vector512<float>.Zero, Vector512.Load(h + j) + Vector512.Load(b + j)).Store(h + j);
            }

            for (; j < columns; j++)
            {
                h[j] = MathF.Max(0, h[j] + b[j]);
            }
        }
    }

    /// <summary>h ← d where h &gt; 0, else 0; sums ← sums over the rows of the new h.</summary>
    public static void ReluBackward(float* d, float* h, float* sums, int rows, int columns)
    {
        new Span<float>(sums, columns).Clear();
        for (var row = 0; row < rows; row++, d += columns, h += columns)
        {
            var j = 0;
            for (; j <= columns - _width; j += _width)
            {
                var kept = Vector512.GreaterThan(Vector512.Load(h + j), Vector512<float>.Zero) & Vector512.Load(d + j);
                kept.Store(h + j);
                (Vector512.Load(sums + j) + kept).Store(sums + j);
            }

            for (; j < columns; j++)
            {
                h[j] = h[j] > 0 ? d[j] : 0;
                sums[j] += h[j];
            }
        }
    }

    /// <summary>sums ← sums over the rows of d.</summary>
    public static void SumRows(float* d, float* sums, int rows, int columns)
    {
        new Span<float>(sums, columns).Clear();
        for (var i = 0; i < rows * columns; i++)
        {
            sums[i % columns] += d[i];
        }
    }

    /// <summary>y ← h w + b for a layer of one output. [rows × columns], [columns] → [rows]</summary>
    public static void Head(float* h, float* w, float b, float* y, int rows, int columns)
    {
        for (var row = 0; row < rows; row++, h += columns)
        {
            // Two sums, so that one addition need not wait for the other.
            var (even, odd) = (Vector512<float>.Zero, Vector512<float>.Zero);
            var j = 0;
            for (; j <= columns - (2 * _width); j += 2 * _width)
            {
                even = Vector512.FusedMultiplyAdd(Vector512.Load(h + j), Vector512.Load(w + j), even);
                odd = Vector512.FusedMultiplyAdd(Vector512.Load(h + j + _width), Vector512.Load(w + j + _width), odd);
            }

            var sum = Vector512.Sum(even + odd);
            for (; j < columns; j++)
            {
                sum += h[j] * w[j];
            }

            y[row] = sum + b;
        }
    }

    /// <summary>
    /// The way back through a layer of one output and the ReLU below it: dw ← δᵀ h; h ← δ wᵀ where h &gt; 0, else 0; sums ← sums over
    /// the rows of the new h.
    /// </summary>
    public static void HeadBackward(float* delta, float* w, float* h, float* sums, float* dw, int rows, int columns)
    {
        new Span<float>(sums, columns).Clear();
        new Span<float>(dw, columns).Clear();
        for (var row = 0; row < rows; row++, h += columns)
        {
            var scale = Vector512.Create(delta[row]);
            var j = 0;
            for (; j <= columns - _width; j += _width)
            {
                var active = Vector512.Load(h + j);
                var kept = Vector512.GreaterThan(active, Vector512<float>.Zero) & (scale * Vector512.Load(w + j));
                kept.Store(h + j);
                (Vector512.Load(sums + j) + kept).Store(sums + j);
                Vector512.FusedMultiplyAdd(scale, active, Vector512.Load(dw + j)).Store(dw + j);
            }

            for (; j < columns; j++)
            {
                dw[j] += delta[row] * h[j];
                h[j] = h[j] > 0 ? delta[row] * w[j] : 0;
                sums[j] += h[j];
            }
        }
    }

    /// <summary>to ← τ from + (1 − τ) to.</summary>
    public static void MoveTowards(float* to, float* from, int length, float tau)
    {
        var keep = 1 - tau;
        var i = 0;
        for (; i <= length - _width; i += _width)
        {
            ((Vector512.Load(to + i) * keep) + (Vector512.Load(from + i) * tau)).Store(to + i);
        }

        for (; i < length; i++)
        {
            to[i] = (to[i] * keep) + (from[i] * tau);
        }
    }

    /// <summary>
    /// m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², p ← p − step · m / (√v + ε), with g ← g + decay · p first. Moments that decay into
    /// subnormal numbers, which cost a hundred times as much as others, are taken for zero.
    /// </summary>
    public static void Adam(float* p, float* g, float* m, float* v, int length, in AdamStep s)
    {
        var least = Vector512.Create(1.17549435e-38f);
        var i = 0;
        for (; i <= length - _width; i += _width)
        {
            var parameter = Vector512.Load(p + i);
            var gradient = Vector512.Load(g + i) + (parameter * s.Decay);
            var mean = (Vector512.Load(m + i) * s.Beta1) + (gradient * (1 - s.Beta1));
            var square = (Vector512.Load(v + i) * s.Beta2) + (gradient * gradient * (1 - s.Beta2));
            mean = Vector512.AndNot(mean, Vector512.LessThan(Vector512.Abs(mean), least));
            square = Vector512.AndNot(square, Vector512.LessThan(square, least));
            mean.Store(m + i);
            square.Store(v + i);
            (parameter - (mean * s.Step / (Vector512.Sqrt(square) + Vector512.Create(s.Epsilon)))).Store(p + i);
        }

        for (; i < length; i++)
        {
            var gradient = g[i] + (p[i] * s.Decay);
            var mean = (m[i] * s.Beta1) + (gradient * (1 - s.Beta1));
            var square = (v[i] * s.Beta2) + (gradient * gradient * (1 - s.Beta2));
            m[i] = MathF.Abs(mean) < 1.17549435e-38f ? 0 : mean;
            v[i] = square < 1.17549435e-38f ? 0 : square;
            p[i] -= m[i] * s.Step / (MathF.Sqrt(v[i]) + s.Epsilon);
        }
    }
}

/// <summary>Factors of one step of Adam, bias corrections included.</summary>
readonly record struct AdamStep(float Beta1, float Beta2, float Step, float Epsilon, float Decay);
