using System.Text;

namespace RL.Host.Tests;

/// <summary>Runs the command line inside the test and keeps what it says.</summary>
sealed class TestConsole
{
    readonly StringBuilder _out = new();
    readonly StringBuilder _error = new();

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public int Run(params string[] arguments)
    {
        using var output = new StringWriter(_out);
        using var error = new StringWriter(_error);
        return CommandLine.Run(arguments, new HostConsole(output, error, null, TimeProvider.System));
    }
}
