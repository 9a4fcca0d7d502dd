namespace TorchSharp;

public static partial class torch
{
    // Copies, views and selections.
    public unsafe partial class Tensor
    {
        public Tensor clone() => Aten.Clone.Call(this);

        public Tensor contiguous() => Aten.Contiguous.Call(this);

        public Tensor detach() => Aten.Detach.Call(this);

        public Tensor copy_(Tensor source, bool nonBlocking = false) => Aten.CopyInPlace.CallInPlace(this, source, nonBlocking);

        /// <summary>This tensor becomes the source: same memory, same shape.</summary>
        public Tensor set_(Tensor source) => Aten.SetInPlace.CallInPlace(this, source);

        public Tensor reshape(params long[] shape) => Aten.Reshape.Call(this, shape);

        public Tensor view(params long[] shape) => Aten.View.Call(this, shape);

        public Tensor flatten(long start_dim = 0, long end_dim = -1) => Aten.Flatten.Call(this, start_dim, end_dim);

        public Tensor squeeze(long? dim = null) => dim is { } at ? Aten.SqueezeDim.Call(this, at) : Aten.Squeeze.Call(this);

        public Tensor unsqueeze(long dim) => Aten.Unsqueeze.Call(this, dim);

        public Tensor t() => Aten.T.Call(this);

        public Tensor transpose(long dim0, long dim1) => Aten.Transpose.Call(this, dim0, dim1);

        public Tensor permute(params long[] permutation) => Aten.Permute.Call(this, permutation);

        public Tensor expand(long[] sizes, bool isImplicit = false) => Aten.Expand.Call(this, sizes, isImplicit);

        public Tensor expand(params long[] sizes) => Aten.Expand.Call(this, sizes);

        public Tensor select(long dim, long index) => Aten.Select.Call(this, dim, index);

        public Tensor narrow(long dim, long start, long length) => Aten.Narrow.Call(this, dim, start, length);

        public Tensor index_select(long dim, Tensor index) => Aten.IndexSelect.Call(this, dim, index);

        public Tensor gather(long dim, Tensor index) => Aten.Gather.Call(this, dim, index);

        public Tensor scatter_(long dim, Tensor index, Tensor src) => Aten.ScatterInPlace.CallInPlace(this, dim, index, src);

        public Tensor masked_fill(Tensor mask, Scalar value) => Aten.MaskedFill.Call(this, mask, value);

        public Tensor[] unbind(long dimension = 0) => Aten.Unbind.CallList(this, dimension);

        public Tensor[] chunk(long chunks, long dim = 0) => Aten.Chunk.CallList(this, chunks, dim);

        /// <summary>Pieces of <paramref name="size"/>, the last possibly smaller.</summary>
        public Tensor[] split(long size, int dim = 0) => Aten.Split.CallList(this, size, dim);

        public Tensor[] split(long[] sizes, long dim = 0) => Aten.SplitWithSizes.CallList(this, sizes, dim);
    }
}
