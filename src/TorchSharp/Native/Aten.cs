namespace TorchSharp;

/// <summary>
/// Every ATen operator this project calls, under the name (and overload name) of its schema. Arguments are passed in the schema's
/// order; the ones left out at the end take the schema's defaults. Nothing is looked up before the first call.
/// </summary>
static class Aten
{
    // Creation
    public static readonly Operator Arange = new("arange", "start_step");
    public static readonly Operator Empty = new("empty", "memory_format");
    public static readonly Operator Full = new("full");
    public static readonly Operator Ones = new("ones");
    public static readonly Operator OnesLike = new("ones_like");
    public static readonly Operator Rand = new("rand", "generator");
    public static readonly Operator RandInt = new("randint", "low_generator");
    public static readonly Operator Randn = new("randn", "generator");
    public static readonly Operator RandnLike = new("randn_like");
    public static readonly Operator RandPerm = new("randperm", "generator");
    public static readonly Operator Zeros = new("zeros");
    public static readonly Operator ZerosLike = new("zeros_like");

    // Copies and views
    public static readonly Operator Cat = new("cat");
    public static readonly Operator Chunk = new("chunk");
    public static readonly Operator Clone = new("clone");
    public static readonly Operator Contiguous = new("contiguous");
    public static readonly Operator CopyInPlace = new("copy_");
    public static readonly Operator Detach = new("detach");
    public static readonly Operator Expand = new("expand");
    public static readonly Operator Flatten = new("flatten", "using_ints");
    public static readonly Operator Gather = new("gather");
    public static readonly Operator Index = new("index", "Tensor");
    public static readonly Operator IndexPutInPlace = new("index_put_");
    public static readonly Operator IndexSelect = new("index_select");
    public static readonly Operator MaskedFill = new("masked_fill", "Scalar");
    public static readonly Operator Narrow = new("narrow");
    public static readonly Operator Pad = new("pad");
    public static readonly Operator Permute = new("permute");
    public static readonly Operator Reshape = new("reshape");
    public static readonly Operator ScatterInPlace = new("scatter_", "src");
    public static readonly Operator Select = new("select", "int");
    public static readonly Operator SetInPlace = new("set_", "source_Tensor");
    public static readonly Operator Slice = new("slice", "Tensor");
    public static readonly Operator Split = new("split", "Tensor");
    public static readonly Operator SplitWithSizes = new("split_with_sizes");
    public static readonly Operator Squeeze = new("squeeze");
    public static readonly Operator SqueezeDim = new("squeeze", "dim");
    public static readonly Operator Stack = new("stack");
    public static readonly Operator T = new("t");
    public static readonly Operator To = new("to", "dtype_layout");
    public static readonly Operator Transpose = new("transpose", "int");
    public static readonly Operator Unbind = new("unbind", "int");
    public static readonly Operator Unsqueeze = new("unsqueeze");
    public static readonly Operator View = new("view");
    public static readonly Operator WhereNonzero = new("where");
    public static readonly Operator Where = new("where", "self");

    // Element by element
    public static readonly Operator Abs = new("abs");
    public static readonly Operator AddScalar = new("add", "Scalar");
    public static readonly Operator AddScalarInPlace = new("add_", "Scalar");
    public static readonly Operator AddTensor = new("add", "Tensor");
    public static readonly Operator AddTensorInPlace = new("add_", "Tensor");
    public static readonly Operator AddcdivInPlace = new("addcdiv_");
    public static readonly Operator AddcmulInPlace = new("addcmul_");
    public static readonly Operator Clamp = new("clamp");
    public static readonly Operator ClampInPlace = new("clamp_");
    public static readonly Operator ClampTensor = new("clamp", "Tensor");
    public static readonly Operator ClampTensorInPlace = new("clamp_", "Tensor");
    public static readonly Operator DivScalar = new("div", "Scalar");
    public static readonly Operator DivScalarInPlace = new("div_", "Scalar");
    public static readonly Operator DivScalarMode = new("div", "Scalar_mode");
    public static readonly Operator DivScalarModeInPlace = new("div_", "Scalar_mode");
    public static readonly Operator DivTensor = new("div", "Tensor");
    public static readonly Operator DivTensorInPlace = new("div_", "Tensor");
    public static readonly Operator DivTensorMode = new("div", "Tensor_mode");
    public static readonly Operator DivTensorModeInPlace = new("div_", "Tensor_mode");
    public static readonly Operator EqScalar = new("eq", "Scalar");
    public static readonly Operator EqTensor = new("eq", "Tensor");
    public static readonly Operator Exp = new("exp");
    public static readonly Operator FillInPlace = new("fill_", "Scalar");
    public static readonly Operator GeScalar = new("ge", "Scalar");
    public static readonly Operator GeTensor = new("ge", "Tensor");
    public static readonly Operator GtScalar = new("gt", "Scalar");
    public static readonly Operator GtTensor = new("gt", "Tensor");
    public static readonly Operator IsFinite = new("isfinite");
    public static readonly Operator IsNan = new("isnan");
    public static readonly Operator LeScalar = new("le", "Scalar");
    public static readonly Operator LeTensor = new("le", "Tensor");
    public static readonly Operator LerpInPlace = new("lerp_", "Tensor");
    public static readonly Operator Log = new("log");
    public static readonly Operator LogicalAnd = new("logical_and");
    public static readonly Operator LogicalOr = new("logical_or");
    public static readonly Operator LogicalNot = new("logical_not");
    public static readonly Operator LtScalar = new("lt", "Scalar");
    public static readonly Operator LtTensor = new("lt", "Tensor");
    public static readonly Operator Maximum = new("maximum");
    public static readonly Operator Minimum = new("minimum");
    public static readonly Operator MulScalar = new("mul", "Scalar");
    public static readonly Operator MulScalarInPlace = new("mul_", "Scalar");
    public static readonly Operator MulTensor = new("mul", "Tensor");
    public static readonly Operator MulTensorInPlace = new("mul_", "Tensor");
    public static readonly Operator NeScalar = new("ne", "Scalar");
    public static readonly Operator NeTensor = new("ne", "Tensor");
    public static readonly Operator Neg = new("neg");
    public static readonly Operator NormalInPlace = new("normal_");
    public static readonly Operator PowScalar = new("pow", "Tensor_Scalar");
    public static readonly Operator PowTensor = new("pow", "Tensor_Tensor");
    public static readonly Operator Reciprocal = new("reciprocal");
    public static readonly Operator Relu = new("relu");
    public static readonly Operator ReluInPlace = new("relu_");
    public static readonly Operator RsubScalar = new("rsub", "Scalar");
    public static readonly Operator Sigmoid = new("sigmoid");
    public static readonly Operator Sign = new("sign");
    public static readonly Operator Softplus = new("softplus");
    public static readonly Operator Sqrt = new("sqrt");
    public static readonly Operator Square = new("square");
    public static readonly Operator SubScalar = new("sub", "Scalar");
    public static readonly Operator SubScalarInPlace = new("sub_", "Scalar");
    public static readonly Operator SubTensor = new("sub", "Tensor");
    public static readonly Operator SubTensorInPlace = new("sub_", "Tensor");
    public static readonly Operator Tanh = new("tanh");
    public static readonly Operator UniformInPlace = new("uniform_");
    public static readonly Operator ZeroInPlace = new("zero_");

    // Reductions
    public static readonly Operator All = new("all");
    public static readonly Operator AllClose = new("allclose");
    public static readonly Operator AllDim = new("all", "dim");
    public static readonly Operator Amax = new("amax");
    public static readonly Operator Any = new("any");
    public static readonly Operator AnyDim = new("any", "dim");
    public static readonly Operator Argmax = new("argmax");
    public static readonly Operator Item = new("item");
    public static readonly Operator LogSoftmax = new("log_softmax", "int");
    public static readonly Operator Max = new("max");
    public static readonly Operator MaxDim = new("max", "dim");
    public static readonly Operator Mean = new("mean");
    public static readonly Operator MeanDim = new("mean", "dim");
    public static readonly Operator Min = new("min");
    public static readonly Operator MinDim = new("min", "dim");
    public static readonly Operator Multinomial = new("multinomial");
    public static readonly Operator Norm = new("norm", "Scalar");
    public static readonly Operator NormDim = new("norm", "ScalarOpt_dim");
    public static readonly Operator Softmax = new("softmax", "int");
    public static readonly Operator Std = new("std");
    public static readonly Operator StdDim = new("std", "dim");
    public static readonly Operator Sum = new("sum");
    public static readonly Operator SumDim = new("sum", "dim_IntList");
    public static readonly Operator Var = new("var");
    public static readonly Operator VarDim = new("var", "dim");

    // Linear algebra, layers and losses
    public static readonly Operator Conv2d = new("conv2d");
    public static readonly Operator CrossEntropy = new("cross_entropy_loss");
    public static readonly Operator Diagonal = new("diagonal");
    public static readonly Operator HuberLoss = new("huber_loss");
    public static readonly Operator LayerNorm = new("layer_norm");
    public static readonly Operator Linear = new("linear");
    public static readonly Operator Matmul = new("matmul");
    public static readonly Operator MaxPool2d = new("max_pool2d");
    public static readonly Operator Mm = new("mm");
    public static readonly Operator MseLoss = new("mse_loss");
    public static readonly Operator OneHot = new("one_hot");
    public static readonly Operator Qr = new("linalg_qr");
    public static readonly Operator SmoothL1Loss = new("smooth_l1_loss");
}
