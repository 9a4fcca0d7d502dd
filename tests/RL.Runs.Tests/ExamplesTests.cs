using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace RL.Runs.Tests;

/// <summary>The programs in examples/ that use RL.Runs, run as processes of their own, and the README's C# snippet.</summary>
public sealed partial class ExamplesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void TrainInCode_Run_LearnsAttacksAndResumes()
    {
        var lines = Run("TrainInCode", "total_steps=4000", "start_steps=500", "evaluation_episodes=2", "batch_size=64");

        Assert.Equal(["step 1000:", "step 2000:", "step 3000:", "step 4000:"], lines.Take(4).Select(line => line[..10]));
        var (clean, attacked) = (Numbers(lines[4])[0], Numbers(lines[4])[1]);
        Assert.True(clean > Numbers(lines[0])[^1] + 300, $"{lines[0]}; {lines[4]}");
        Assert.True(attacked < clean, lines[4]);
        Assert.StartsWith("finished after 5000 steps: return ", lines[5]);
        Assert.True(File.Exists(Path.Combine(Assert.Single(Directory.GetDirectories(_folder.File("runs"))), "policy.safetensors")));
    }

    [Fact]
    public void UseAPolicy_FruitBot_PlaysAndIsMisled()
    {
        var lines = Run("UseAPolicy", Repository.File("models", "fruitbot-easy-200.safetensors"), "4");

        Assert.StartsWith("ppo on procgen:fruitbot", lines[0]);
        Assert.InRange(Numbers(lines[1])[0], 1, 1000);
        var numbers = Numbers(lines[2]);
        Assert.Equal(4, numbers[0]);
        Assert.True(numbers[2] < numbers[1], lines[2]);
        Assert.InRange(numbers[3], 50, 100);
    }

    [Fact]
    public void OnnxPolicy_ExportedPolicy_PlaysAsHere()
    {
        using var policy = TestPolicies.Untrained("sac", "Pendulum-v1", "hidden_layers=16");
        PolicyExport.Write(_folder.File("pendulum.onnx"), policy, sampled: false);

        var lines = Run("OnnxPolicy", _folder.File("pendulum.onnx"));

        Assert.Equal("sac on Pendulum-v1", lines[0]);
        var (angle, speed, total) = (Math.PI, 0.0, 0.0);
        for (var step = 0; step < 200; step++)
        {
            var torque = policy.Act<float>([(float)Math.Cos(angle), (float)Math.Sin(angle), (float)speed])[0];
            total -= Math.Pow(Math.IEEERemainder(angle, 2 * Math.PI), 2) + (0.1 * speed * speed) + (0.001 * torque * torque);
            speed = Math.Clamp(speed + (((15 * Math.Sin(angle)) + (3 * torque)) * 0.05), -8, 8);
            angle += speed * 0.05;
        }

        Assert.Equal(total, Numbers(lines[1])[1], 0.1);
    }

    [Fact]
    public void OwnCallbacks_Run_SeeTheRunAndStopItOnceSolved()
    {
        var lines = Run("OwnCallbacks");

        Assert.All(lines[..^1], line => Assert.InRange(Numbers(line)[3], 0, Math.Log(2)));
        Assert.All(lines[..^2], line => Assert.True(Numbers(line)[1] < 475, line));
        Assert.True(Numbers(lines[^2])[1] >= 475, lines[^2]);
        Assert.Equal(Numbers(lines[^2])[0], Numbers(lines[^1])[0]);
        Assert.StartsWith("stopped after", lines[^1]);
        Assert.True(Numbers(lines[^1])[^1] > 400, lines[^1]);
    }

    // What a reader copies from there is a part of a program that the tests above run.
    [Fact]
    public void Readme_CSharp_IsInTheExampleLineForLine()
    {
        var example = File.ReadAllText(Repository.File("examples", "train-in-code", "Program.cs"));

        Assert.Contains(Assert.Single(Snippets.Of("README.md")), example, StringComparison.Ordinal);
    }

    string[] Run(string name, params string[] arguments)
    {
        var program = Repository.File("artifacts", "bin", name, "release", name);
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, error.Result);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    static double[] Numbers(string line) =>
        [.. Number().Matches(line).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Number();
}
