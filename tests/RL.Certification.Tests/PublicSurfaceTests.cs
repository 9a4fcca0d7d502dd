namespace RL.Certification.Tests;

/// <summary>What a program outside sees.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void Assembly_ExportedTypes_AreTheCertifierBoundsAndRegionsOfGraphs() => Assert.Equal(
        [
            "ActivationFunction", "Arithmetic", "BoundMethod", "BoundOptions", "CertifierOptions", "CriticalPoint", "Facet", "GraphBuilder",
            "HalfSpace", "LinearRegion", "NetworkBounds", "NetworkGraph", "NetworkProbe", "Neuron", "OptimumCertificate", "OptimumCertifier", "OutputRows",
            "PhaseSearch", "PhaseSearchOptions", "PlaneSlice", "ProbedNeuron", "RegionOptimum", "RowBounds", "SegmentPiece", "SegmentSlice", "SliceCell", "TooManyRegionsException",
        ],
        typeof(OptimumCertifier).Assembly.GetExportedTypes().Select(type => type.Name).Order());
}
