using System.Diagnostics;
using System.Security.Cryptography;

namespace RL.Runs.Tests;

public sealed class TrustedAssembliesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    TrustedAssemblies List => new(_folder.File("config", "trusted.json"));

    string Assembly(string content)
    {
        File.WriteAllText(_folder.File("weights.bin"), content);
        return _folder.File("weights.bin");
    }

    [Fact]
    public void LoadNamedByData_NeitherNamedNorTrusted_IsRefusedWithItsHashAndTheOptions()
    {
        var path = Assembly("MZ");
        var error = Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message;

        Assert.Contains($"{path} (SHA-256 {Convert.ToHexStringLower(SHA256.HashData("MZ"u8))})", error);
        Assert.Contains($"--assembly {path}", error);
        Assert.Contains($"--trust-assembly {path}", error);
    }

    [Fact]
    public void LoadNamedByData_Trusted_IsLoadedUntilItChanges()
    {
        var path = Assembly("MZ");
        List.Add(path);

        // It gets as far as the loader, which sees that this is no assembly.
        Assert.Contains("cannot be used", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message);
        Assembly("MZ, but another");
        Assert.Contains("has changed since", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message);
        List.Add(path);
        Assert.Contains("cannot be used", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message);
    }

    [Theory]
    [InlineData("helper.dll")]
    [InlineData("libhelper.so")]
    [InlineData("runtimes/linux-x64/native/libhelper.so.1")]
    public void LoadNamedByData_LibraryBesideATrustedOneChangesOrComes_IsRefusedByName(string library)
    {
        var path = Assembly("MZ");
        var beside = _folder.File(library.Split('/'));
        List.Add(path);
        Directory.CreateDirectory(Path.GetDirectoryName(beside)!);
        File.WriteAllText(beside, "one");
        Assert.Contains($"{beside} has changed since", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message);

        List.Add(path);
        Assert.Contains("cannot be used", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message);
        File.WriteAllText(beside, "two");
        Assert.Contains($"{beside} has changed since", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message);
        // What is no library is not loaded either.
        List.Add(path);
        File.WriteAllText(_folder.File("notes.txt"), "");
        Assert.Contains("cannot be used", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message);
    }

    [Theory]
    [InlineData("", "the assembly '', which is no path")]
    [InlineData("a\0b.dll", "the assembly 'a\\u0000b.dll', which is no path")]
    public void LoadNamedByData_WhatIsNoPath_IsRefused(string path, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(path, List)).Message, StringComparison.Ordinal);

    [Fact]
    public void Resolve_RunJsonOrPolicyThatNamesAnAssembly_DoesNotLoadIt()
    {
        var document = RunOptions.Resolve("td3", "Pendulum-v1", null, []).Document with { Assembly = Assembly("MZ") };

        Assert.Contains("weights.bin (SHA-256", Assert.Throws<UserException>(() => RunOptions.Resolve(document, [])).Message);
    }

    [Fact]
    public void Read_FilesThatAreNone_AreRefusedInsteadOfWaitedFor()
    {
        var pipe = _folder.File("pipe.dll");
        using (var process = Process.Start("mkfifo", [pipe]))
        {
            process.WaitForExit();
        }

        Assert.Contains("a named pipe", Assert.Throws<UserException>(() => UserAssemblies.Load(pipe)).Message);
        Assert.Contains("a named pipe", Assert.Throws<UserException>(() => UserAssemblies.LoadNamedByData(pipe, List)).Message);
        Assert.Contains("a named pipe", Assert.Throws<UserException>(() => List.Add(pipe)).Message);
        Assert.Contains("a named pipe", Assert.Throws<UserException>(() => Preset.Read(pipe)).Message);
        Assert.Contains("a named pipe", Assert.Throws<UserException>(() => Policy.Load(pipe)).Message);
        Assert.Contains("a named pipe", Assert.Throws<UserException>(() => RunOptions.FindEnvironment($"mujoco:{pipe}")).Message);
        Assert.Contains("a folder", Assert.Throws<UserException>(() => Preset.Read(_folder.Path)).Message);
        Assert.Contains("a device", Assert.Throws<UserException>(() => Preset.Read("/dev/zero")).Message);
    }
}
