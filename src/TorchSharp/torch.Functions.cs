namespace TorchSharp;

public static partial class torch
{
    public static Tensor abs(Tensor input) => input.abs();

    public static Tensor exp(Tensor input) => input.exp();

    public static Tensor log(Tensor input) => input.log();

    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    public static Tensor sqrt(Tensor input) => input.sqrt();

    public static Tensor tanh(Tensor input) => input.tanh();

    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);

    public static Tensor clamp(Tensor input, Tensor? min = null, Tensor? max = null) => input.clamp(min, max);

    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);

    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);

    public static Tensor matmul(Tensor input, Tensor target) => input.matmul(target);

    public static Tensor softmax(Tensor input, int dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

    public static Tensor cat(IList<Tensor> tensors, long dim = 0) =>
        Aten.Cat.Call(tensors as Tensor[] ?? [.. tensors], dim);

    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) =>
        Aten.Stack.Call(tensors as Tensor[] ?? [.. tensors], dim);

    public static Tensor where(Tensor condition, Tensor x, Tensor y) => Aten.Where.Call(condition, x, y);

    /// <summary>The indices at which the condition holds, one tensor per dimension.</summary>
    public static Tensor[] where(Tensor condition) => Aten.WhereNonzero.CallList(condition);

    /// <summary>Indices drawn row by row with the given probabilities (which need not sum to 1).</summary>
    public static Tensor multinomial(
        Tensor input, long num_samples, bool replacement = false, Generator? generator = null) =>
        Aten.Multinomial.Call(input, num_samples, replacement, generator);

    public static Tensor max(Tensor input) => input.max();

    public static (Tensor values, Tensor indexes) max(Tensor input, long dim, bool keepdim = false) => input.max(dim, keepdim);

    public static Tensor min(Tensor input) => input.min();

    public static (Tensor values, Tensor indexes) min(Tensor input, long dim, bool keepdim = false) => input.min(dim, keepdim);

    public static Tensor mean(Tensor input) => input.mean();

    public static Tensor mean(Tensor input, long[] dimensions, bool keepdim = false, ScalarType? type = null) =>
        input.mean(dimensions, keepdim, type);

    public static Tensor sum(Tensor input, ScalarType? type = null) => input.sum(type);

    public static Tensor sum(Tensor input, long dim, bool keepdim = false, ScalarType? type = null) =>
        input.sum(dim, keepdim, type);
}
