namespace RL.Certification.Tests;

/// <summary>What a program outside sees.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void Assembly_ExportedTypes_AreTheCertifierItsOptionsAndItsResult() => Assert.Equal(
        ["CertifierOptions", "OptimumCertificate", "OptimumCertifier"],
        typeof(OptimumCertifier).Assembly.GetExportedTypes().Select(type => type.Name).Order());
}
