namespace RL.Host.Tests;

/// <summary>Runs the command line inside the test and keeps what it says.</summary>
sealed class TestConsole(TimeProvider? clock = null)
{
    readonly StringWriter _out = new();
    readonly StringWriter _error = new();

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public int Run(params string[] arguments) =>
        CommandLine.Run(arguments, new HostConsole(_out, _error, null, clock ?? TimeProvider.System));
}
