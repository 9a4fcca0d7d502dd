using System.Reflection;
using System.Runtime.Loader;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// User assemblies (--assembly), whose <see cref="IEnvironmentSource"/>s are added to the catalogue. A run records the path of the
/// assembly that its environment came from.
/// </summary>
static class UserAssemblies
{
    static readonly HashSet<string> _loaded = new(StringComparer.Ordinal);

    /// <summary>Loads an assembly unless it is loaded; null loads nothing.</summary>
    /// <exception cref="UserException">It cannot be loaded, or has no environments.</exception>
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

    static void Add(string path)
    {
        if (!File.Exists(path))
        {
            throw new UserException($"--assembly is {path}; there is no such file.");
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

            foreach (var source in sources)
            {
                EnvironmentCatalog.Add((IEnvironmentSource)Activator.CreateInstance(source)!);
            }
        }
        catch (Exception exception) when (exception is BadImageFormatException or FileLoadException or FileNotFoundException
            or TypeLoadException or MissingMethodException or ArgumentException)
        {
            throw new UserException($"--assembly is {path}, which cannot be used: {exception.Message}");
        }
    }

    /// <summary>The user's own dependencies from beside the assembly; what the program has itself (RL.*, .NET) from the program.</summary>
    sealed class Context(string path) : AssemblyLoadContext(path)
    {
        readonly AssemblyDependencyResolver _resolver = new(path);

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var isOurs = Default.Assemblies.Any(known => known.GetName().Name == assemblyName.Name)
                || File.Exists(Path.Combine(AppContext.BaseDirectory, $"{assemblyName.Name}.dll"));
            return !isOurs && _resolver.ResolveAssemblyToPath(assemblyName) is { } file ? LoadFromAssemblyPath(file) : null;
        }

        protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } file ? LoadUnmanagedDllFromPath(file) : 0;
    }
}
