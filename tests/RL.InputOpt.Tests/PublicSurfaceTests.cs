using System.Diagnostics;
using System.Globalization;

namespace RL.InputOpt.Tests;

/// <summary>What a program outside sees.</summary>
public sealed class PublicSurfaceTests
{
    [Fact]
    public void Assembly_ExportedTypes_AreTheContractTheCatalogueAndTheOptions()
    {
        string[] expected =
        [
            // The contract.
            "IInputOptimizer", "InputOptimum", "InputTrace", "SearchLimits", "StopReason", "StartResult", "Objective", "Score",
            "Region", "Box", "NormBall", "EuclideanBall", "L1Ball", "L0Ball", "Polytope",
            "IReluNetwork", "Activation", "ReluNetwork", "ReluLayer", "ReluModule", "PartialNetwork", "SafeTensors",
            "IComposedModule", "ModuleComposition", "Chain", "Residual", "Sum", "Convolution",
            // Methods with their options.
            "InputOptimizerCatalog", "InputOptimizerEntry",
            "AdrGd", "AdrGdOptions", "PerturbationNoise", "FirstTerm", "FirstTermScale", "Normaliser", "Violation",
            "Sharp", "SharpOptions",
            "ProjectedGradient", "ProjectedGradientOptions", "StepSchedule", "StepDirection",
            "AutoProjectedGradient", "AutoProjectedGradientOptions", "MinibatchAscent",
            "SmallestRadius", "SmallestRadiusResult", "AttackSuite", "AttackSuiteOptions", "AttackSuiteResult", "AttackStage",
        ];

        Assert.Equal(expected.Order(), typeof(IInputOptimizer).Assembly.GetExportedTypes().Select(type => type.Name).Order());
    }

    [Fact]
    public void Example_Run_FindsMoreThanTheStartByEveryMethod()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "../../InputOptimisation/release/InputOptimisation");
        using var process = Process.Start(new ProcessStartInfo(program) { RedirectStandardOutput = true })!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();

        Assert.Equal(0, process.ExitCode);
        Assert.Equal(["AdrGd", "Sharp", "ProjectedGradient"], lines.Select(line => line.Split(' ')[0]));
        foreach (var line in lines)
        {
            double[] values = [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where((_, i) => i is 1 or 3)
                .Select(word => double.Parse(word, CultureInfo.InvariantCulture))];
            Assert.True(values[1] > values[0] + 1, line);
        }
    }
}
