namespace TorchSharp;

public static partial class torch
{
    /// <summary>One index between the brackets of a tensor: a number, a slice, a tensor, or "all that is left".</summary>
    public readonly struct TensorIndex
    {
        public static readonly TensorIndex Ellipsis = new() { Kind = IndexKind.Ellipsis };

        /// <summary>A new dimension of size 1.</summary>
        public static readonly TensorIndex Null = new() { Kind = IndexKind.Null };

        public static readonly TensorIndex Colon = Slice();

        internal enum IndexKind
        {
            Slice,
            Single,
            Tensor,
            Ellipsis,
            Null,
        }

        internal IndexKind Kind { get; init; }

        internal long? Start { get; init; }

        internal long? Stop { get; init; }

        internal long? Step { get; init; }

        internal torch.Tensor? Indices { get; init; }

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { Kind = IndexKind.Slice, Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice(Range range)
        {
            long? stop = range.End.IsFromEnd ? range.End.Value == 0 ? null : -range.End.Value : range.End.Value;
            return Slice(range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value, stop);
        }

        public static TensorIndex Single(long? index) => new() { Kind = IndexKind.Single, Start = index };

        public static TensorIndex Tensor(torch.Tensor tensor) => new() { Kind = IndexKind.Tensor, Indices = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Range range) => Slice(range);
    }
}
