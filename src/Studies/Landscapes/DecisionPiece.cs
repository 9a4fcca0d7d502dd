using RL.Certification;

namespace RL.Studies;

/// <summary>A part of a slice's region on which one output is the largest: where a discrete policy takes one action.</summary>
/// <param name="Action">Number of the output.</param>
/// <param name="Corners">In order around it.</param>
/// <param name="Borders">Sides behind which another output is larger.</param>
public sealed record DecisionPiece(
    int Action, IReadOnlyList<(double S, double T)> Corners, IReadOnlyList<((double S, double T) From, (double S, double T) To)> Borders)
{
    /// <summary>In units of the slice's coordinates.</summary>
    public double Area
    {
        get
        {
            var sum = 0.0;
            for (var i = 1; i + 1 < Corners.Count; i++)
            {
                var (a, b, c) = (Corners[0], Corners[i], Corners[i + 1]);
                sum += ((b.S - a.S) * (c.T - a.T)) - ((c.S - a.S) * (b.T - a.T));
            }
            return sum / 2;
        }
    }

    /// <summary>Cuts every region along the lines on which the two largest outputs are equal.</summary>
    /// <param name="slice">The regions.</param>
    /// <param name="outputs">How many outputs there are.</param>
    public static IReadOnlyList<DecisionPiece> Of(PlaneSlice slice, int outputs)
    {
        ArgumentNullException.ThrowIfNull(slice);
        var pieces = new List<DecisionPiece>();
        foreach (var cell in slice.Cells)
        {
            for (var action = 0; action < outputs; action++)
            {
                if (Of(cell, action, outputs) is { } piece)
                {
                    pieces.Add(piece);
                }
            }
        }
        return pieces;
    }

    static DecisionPiece? Of(SliceCell cell, int action, int outputs)
    {
        var corners = cell.Corners.Select(corner => (corner.S, corner.T, IsBorder: false)).ToList();
        for (var other = 0; other < outputs && corners.Count > 0; other++)
        {
            if (other != action)
            {
                corners = Clip(corners, (s, t) => cell.Value(action, s, t) - cell.Value(other, s, t), isOpen: other < action);
            }
        }
        return corners.Count < 3 ? null : new(
            action, [.. corners.Select(corner => (corner.S, corner.T))],
            [.. corners.Index().Where(each => each.Item.IsBorder).Select(each => (
                (each.Item.S, each.Item.T), (corners[(each.Index + 1) % corners.Count].S, corners[(each.Index + 1) % corners.Count].T)))]);
    }

    /// <summary>The part where a difference is positive, or 0 all over: the first of equal outputs is the greedy action.</summary>
    static List<(double S, double T, bool IsBorder)> Clip(List<(double S, double T, bool IsBorder)> corners, Func<double, double, double> difference, bool isOpen)
    {
        var values = corners.Select(corner => difference(corner.S, corner.T)).ToArray();
        if (!values.Any(value => value > 0))
        {
            return isOpen || values.Any(value => value < 0) ? [] : corners;
        }
        var kept = new List<(double, double, bool)>();
        for (var i = 0; i < corners.Count; i++)
        {
            var next = (i + 1) % corners.Count;
            var (here, there) = (corners[i], corners[next]);
            if (values[i] >= 0)
            {
                kept.Add(values[i] == 0 && values[next] < 0 ? (here.S, here.T, true) : here);
            }
            if (values[i] * values[next] < 0)
            {
                var share = values[i] / (values[i] - values[next]);
                kept.Add((here.S + (share * (there.S - here.S)), here.T + (share * (there.T - here.T)), values[i] > 0 || here.IsBorder));
            }
        }
        return kept;
    }
}
