namespace RL.Certification.Tests;

/// <summary>What a program outside sees.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void Assembly_ExportedTypes_AreTheCertifierBoundsAndRelaxations() => Assert.Equal(
        [
            "ActivationEnvelope", "ActivationFunction", "Arithmetic", "BoundMethod", "BoundOptions", "CertifierOptions", "EnvelopeCut",
            "GraphBuilder", "GraphMixture", "GraphSide", "InputPartition", "LadderOptions", "LadderRung", "NetworkBounds", "NetworkGraph",
            "OptimumCertificate", "OptimumCertifier", "OutputRows", "PartitionOutcome", "PhaseSearch", "PhaseSearchOptions",
            "RelaxationExample", "RelaxationExamples", "RelaxationLadder", "RowBounds",
        ],
        typeof(OptimumCertifier).Assembly.GetExportedTypes().Select(type => type.Name).Order());
}
