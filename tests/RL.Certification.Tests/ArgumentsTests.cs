using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Certification.Tests;

/// <summary>What a caller gives wrongly is named, by every entrance: no answer is made of it, and the process lives.</summary>
public sealed class ArgumentsTests
{
    static readonly double[] _low = [-1, -1], _high = [1, 1], _nan = [double.NaN, 0], _infinite = [double.PositiveInfinity, 0], _short = [1];

    static ReluNetwork Network(int outputs) => new(
    [
        new(ones(3, 2, dtype: float64) * 0.5, zeros(3, dtype: float64)),
        new(ones(outputs, 3, dtype: float64), zeros(outputs, dtype: float64)),
    ]);

    [Fact]
    public void OptimumCertifier_WhatDoesNotFit_IsNamed()
    {
        using var scope = NewDisposeScope();
        var certifier = new OptimumCertifier(new(), TimeProvider.System);
        var box = new Box(-ones(2, dtype: float64), ones(2, dtype: float64));
        Error.Says(() => certifier.Certify(null!, box), "network");
        Error.Says(() => certifier.Certify(Network(1), null!), "box");
        Error.Says(() => certifier.Certify(Network(3), box), "3 outputs");
        Error.Says(() => certifier.Certify(Network(1), box, full([1, 2], double.NaN, dtype: float64)), "Candidates", "finite");
        Error.Says(() => certifier.Certify(Network(1), new Box(box.Lower, full(2, double.PositiveInfinity, dtype: float64))), "Box.Upper");
    }

    [Fact]
    public void Bounds_WhatDoesNotFit_IsNamed()
    {
        using var scope = NewDisposeScope();
        var graph = NetworkGraph.Of(Network(2));
        var rows = OutputRows.Each(2);
        var bounds = new NetworkBounds(graph, new());
        Error.Says(() => bounds.Bound(_nan, _high), "NaN to 1");
        Error.Says(() => bounds.Bound(_low, _high, new(null!, null!)), "missing");
        Error.Says(() => OutputRows.Each(-1), "outputs");
        var search = new PhaseSearch(graph, new(), TimeProvider.System);
        Error.Says(() => search.LowerBounds(_low, _high, rows, [0]), "known", "allowed: 2");
        Error.Says(() => search.LowerBounds(_low, _high, rows, _nan), "known", "NaN");
        Error.Says(() => search.LowerBounds(_low, _high, rows, null!), "known");
        Error.Says(() => search.LowerBounds(_low, _high, rows, [0, 0], [0]), "targets", "allowed: 2");
        Error.Says(() => search.LowerBounds(_low, _high, null!, [0, 0]), "rows");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Relaxations_WhatDoesNotFit_IsNamed(bool isWhole)
    {
        using var scope = NewDisposeScope();
        var graph = NetworkGraph.Of(Network(1));
        void Says(double[] lower, double[] upper, double tolerance, params string[] words) =>
            Error.Says(() => InputPartition.Run(graph, lower, upper, isWhole, atNeurons: true, tolerance), words);
        Says(_nan, _high, 0.1, "NaN to 1");
        Says(_low, _infinite, 0.1, "Infinity", "finite");
        Says(_high, _low, 0.1, "1 to -1");
        Says(_short, _high, 0.1, "1 lower", "allowed: 2");
        Says(_low, _high, double.NaN, "tolerance");
        Says(_low, _high, -1, "tolerance");
        Error.Says(() => InputPartition.Run(NetworkGraph.Of(Network(2)), _low, _high, isWhole, atNeurons: true, 0.1), "2 outputs");
        Error.Says(() => InputPartition.Bound(RelaxationExamples.All[0], [double.NaN], [1], isWhole), "allowed");
        Error.Says(() => new RelaxationLadder(new(), TimeProvider.System).Climb(null!, _low, _high), "graph");
        var envelope = new ActivationEnvelope(ActivationFunction.Relu, [1, 1], 0, _low, _high);
        Error.Says(() => envelope.Separate(_low, 1, double.NaN)!, "tolerance");
        Error.Says(() => envelope.Plane(_low, (GraphSide)9), "side");
    }

    [Fact]
    public void Regions_WhatDoesNotFit_IsNamed()
    {
        using var scope = NewDisposeScope();
        var graph = NetworkGraph.Of(Network(2));
        var segment = SegmentSlice.Of(graph, _low, _high);
        Error.Says(() => segment.Range(9), "output");
        Error.Says(() => segment.Hinges(-1), "output");
        Error.Says(() => SegmentSlice.Of(graph, [1e308, 0], [-1e308, 0]), "from and to", "overflows");
        var slice = PlaneSlice.Of(graph, [0.1, 0.2], [1, 0], [0, 1]);
        Error.Says(() => slice.Range(2), "output");
        Error.Says(() => slice.Cells[0].Affine(-1), "output");
        Error.Says(() => PlaneSlice.Of(graph, [1e308, 0], [1e308, 0], [0, 1]), "origin", "overflows");
        Error.Says(() => LinearRegion.At(graph, _nan), "x[0] is NaN");
        Error.Says(() => new NetworkProbe(null!, _low, _high, 1), "function");
        Error.Says(() => new NetworkProbe(x => x[0], _nan, _high, 1), "NaN");
        Error.Says(() => new NetworkProbe(x => x[0], _high, _low, 1), "the lower ones first");
        Error.Says(() => new NetworkProbe(x => x[0], _short, _high, 1), "as many");
        Error.Says(() => new NetworkProbe(x => x[0], _low, _high, 1).CriticalPoints(_short, _high), "allowed: 2");
    }
}
