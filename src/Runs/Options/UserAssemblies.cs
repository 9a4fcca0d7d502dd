using System.Reflection;
using System.Runtime.Loader;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// Assemblies of the user's (--assembly), whose <see cref="IEnvironmentSource"/>s join the catalogue. A run remembers the path of
/// the one that its environment came from, but no file has code loaded by naming it: the user names the assembly as well, or has
/// confirmed it once (<see cref="TrustedAssemblies"/>).
/// </summary>
static class UserAssemblies
{
    static readonly HashSet<string> _loaded = new(StringComparer.Ordinal);

    /// <summary>Loads an assembly that a run's record or a policy file names, if the user agrees.</summary>
    /// <param name="path">What the file says; null loads nothing.</param>
    /// <param name="trusted">What the user has confirmed.</param>
    /// <returns>The assembly that is loaded, which is the only one that may be asked for from then on.</returns>
    /// <exception cref="UserException">The user has not named it, nor confirmed it as it is now.</exception>
    public static string? LoadNamedByData(string? path, TrustedAssemblies trusted)
    {
        // An assembly that the user has named stands for one of the same name that was elsewhere when the run began.
        var named = _loaded.FirstOrDefault(loaded => Path.GetFileName(loaded) == Path.GetFileName(path));
        if (path is null || named is not null)
        {
            return named;
        }

        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new UserException($"This run's environment comes from the assembly '{Shown.Short(path)}', which is no path. `--assembly FILE` says where it is.");
        }

        var full = Shown.Text(Path.GetFullPath(path));
        if (RegularFile.Problem(path) is { } problem)
        {
            throw new UserException($"This run's environment comes from the assembly {full}; {problem}. `--assembly FILE` says where it is.");
        }

        var isTrusted = trusted.Contains(path);
        var different = isTrusted ? trusted.Changed(path) : null;
        if (!isTrusted || different is not null)
        {
            var hash = TrustedAssemblies.HashOf(path);
            var changed = different is null ? "" : $" {(different == Path.GetFullPath(path) ? "It" : Shown.Text(different))} has changed since it was trusted.";
            throw new UserException(
                $"This run's environment comes from the assembly {full} (SHA-256 {hash}), and no run or policy file may have code loaded."
                + $"{changed} If you trust it: `--assembly {full}` loads it this time, `--trust-assembly {full}` from now on, until it changes.");
        }

        Load(path);
        return Path.GetFullPath(path);
    }

    /// <summary>Loads an assembly that the user has named, unless it is loaded; null loads nothing.</summary>
    /// <exception cref="UserException">It cannot be loaded, or has nothing to offer.</exception>
    public static void Load(string? path)
    {
        if (path is null || !_loaded.Add(Path.GetFullPath(path)))
        {
            return;
        }

        try
        {
            Add(path);
        }
        catch
        {
            _loaded.Remove(Path.GetFullPath(path));
            throw;
        }
    }

    /// <summary>Loads the assemblies that the user has named.</summary>
    /// <exception cref="UserException">One of them cannot be loaded, or has nothing to offer.</exception>
    public static void Load(IReadOnlyList<string>? paths)
    {
        foreach (var path in paths ?? [])
        {
            Load(path);
        }
    }

    static void Add(string path)
    {
        if (RegularFile.Problem(path) is { } problem)
        {
            throw new UserException($"--assembly is {path}; {problem}.");
        }

        try
        {
            var types = new Context(Path.GetFullPath(path)).LoadFromAssemblyPath(Path.GetFullPath(path)).GetExportedTypes();
            var sources = types.Where(type => type.IsAssignableTo(typeof(IEnvironmentSource)) && type is { IsAbstract: false }).ToList();
            if (sources.Count == 0)
            {
                throw new UserException(
                    $"--assembly is {path}, which has no public class that implements {typeof(IEnvironmentSource).FullName}.");
            }

            foreach (var source in sources.Select(type => (IEnvironmentSource)Activator.CreateInstance(type)!))
            {
                foreach (var name in source.Environments.Select(entry => entry.Spec.Id).Concat(source.MujocoTasks.Keys))
                {
                    if (RunNames.Problem(name) is { } wrong)
                    {
                        throw new UserException($"--assembly is {path}, which offers '{Shown.Short(name)}'; {wrong}.");
                    }
                }

                EnvironmentCatalog.Add(source);
            }
        }
        catch (Exception exception) when (exception is not UserException)
        {
            // Whatever the code in it does when it is asked what it offers.
            var words = ErrorWords.Of(exception) ?? $"its code ended in a {ErrorWords.Innermost(exception).GetType().Name}.";
            throw new UserException($"--assembly is {path}, which cannot be used: {words}");
        }
    }

    /// <summary>The user's own dependencies from beside the assembly; what the program has itself (RL.*, .NET) from the program.</summary>
    sealed class Context(string path) : AssemblyLoadContext(path)
    {
        readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var isOurs = Default.Assemblies.Any(known => known.GetName().Name == assemblyName.Name) || IsOurs($"{assemblyName.Name}.dll");
            return !isOurs && _resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file && !IsOurs(Path.GetFileName(file)) ? LoadUnmanagedDllFromPath(file) : 0;

        static bool IsOurs(string file) => File.Exists(Path.Combine(AppContext.BaseDirectory, file));
    }
}
