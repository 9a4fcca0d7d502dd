using RL.Certification;

namespace RL.Studies;

/// <summary>A network over a box, for <see cref="RelaxationStudy"/>.</summary>
/// <param name="Name">What tables call it.</param>
/// <param name="Graph">The network.</param>
/// <param name="Lower">The box.</param>
/// <param name="Upper">See <paramref name="Lower"/>.</param>
/// <param name="Output">Which output.</param>
public sealed record RelaxationProblem(string Name, NetworkGraph Graph, double[] Lower, double[] Upper, int Output = 0);

/// <summary>One relaxation over several problems.</summary>
/// <param name="Name">The relaxation.</param>
/// <param name="Width">Mean of upper − lower.</param>
/// <param name="GapClosed">Share of what the triangles leave open to the truth, exact or else the attack, that it closes; negative if it is looser.</param>
/// <param name="Seconds">Mean time of each.</param>
public sealed record RelaxationRow(string Name, double Width, double? GapClosed, double Seconds);

/// <summary>How tight relaxations are (<see cref="RelaxationLadder"/>), problem by problem and on average.</summary>
/// <param name="Ladders">Of each problem, the tightest first.</param>
/// <param name="Rows">Relaxations that every problem has, the tightest first.</param>
public sealed record RelaxationStudy(IReadOnlyList<(RelaxationProblem Problem, IReadOnlyList<LadderRung> Rungs)> Ladders, IReadOnlyList<RelaxationRow> Rows)
{
    /// <summary>Bounds every problem by all relaxations.</summary>
    /// <param name="problems">The problems.</param>
    /// <param name="options">How much is tried.</param>
    /// <param name="clock">For times and limits.</param>
    /// <param name="report">Called after each problem with its number and how many there are.</param>
    /// <param name="stop">Ends it after the current problem: the study is that of the problems that are done.</param>
    /// <exception cref="ArgumentException">A network that is not fully connected.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before the first problem was done.</exception>
    public static RelaxationStudy Run(
        IReadOnlyList<RelaxationProblem> problems, LadderOptions options, TimeProvider clock, Action<int, int>? report = null,
        CancellationToken stop = default)
    {
        var ladder = new RelaxationLadder(options, clock);
        List<(RelaxationProblem, IReadOnlyList<LadderRung>)> ladders = [];
        foreach (var problem in problems.TakeWhile(_ => !stop.IsCancellationRequested))
        {
            ladders.Add((problem, ladder.Climb(problem.Graph, problem.Lower, problem.Upper, problem.Output)));
            report?.Invoke(ladders.Count, problems.Count);
        }
        return ladders.Count == 0 && problems.Count > 0
            ? throw new OperationCanceledException("Stopped before the first problem was done.", stop)
            : new(ladders, Mean([.. ladders.Select(pair => pair.Item2)]));
    }

    static RelaxationRow[] Mean(IReadOnlyList<LadderRung>[] ladders)
    {
        string[] names = [.. ladders[0].Select(rung => rung.Name).Where(name => ladders.All(rungs => rungs.Any(rung => rung.Name == name)))];
        double Width(string name) => ladders.Average(rungs => Rung(rungs, name).Width);
        var truth = names.Contains("exact") ? "exact" : "attack";
        double? GapClosed(string name) => names.Contains("triangle") && Width("triangle") - Width(truth) is > 0 and var gap ? (Width("triangle") - Width(name)) / gap : null;
        return [.. names.Select(name => new RelaxationRow(name, Width(name), GapClosed(name), ladders.Average(rungs => Rung(rungs, name).Seconds)))];
    }

    static LadderRung Rung(IReadOnlyList<LadderRung> rungs, string name) => rungs.First(rung => rung.Name == name);
}
