using System.CommandLine;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>The options that name an assembly of the user's; nothing else has code loaded.</summary>
sealed class AssemblyOptions
{
    readonly Option<string?> _assembly = new("--assembly")
    {
        Description = "An assembly (.dll) with environments of your own (docs/environments.md).",
        HelpName = "FILE",
    };

    readonly Option<string?> _trust = new("--trust-assembly")
    {
        Description = "The same, and from now on, as long as it does not change, runs and policies that name it need neither option.",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_assembly);
        command.Options.Add(_trust);
    }

    /// <summary>The path of the assembly that is named; null if none is.</summary>
    public string? Named(ParseResult parsed) => parsed.GetValue(_assembly) ?? parsed.GetValue(_trust);

    /// <summary>Loads the assembly that is named, if one is.</summary>
    /// <returns>Its path; null if none is named.</returns>
    /// <exception cref="UserException">Both options are given, or it cannot be loaded.</exception>
    public string? Load(ParseResult parsed, HostConsole console)
    {
        var (assembly, trusted) = (parsed.GetValue(_assembly), parsed.GetValue(_trust));
        if (assembly is not null && trusted is not null)
        {
            throw new UserException("--assembly and --trust-assembly are both given; allowed: one of them.");
        }

        UserAssemblies.Load(assembly ?? trusted);
        if (trusted is not null)
        {
            var list = TrustedAssemblies.OfTheUser;
            console.Log(LogLevel.Warning, $"trusted from now on: {Path.GetFullPath(trusted)}, SHA-256 {list.Add(trusted)} ({list.File})");
        }

        return assembly ?? trusted;
    }
}
