namespace TorchSharp;

public static partial class torch
{
    // Arithmetic, comparisons and functions, element by element with broadcasting; a name that ends in _ works in place.
    public unsafe partial class Tensor
    {
        public Tensor add(Tensor target) => Aten.AddTensor.Call(this, target);

        public Tensor add(Tensor target, Scalar alpha) => Aten.AddTensor.Call(this, target, alpha);

        public Tensor add(Scalar scalar) => Aten.AddScalar.Call(this, scalar);

        public Tensor add_(Tensor target) => Aten.AddTensorInPlace.CallInPlace(this, target);

        public Tensor add_(Tensor target, Scalar alpha) => Aten.AddTensorInPlace.CallInPlace(this, target, alpha);

        public Tensor add_(Scalar scalar) => Aten.AddScalarInPlace.CallInPlace(this, scalar);

        public Tensor sub(Tensor target) => Aten.SubTensor.Call(this, target);

        public Tensor sub(Scalar target) => Aten.SubScalar.Call(this, target);

        public Tensor sub_(Tensor target) => Aten.SubTensorInPlace.CallInPlace(this, target);

        public Tensor sub_(Scalar target) => Aten.SubScalarInPlace.CallInPlace(this, target);

        public Tensor mul(Tensor target) => Aten.MulTensor.Call(this, target);

        public Tensor mul(Scalar target) => Aten.MulScalar.Call(this, target);

        public Tensor mul_(Tensor target) => Aten.MulTensorInPlace.CallInPlace(this, target);

        public Tensor mul_(Scalar target) => Aten.MulScalarInPlace.CallInPlace(this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Aten.DivTensor.Call(this, target)
            : Aten.DivTensorMode.Call(this, target, rounding_mode.ToString());

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Aten.DivScalar.Call(this, target)
            : Aten.DivScalarMode.Call(this, target, rounding_mode.ToString());

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Aten.DivTensorInPlace.CallInPlace(this, target)
            : Aten.DivTensorModeInPlace.CallInPlace(this, target, rounding_mode.ToString());

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => rounding_mode == RoundingMode.None
            ? Aten.DivScalarInPlace.CallInPlace(this, target)
            : Aten.DivScalarModeInPlace.CallInPlace(this, target, rounding_mode.ToString());

        /// <summary>this += value · tensor1 · tensor2.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Aten.AddcmulInPlace.CallInPlace(this, tensor1, tensor2, value);

        /// <summary>this += tensor1 / tensor2.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Aten.AddcdivInPlace.CallInPlace(this, tensor1, tensor2);

        /// <summary>this += value · tensor1 / tensor2.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Aten.AddcdivInPlace.CallInPlace(this, tensor1, tensor2, value);

        /// <summary>this += weight · (end - this).</summary>
        public Tensor lerp_(Tensor end, Tensor weight) => Aten.LerpInPlace.CallInPlace(this, end, weight);

        public Tensor pow(Tensor exponent) => Aten.PowTensor.Call(this, exponent);

        public Tensor pow(Scalar exponent) => Aten.PowScalar.Call(this, exponent);

        public Tensor matmul(Tensor target) => Aten.Matmul.Call(this, target);

        public Tensor mm(Tensor target) => Aten.Mm.Call(this, target);

        public Tensor abs() => Aten.Abs.Call(this);

        public Tensor neg() => Aten.Neg.Call(this);

        public Tensor exp() => Aten.Exp.Call(this);

        public Tensor log() => Aten.Log.Call(this);

        public Tensor sqrt() => Aten.Sqrt.Call(this);

        public Tensor square() => Aten.Square.Call(this);

        public Tensor sign() => Aten.Sign.Call(this);

        public Tensor relu() => Aten.Relu.Call(this);

        public Tensor sigmoid() => Aten.Sigmoid.Call(this);

        public Tensor tanh() => Aten.Tanh.Call(this);

        public Tensor isfinite() => Aten.IsFinite.Call(this);

        public Tensor isnan() => Aten.IsNan.Call(this);

        public Tensor maximum(Tensor other) => Aten.Maximum.Call(this, other);

        public Tensor minimum(Tensor other) => Aten.Minimum.Call(this, other);

        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Aten.Clamp.Call(this, min, max);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Aten.ClampTensor.Call(this, min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Aten.ClampInPlace.CallInPlace(this, min, max);

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Aten.ClampTensorInPlace.CallInPlace(this, min, max);

        public Tensor logical_and(Tensor other) => Aten.LogicalAnd.Call(this, other);

        public Tensor logical_or(Tensor other) => Aten.LogicalOr.Call(this, other);

        public Tensor logical_not() => Aten.LogicalNot.Call(this);

        public Tensor eq(Tensor target) => Aten.EqTensor.Call(this, target);

        public Tensor eq(Scalar target) => Aten.EqScalar.Call(this, target);

        public Tensor ne(Tensor target) => Aten.NeTensor.Call(this, target);

        public Tensor ne(Scalar target) => Aten.NeScalar.Call(this, target);

        public Tensor lt(Tensor target) => Aten.LtTensor.Call(this, target);

        public Tensor lt(Scalar target) => Aten.LtScalar.Call(this, target);

        public Tensor le(Tensor target) => Aten.LeTensor.Call(this, target);

        public Tensor le(Scalar target) => Aten.LeScalar.Call(this, target);

        public Tensor gt(Tensor target) => Aten.GtTensor.Call(this, target);

        public Tensor gt(Scalar target) => Aten.GtScalar.Call(this, target);

        public Tensor ge(Tensor target) => Aten.GeTensor.Call(this, target);

        public Tensor ge(Scalar target) => Aten.GeScalar.Call(this, target);

        public Tensor fill_(Scalar value) => Aten.FillInPlace.CallInPlace(this, value);

        public Tensor zero_() => Aten.ZeroInPlace.CallInPlace(this);

        public Tensor normal_(double mean = 0, double std = 1, Generator? generator = null) =>
            Aten.NormalInPlace.CallInPlace(this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            Aten.UniformInPlace.CallInPlace(this, from, to, generator);
    }
}
