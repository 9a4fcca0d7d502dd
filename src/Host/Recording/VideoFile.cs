using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace RL.Host;

/// <summary>Writes an MP4 video (H.264, 4:2:0) by piping raw frames to ffmpeg. The file appears when it is complete.</summary>
sealed class VideoFile : IDisposable
{
    const string Program = "ffmpeg", NewSession = "/usr/bin/setsid";

    readonly string _path;
    readonly Process _ffmpeg;
    readonly Task<string> _errors;
    bool _isFinished;

    /// <param name="path">The file to write.</param>
    /// <param name="width">Pixels of a row; even, as 4:2:0 requires.</param>
    /// <param name="height">Rows; even.</param>
    /// <param name="framesPerSecond">Speed.</param>
    /// <exception cref="UserException">There is no ffmpeg.</exception>
    public VideoFile(string path, int width, int height, double framesPerSecond)
    {
        _path = path;
        // In a session of its own: a terminal sends Ctrl-C to all programs of its own, and ffmpeg would end before the film does.
        var hasSessions = OperatingSystem.IsLinux() && File.Exists(NewSession);
        var start = new ProcessStartInfo(hasSessions ? NewSession : Program)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
        };
        string[] arguments =
        [
            .. hasSessions ? [Program] : Array.Empty<string>(), "-loglevel", "error", "-y",
            "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", $"{width}x{height}",
            "-r", framesPerSecond.ToString(CultureInfo.InvariantCulture), "-i", "-",
            "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", "20", "-threads", "1", "-movflags", "+faststart", "-f", "mp4", Temporary,
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        if (hasSessions && !IsInstalled)
        {
            throw Missing();
        }

        try
        {
            _ffmpeg = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw Missing();
        }

        _errors = _ffmpeg.StandardError.ReadToEndAsync();
    }

    static bool IsInstalled => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, Program)));

    string Temporary => _path + ".part";

    /// <summary>Adds a frame: red, green, blue, top row first. [height × width × 3]</summary>
    public void Add(ReadOnlySpan<byte> rgb)
    {
        try
        {
            _ffmpeg.StandardInput.BaseStream.Write(rgb);
        }
        catch (IOException)
        {
            // ffmpeg has ended; its own error message says more.
            throw Failed();
        }
    }

    /// <summary>Completes the video.</summary>
    public void Finish()
    {
        _ffmpeg.StandardInput.Close();
        _ffmpeg.WaitForExit();
        if (_ffmpeg.ExitCode != 0)
        {
            throw Failed();
        }

        File.Move(Temporary, _path, overwrite: true);
        _isFinished = true;
    }

    /// <summary>Deletes a video that was not completed.</summary>
    public void Dispose()
    {
        if (!_isFinished)
        {
            if (!_ffmpeg.HasExited)
            {
                _ffmpeg.Kill();
                _ffmpeg.WaitForExit();
            }

            File.Delete(Temporary);
        }

        _ffmpeg.Dispose();
    }

    static UserException Missing() => new("--video needs ffmpeg, which is not installed; install it with: apt-get install ffmpeg");

    InvalidOperationException Failed() => new($"ffmpeg failed: {_errors.GetAwaiter().GetResult().Trim()}");
}
