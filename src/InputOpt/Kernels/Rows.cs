using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>Batches of B problems with S starts each, laid out as B·S rows, problem by problem.</summary>
static class Rows
{
    /// <summary>[B×…] → [B·S×…], each row S times in a row.</summary>
    public static Tensor Repeat(Tensor perProblem, long starts)
    {
        var shape = perProblem.shape;
        var rest = shape[1..];
        return perProblem.unsqueeze(1).expand([shape[0], starts, .. rest]).reshape([shape[0] * starts, .. rest]);
    }

    /// <summary>
    /// What is shared by all problems ([1×…], or <paramref name="sharedDims"/> dimensions) as it is, else each row S times.
    /// </summary>
    public static Tensor RepeatIfPerProblem(Tensor tensor, int sharedDims, long starts) =>
        tensor.dim() == sharedDims || tensor.shape[0] == 1 ? tensor : Repeat(tensor, starts);

    /// <summary>
    /// Starts [B×…] or [B×S×…] with R random points of the region beside each problem's, as rows [B·(S + R)×…]; and S + R.
    /// </summary>
    public static (Tensor Rows, long PerProblem) WithRestarts(
        Tensor starts, Region region, long problems, long given, int restarts, IReadOnlyList<long> inputShape, Generator? generator)
    {
        var points = starts.reshape([problems, given, .. inputShape]);
        if (restarts > 0)
        {
            var like = empty([problems * restarts, .. inputShape], dtype: starts.dtype, device: starts.device);
            var random = region.Repeat(inputShape.Count, restarts).Sample(like, generator!);
            points = cat([points, random.reshape([problems, restarts, .. inputShape])], 1);
        }
        return (points.reshape([problems * (given + restarts), .. inputShape]), given + restarts);
    }

    /// <summary>All elements as float64, on the host, row after row.</summary>
    public static double[] Numbers(Tensor tensor)
    {
        using var elements = tensor.to(ScalarType.Float64, CPU).contiguous();
        return elements.data<double>().ToArray();
    }

    /// <summary>Numbers [rows], to be broadcast with a tensor [rows×…] of the same number of dimensions.</summary>
    public static Tensor Column(Tensor perRow, Tensor like)
    {
        var shape = new long[like.dim()];
        Array.Fill(shape, 1);
        shape[0] = perRow.shape[0];
        return perRow.reshape(shape);
    }

    /// <summary>Euclidean norm of each row [rows×1×…] of x [rows×…].</summary>
    public static Tensor Norm(Tensor x) => Column(x.reshape(x.shape[0], -1).norm(1), x);
}
