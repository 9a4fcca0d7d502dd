using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Sends log messages to standard error without tearing the progress line.</summary>
sealed class StatusLineLoggerProvider(IStatus status) : ILoggerProvider
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new StatusLineLogger(status);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    sealed class StatusLineLogger(IStatus status) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        /// <summary>The factory asks for what the minimum level lets pass only.</summary>
        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                status.Log(logLevel, formatter(state, exception));
            }
        }
    }
}
