namespace TorchSharp;

public static partial class torch
{
    public unsafe partial class Tensor
    {
        public Tensor this[params TensorIndex[] indices]
        {
            get
            {
                using var scope = NewDisposeScope();
                var (view, tensors) = View(indices);
                if (tensors is not null)
                    return Aten.Index.Call(view, Argument.Optional(tensors)).MoveToOuterDisposeScope();
                return ReferenceEquals(view, this) ? alias().MoveToOuterDisposeScope() : view.MoveToOuterDisposeScope();
            }

            set
            {
                using var scope = NewDisposeScope();
                var (view, tensors) = View(indices);
                if (tensors is not null)
                    Aten.IndexPutInPlace.CallInPlace(view, Argument.Optional(tensors), value);
                else
                    view.copy_(value);
            }
        }

        public Tensor this[params Tensor[] indices]
        {
            get => Aten.Index.Call(this, Argument.Optional(indices));
            set => Aten.IndexPutInPlace.CallInPlace(this, Argument.Optional(indices), value);
        }

        public Tensor this[long i1]
        {
            get => select(0, i1);
            set => this[TensorIndex.Single(i1)] = value;
        }

        public Tensor this[long i1, long i2]
        {
            get => this[TensorIndex.Single(i1), TensorIndex.Single(i2)];
            set => this[TensorIndex.Single(i1), TensorIndex.Single(i2)] = value;
        }

        public Tensor this[long i1, long i2, long i3]
        {
            get => this[TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3)];
            set => this[TensorIndex.Single(i1), TensorIndex.Single(i2), TensorIndex.Single(i3)] = value;
        }

        /// <summary>Applies numbers, slices and new dimensions as views; tensors are left, by dimension of that view.</summary>
        (Tensor view, Tensor?[]? tensors) View(TensorIndex[] indices)
        {
            var view = this;
            var at = 0L;
            List<Tensor?>? tensors = null;
            foreach (var index in indices)
            {
                switch (index.Kind)
                {
                    case TensorIndex.IndexKind.Single:
                        view = view.select(at, index.Start ?? 0);
                        break;
                    case TensorIndex.IndexKind.Slice:
                        if (index.Start is not null || index.Stop is not null || index.Step is not null)
                            view = Aten.Slice.Call(view, at, Optional(index.Start), Optional(index.Stop), index.Step ?? 1);
                        at++;
                        break;
                    case TensorIndex.IndexKind.Null:
                        view = view.unsqueeze(at++);
                        break;
                    case TensorIndex.IndexKind.Ellipsis:
                        at += ndim - indices.Count(other => Consumes(other.Kind));
                        break;
                    default:
                        tensors ??= [];
                        while (tensors.Count < at)
                            tensors.Add(null);
                        tensors.Add(index.Indices);
                        at++;
                        break;
                }
            }
            return (view, tensors?.ToArray());

            static Argument Optional(long? value) => value is { } number ? number : Argument.None;

            static bool Consumes(TensorIndex.IndexKind kind) =>
                kind is TensorIndex.IndexKind.Single or TensorIndex.IndexKind.Slice or TensorIndex.IndexKind.Tensor;
        }
    }
}
