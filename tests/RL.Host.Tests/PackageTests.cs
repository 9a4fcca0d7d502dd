using System.Globalization;
using System.Text.RegularExpressions;

namespace RL.Host.Tests;

/// <summary>The packages as a program outside of this repository meets them.</summary>
[Trait("Category", "Slow")]
public sealed class PackageTests : IDisposable
{
    // A version of its own, so that no package from elsewhere stands in for these.
    readonly string _version = $"0.0.0-test{Environment.ProcessId}";
    readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        // Restoring has put them among the user's packages.
        foreach (var package in Directory.EnumerateDirectories(PackageFolder(), "rl.*"))
        {
            Directory.Delete(Path.Combine(package, _version), recursive: true);
        }

        _folder.Dispose();
    }

    [Fact]
    public void Packages_InAProgramOutside_TrainPlayAttackAndOptimise()
    {
        foreach (var project in (string[])["Environments", "InputOpt", "Certification", "Agents", "Runs"])
        {
            DotNet(
                "pack", Repository.File("src", project), "--no-build", "--no-restore", "--configuration", "Release", "--output", _folder.File("packages"),
                $"-p:PackageVersion={_version}");
        }

        File.WriteAllText(_folder.File("Outside.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <RestoreAdditionalProjectSources>packages</RestoreAdditionalProjectSources>
                <CreateHardLinksForCopyFilesToOutputDirectoryIfPossible>true</CreateHardLinksForCopyFilesToOutputDirectoryIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="RL.Runs" Version="{_version}" />
              </ItemGroup>
            </Project>
            """);
        File.Copy(Repository.File("tests", "RL.Host.Tests", "OutsideProgram.txt"), _folder.File("Program.cs"));
        DotNet("build", "--configuration", "Release", "--nologo");

        using var process = ChildProcess.Start(
            _folder.File("bin", "Release", "net10.0", "Outside"), _folder.Path, Repository.File("models", "coinrun-easy-200.safetensors"));
        var (code, output, error) = ChildProcess.Finish(process);

        Assert.True(code == 0, error);
        var lines = Regex.Match(output, @"^trained 1000 steps\nplayed \d+\nattacked \d+\.\d -> \d+\.\d\nmaximised (\S+) -> (\S+)\n$");
        Assert.True(lines.Success, output);
        double Number(int group) => double.Parse(lines.Groups[group].Value, CultureInfo.InvariantCulture);
        Assert.True(Number(2) > Number(1), output);
    }

    void DotNet(params string[] arguments)
    {
        using var process = ChildProcess.Start("dotnet", _folder.Path, arguments);
        var (code, output, error) = ChildProcess.Finish(process);
        Assert.True(code == 0, $"dotnet {string.Join(' ', arguments)}: {output}{error}");
    }

    static string PackageFolder() =>
        Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
}
