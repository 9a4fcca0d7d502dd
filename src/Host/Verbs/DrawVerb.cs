using System.CommandLine;
using RL.Environments;

namespace RL.Host;

/// <summary>Renders a task without a policy: an episode of random actions.</summary>
static class DrawVerb
{
    static readonly Argument<string> _environment = new("environment") { Description = "The task (./rl list environments)." };

    static readonly Argument<string[]> _assignments = new("key=value")
    {
        Description = "Options of the environment.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<long> _seed = new("--seed") { Description = "Seed of the episode and of the actions.", HelpName = "N" };

    static readonly AssemblyOptions _assembly = new();

    public static Command Create(HostConsole console)
    {
        var command = new Command("draw", "Render an environment while random actions are taken.") { _environment, _assignments, _seed };
        RecordingOptions.AddTo(command);
        _assembly.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithExamples(
            "./rl draw HalfCheetah-v5 --image cheetah.png --image-step 0",
            "./rl draw Ant-v5 --video ant.mp4 --size 320x240");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        _assembly.Load(parsed, console);
        var entry = RunOptions.FindEnvironment(parsed.GetValue(_environment)!);
        var tree = new OptionTree(("env", entry.DefaultOptions));
        foreach (var assignment in parsed.GetValue(_assignments) ?? [])
        {
            tree.Apply(assignment);
        }

        var recording = RecordingOptions.Of(parsed);
        var seed = parsed.GetValue(_seed);
        if (!recording.IsOn || seed < 0)
        {
            throw new UserException(seed < 0 ? $"--seed is {seed}; allowed: 0 or more." : "draw needs --video FILE, --image FILE or both.");
        }

        using var environment = RunOptions.Create(entry, tree.Bind("env", entry.DefaultOptions.GetType()), 1, 1);
        using var recorder = new Recorder(recording, environment);
        var (actions, random) = (new SpaceBuffer(environment.ActionSpace, 1), new Pcg64((ulong)seed));
        var lastStep = recording.Video is null ? recording.ImageStep : int.MaxValue;
        var isFinished = false;
        var progress = new EpisodeProgress(status, 1, console.Clock);
        environment.Reset((ulong)seed);
        recorder.Show(isLast: false);
        for (var step = 0; step < lastStep && !isFinished && !interruption.Token.IsCancellationRequested; step++)
        {
            environment.ActionSpace.Sample(random, actions, 0);
            isFinished = environment.Step(actions).IsFinished(0);
            recorder.Show(isFinished);
            progress.Recorded(recorder.Shown);
        }

        recorder.Finish();
        status.End();
        foreach (var file in new[] { recording.Video, recording.Image }.OfType<string>().Where(File.Exists))
        {
            console.Out.WriteLine(interruption.Token.IsCancellationRequested ? $"{file} (partial: the first {recorder.Shown} frames)" : file);
        }

        return interruption.Code;
    }
}
