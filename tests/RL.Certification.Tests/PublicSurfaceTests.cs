namespace RL.Certification.Tests;

/// <summary>What a program outside sees.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void Assembly_ExportedTypes_AreTheCertifierAndBoundsOfGraphs() => Assert.Equal(
        [
            "ActivationEnvelope", "ActivationFunction", "Arithmetic", "BoundMethod", "BoundOptions", "CertifierOptions", "EnvelopeCut",
            "GraphBuilder", "GraphMixture", "GraphSide", "NetworkBounds", "NetworkGraph",
            "OptimumCertificate", "OptimumCertifier", "OutputRows", "PhaseSearch", "PhaseSearchOptions", "RowBounds",
        ],
        typeof(OptimumCertifier).Assembly.GetExportedTypes().Select(type => type.Name).Order());
}
