using System.Globalization;
using RL.Agents;
using RL.Certification;
using RL.Drawing;
using RL.Studies;

namespace RL.Host;

/// <summary>What regions of a network are shown as: text, JSON, rows of CSV, a picture.</summary>
abstract class RegionsReport(RegionModel model, int output)
{
    /// <summary>Rows of a table on the console.</summary>
    protected const int Shown = 20;

    protected RegionModel Model => model;

    protected int Output => output;

    /// <summary>Whether it was stopped before all was known.</summary>
    public abstract bool IsPartial { get; }

    /// <summary>With a line of titles.</summary>
    public abstract IEnumerable<string> Rows { get; }

    public abstract void Print(TextWriter output);

    public abstract object Document(string command);

    public abstract void Draw(string path);

    protected static string Text(double number, string format = "G6") => number.ToString(format, CultureInfo.InvariantCulture);

    protected static string Exact(double number) => number.ToString("R", CultureInfo.InvariantCulture);

    protected static string Bits(IEnumerable<bool> pattern) => string.Concat(pattern.Select(isActive => isActive ? '1' : '0'));

    protected static string Join(IEnumerable<Neuron> neurons) => string.Join(' ', neurons);

    protected static double? Finite(double number) => double.IsFinite(number) ? number : null;

    /// <summary>Prints the first rows of a table and how many there are beyond.</summary>
    protected static void Table(TextWriter output, string[] titles, IReadOnlyList<string[]> rows)
    {
        if (rows.Count > 0)
        {
            Host.Table.Write(output, titles, rows.Take(Shown));
        }
        if (rows.Count > Shown)
        {
            output.WriteLine($"… and {rows.Count - Shown} more (--csv, --json)");
        }
    }
}

/// <summary>The region of a point.</summary>
sealed class PointReport(
    RegionModel model, int output, double[] x, LinearRegion region, IReadOnlyList<Facet> facets, IReadOnlyList<(LinearRegion Region, RegionOptimum Optimum)>? walk,
    bool isPartial)
    : RegionsReport(model, output)
{
    public override bool IsPartial => isPartial;

    public override IEnumerable<string> Rows =>
    [
        "neurons,box_input,box_side,distance,limit,normal",
        .. facets.Select(facet => string.Join(
            ',', Join(facet.HalfSpace.Neurons), facet.HalfSpace.Box?.Input.ToString(CultureInfo.InvariantCulture), facet.HalfSpace.Box?.Side.ToString(CultureInfo.InvariantCulture),
            Exact(Distance(facet.HalfSpace)), Exact(facet.HalfSpace.Limit), string.Join(' ', facet.HalfSpace.Normal.Select(Exact)))),
    ];

    public override void Print(TextWriter output)
    {
        var gradient = region.Gradient(Output);
        output.WriteLine(
            $"{(isPartial ? "partial: " : "")}{Model.Name}: output {Output} = {Text(region.Constant(Output) + gradient.Zip(x, (a, b) => a * b).Sum())} at the point, "
            + $"gradient of length {Text(Math.Sqrt(gradient.Sum(a => a * a)))}; {region.Pattern.Count(isActive => isActive)} of {region.Pattern.Count} neurons active");
        if (region.CriticalNeurons.Count > 0)
        {
            output.WriteLine($"critical there (z = 0): neurons {Join(region.CriticalNeurons)}; the point lies in several closed regions, this is the one in which its pattern holds");
        }
        if (region.IsFlat)
        {
            output.WriteLine("the region is flat: no open set has this pattern");
            return;
        }
        output.WriteLine(
            $"{region.HalfSpaces.Count} half-spaces, {(isPartial ? "at least " : "")}{facets.Count} facets; {region.ConstantNeurons.Count} neurons constant; "
            + (double.IsFinite(region.ChebyshevRadius) ? $"largest ball of radius {Text(region.ChebyshevRadius)}" : "balls of any size fit in"));
        foreach (var isMinimum in isPartial ? Array.Empty<bool>() : [false, true])
        {
            var optimum = region.Optimum(Output, isMinimum);
            output.WriteLine(
                $"{(isMinimum ? "smallest" : "largest")} value in the region: " + (double.IsFinite(optimum.Value) ? $"{Text(optimum.Value)}, where {optimum.Binding.Count} half-spaces meet" : "unbounded"));
        }
        if (walk is not null)
        {
            output.WriteLine(
                $"uphill through {walk.Count} regions: {string.Join(" → ", walk.Select(step => Text(step.Optimum.Value)).Take(Shown))}"
                + (walk.Count > Shown ? $" … {Text(walk[^1].Optimum.Value)}" : ""));
        }
        Table(output, ["facet of neuron (layer/number)", "distance from the point"], [.. facets.OrderBy(facet => Distance(facet.HalfSpace)).Select(
            facet => new[] { facet.HalfSpace.ToString(), Text(Distance(facet.HalfSpace)) })]);
    }

    public override object Document(string command) => new
    {
        Command = command,
        Model = Model.Name,
        Output,
        X = x,
        Pattern = Bits(region.Pattern),
        Gradient = region.Gradient(Output),
        Constant = region.Constant(Output),
        Critical = region.CriticalNeurons,
        region.IsFlat,
        HalfSpaces = region.HalfSpaces.Count,
        region.ConstantNeurons,
        region.ChebyshevCentre,
        ChebyshevRadius = Finite(region.ChebyshevRadius),
        Partial = isPartial,
        Facets = facets.Select(facet => new
        {
            facet.HalfSpace.Neurons,
            BoxInput = facet.HalfSpace.Box?.Input,
            BoxSide = facet.HalfSpace.Box?.Side,
            facet.HalfSpace.Normal,
            facet.HalfSpace.Limit,
            facet.Witness,
        }),
        Walk = walk?.Select(step => new { Pattern = Bits(step.Region.Pattern), Value = Finite(step.Optimum.Value), step.Optimum.X }),
    };

    public override void Draw(string path) => throw new InvalidOperationException("A point has no picture.");

    double Distance(HalfSpace half) => half.Limit - half.Normal.Zip(x, (a, b) => a * b).Sum();
}

/// <summary>Critical points along a segment.</summary>
sealed class SegmentReport(RegionModel model, int output, string[] ends, SegmentSlice segment) : RegionsReport(model, output)
{
    public override bool IsPartial => segment.IsPartial;

    public override IEnumerable<string> Rows =>
    [
        "t,neurons,value,slope_change",
        .. Hinges().Select(hinge => string.Join(',', Exact(hinge.Point.T), Join(hinge.Point.Neurons), Exact(hinge.Value), Exact(hinge.Change))),
    ];

    public override void Print(TextWriter output)
    {
        var (least, most) = segment.Range(Output);
        output.WriteLine(
            $"{(IsPartial ? $"partial, up to t = {Text(segment.Pieces[^1].To)}: " : "")}{Model.Name}, from {ends[0]} to {ends[1]}: {segment.Pieces.Count} affine pieces, {segment.CriticalPoints.Sum(point => point.Neurons.Count)} neurons critical "
            + $"at {segment.CriticalPoints.Count} points; output {Output} from {Text(least)} to {Text(most)}");
        Table(output, ["t", "neurons (layer/number)", "value", "change of slope"], [.. Hinges().Select(hinge => new[]
        {
            Text(hinge.Point.T, "F6"), Join(hinge.Point.Neurons), Text(hinge.Value), Text(hinge.Change),
        })]);
    }

    public override object Document(string command)
    {
        var (value, slope, _) = segment.Hinges(Output);
        return new
        {
            Command = command,
            Model = Model.Name,
            Partial = IsPartial,
            Output,
            Pieces = segment.Pieces.Count,
            Value = value,
            Slope = slope,
            Hinges = Hinges().Select(hinge => new { hinge.Point.T, hinge.Point.Neurons, hinge.Value, SlopeChange = hinge.Change }),
            segment.ExactSigns,
        };
    }

    public override void Draw(string path)
    {
        var outputs = Model.Head is PolicyHead.Logits ? Enumerable.Range(0, Model.Graph.Outputs) : [Output];
        double[] x = [0, .. segment.Pieces.Select(piece => piece.To)];
        new CurveChart($"{Model.Name}: {(IsPartial ? "partial, " : "")}{segment.Pieces.Count} pieces from {ends[0]} to {ends[1]}", "t", Model.Head is PolicyHead.Logits ? "logit" : "output")
        {
            Curves = [.. outputs.Select(k => new Curve(
                $"output {k}", x, [segment.Pieces[0].Value(k, 0), .. segment.Pieces.Select(piece => piece.Value(k, piece.To))]))],
        }.Save(path);
    }

    IEnumerable<(CriticalPoint Point, double Value, double Change)> Hinges() => segment.CriticalPoints.Index().Select(point => (
        point.Item, segment.Pieces[point.Index].Value(Output, point.Item.T),
        segment.Pieces[point.Index + 1].Affine(Output).Slope - segment.Pieces[point.Index].Affine(Output).Slope));
}

/// <summary>All regions of a slice.</summary>
sealed class SliceReport(RegionModel model, int output, string[] vectors, PlaneSlice slice) : RegionsReport(model, output)
{
    public override bool IsPartial => slice.IsPartial;

    readonly IReadOnlyList<DecisionPiece> _decisions = model.Head is PolicyHead.Logits ? DecisionPiece.Of(slice, model.Graph.Outputs) : [];

    public override IEnumerable<string> Rows =>
    [
        "pattern,area,corners,slope_s,slope_t,constant",
        .. slice.Cells.Select(cell => cell.Affine(Output) is var (s, t, constant) ? string.Join(
            ',', Bits(cell.Pattern), Exact(cell.Area), string.Join(' ', cell.Corners.Select(corner => $"{Exact(corner.S)}:{Exact(corner.T)}")), Exact(s), Exact(t), Exact(constant)) : ""),
    ];

    public override void Print(TextWriter output)
    {
        var (least, most) = slice.Range(Output);
        output.WriteLine(
            $"{(IsPartial ? $"partial, {Text(slice.Covered, "P2")} of the slice: " : "")}{Model.Name}, {vectors[0]} + s·({vectors[1]}) + t·({vectors[2]}): {slice.Cells.Count} regions ({string.Join(", ", slice.PerLayer)} after each layer), "
            + $"{slice.DistinctPieces} different affine pieces{(IsPartial ? "" : $", {slice.Points} corners")}");
        output.WriteLine($"output {Output} from {Text(least)} to {Text(most)}; z of a neuron 0 on a whole region: {slice.Vanishing}; signs decided in whole numbers: {slice.ExactSigns}");
        if (_decisions.Count > 0)
        {
            Table(output, ["greedy action", "share of the slice", "parts of regions"], [.. Shares().Select(share => new[]
            {
                share.Action.ToString(CultureInfo.InvariantCulture), Text(share.Area, "P2"), share.Pieces.ToString(CultureInfo.InvariantCulture),
            })]);
        }
    }

    public override object Document(string command) => new
    {
        Command = command,
        Model = Model.Name,
        Output,
        Regions = slice.Cells.Count,
        slice.PerLayer,
        slice.DistinctPieces,
        Partial = IsPartial,
        slice.Covered,
        Points = IsPartial ? null : (int?)slice.Points,
        slice.Vanishing,
        slice.ExactSigns,
        OutputMin = slice.Range(Output).Least,
        OutputMax = slice.Range(Output).Most,
        Actions = _decisions.Count == 0 ? null : Shares().Select(share => new { share.Action, Share = share.Area }),
        Cells = slice.Cells.Select(cell => cell.Affine(Output) is var (s, t, constant) ? new
        {
            Pattern = Bits(cell.Pattern),
            cell.Area,
            Corners = cell.Corners.Select(corner => new[] { corner.S, corner.T }),
            Affine = new[] { s, t, constant },
        } : null),
    };

    public override void Draw(string path)
    {
        var isTanh = Model.Head is PolicyHead.Tanh;
        SlicePicture.Save(
            slice,
            new()
            {
                Title = $"{Model.Name}: {(IsPartial ? "partial, " : "")}{slice.Cells.Count} linear regions",
                SLabel = $"s, along {vectors[1]} from {Origin}",
                TLabel = $"t, along {vectors[2]} from {Origin}",
                ValueLabel = isTanh ? $"action element {Output}" : $"output {Output}",
                Output = Output,
                Head = isTanh ? Math.Tanh : null,
                Actions = Model.Head is PolicyHead.Logits ? [.. Enumerable.Range(0, Model.Graph.Outputs).Select(action => $"action {action}")] : null,
                Marks = [.. Marks()],
            },
            path);
    }

    string Origin => vectors[0].Length <= 16 ? vectors[0] : "O";

    IEnumerable<(int Action, double Area, int Pieces)> Shares() => _decisions.GroupBy(piece => piece.Action).OrderBy(group => group.Key)
        .Select(group => (group.Key, group.Sum(piece => piece.Area) / 4, group.Count()));

    IEnumerable<(double S, double T, string Name)> Marks()
    {
        if (Model.State is not null)
        {
            yield return (0, 0, vectors[0]);
        }
        for (var i = 1; i <= 2; i++)
        {
            if (vectors[i].StartsWith("to:", StringComparison.Ordinal))
            {
                yield return (i == 1 ? 1 : 0, i == 2 ? 1 : 0, vectors[i][3..]);
            }
        }
    }
}
