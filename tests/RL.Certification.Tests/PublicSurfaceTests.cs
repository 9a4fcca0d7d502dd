namespace RL.Certification.Tests;

/// <summary>What a program outside sees.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void Assembly_ExportedTypes_AreTheCertifierBoundsRelaxationsAndRegions() => Assert.Equal(
        [
            "ActivationEnvelope", "ActivationFunction", "Arithmetic", "BoundMethod", "BoundOptions", "CertifierOptions", "CriticalPoint",
            "EnvelopeCut", "Facet", "GraphBuilder", "GraphMixture", "GraphSide", "HalfSpace", "InputPartition", "LadderOptions",
            "LadderRung", "LinearRegion", "NetworkBounds", "NetworkGraph", "NetworkProbe", "Neuron", "OptimumCertificate",
            "OptimumCertifier", "OutputRows", "PartitionOutcome", "PhaseSearch", "PhaseSearchOptions", "PlaneSlice", "ProbedNeuron",
            "RegionOptimum", "RelaxationExample", "RelaxationExamples", "RelaxationLadder", "RowBounds", "SegmentPiece", "SegmentSlice",
            "SliceCell",
        ],
        typeof(OptimumCertifier).Assembly.GetExportedTypes().Select(type => type.Name).Order());
}
