using System.Runtime.InteropServices;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// What off-policy agents execute. While they train: random actions during warm-up; then, copy by copy, the policy's action refined
/// with some probability, else the policy's action with noise. The refined action gets no noise (ADR-GD, §RL). When they play: the
/// greedy action, refined if that is asked for.
/// </summary>
sealed class BehaviourPolicy
{
    readonly Func<Tensor, Tensor> _greedy, _explore;
    readonly IActionRefiner? _refiner, _playRefiner;
    readonly ExploreRefinement _refine;
    readonly ActionScaling _scaling;
    readonly ExplorationNoise? _noise;
    readonly long _startSteps;
    readonly Device _device;
    readonly Pcg64 _random;
    readonly TimeProvider _clock;
    readonly ObservationInput _input;
    long _steps;

    // What happened since the last report.
    int _acted, _refined;
    double _gain, _milliseconds;

    /// <param name="greedy">The action for playing, in [−1, 1]. [N × observation] → [N × action]</param>
    /// <param name="explore">The same for training; null: the greedy one.</param>
    /// <param name="input">Makes the networks' inputs of observations.</param>
    /// <param name="scaling">To the environment's bounds.</param>
    /// <param name="noise">Added while training; null: none, as of a stochastic policy.</param>
    /// <param name="startSteps">Steps of warm-up.</param>
    /// <param name="refine">Refinement while training.</param>
    /// <param name="refiner">Does it; null: it is off.</param>
    /// <param name="playRefiner">Refines when playing; null: that is off.</param>
    /// <param name="device">Of the networks.</param>
    /// <param name="random">Of exploration.</param>
    /// <param name="clock">Measures the time of a refinement.</param>
    public BehaviourPolicy(
        Func<Tensor, Tensor> greedy, Func<Tensor, Tensor>? explore, ObservationInput input, ActionScaling scaling, NoiseOptions? noise, long startSteps,
        ExploreRefinement refine, IActionRefiner? refiner, IActionRefiner? playRefiner, Device device, Pcg64 random, TimeProvider clock)
    {
        (_greedy, _explore) = (greedy, explore ?? greedy);
        _input = input;
        _scaling = scaling;
        _noise = noise is null ? null : new ExplorationNoise(noise, scaling.Size);
        _startSteps = startSteps;
        _refine = refine;
        (_refiner, _playRefiner) = (refiner, playRefiner);
        _device = device;
        _random = random;
        _clock = clock;
    }

    /// <summary>Environment steps acted with exploration, over all copies.</summary>
    public long Steps => _steps;

    /// <summary>a = μ(s), or refined from there, scaled to the environment's bounds.</summary>
    void ActGreedily(SpaceBuffer observations, SpaceBuffer actions)
    {
        if (_playRefiner is not null)
        {
            ActRefined(observations, actions, [.. Enumerable.Repeat(true, actions.Count)]);
            return;
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _scaling.Denormalize(_greedy(_input.Of(observations)), actions);
    }

    /// <summary>
    /// The refined action of every copy that <paramref name="isPlaying"/>, μ(s) of the others, scaled to the environment's bounds.
    /// </summary>
    /// <returns>The sum of the refined copies' gains by the critic.</returns>
    /// <exception cref="InvalidOperationException">Actions are not refined when playing.</exception>
    public double ActRefined(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying)
    {
        if (_playRefiner is null)
        {
            throw new InvalidOperationException("The agent was made with refine.evaluate.method=none.");
        }

        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var s = _input.Of(observations);
        var a = _greedy(s);
        var normalized = a.cpu();
        long[] playing = [.. Enumerable.Range(0, actions.Count).Where(copy => isPlaying[copy]).Select(copy => (long)copy)];
        var gain = Refine(_playRefiner, s, a, playing, MemoryMarshal.Cast<byte, float>(normalized.bytes));
        _scaling.Denormalize(normalized, actions);
        return gain;
    }

    /// <summary>The action to execute, while training if it is to explore.</summary>
    public void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore)
    {
        if (!explore)
        {
            ActGreedily(observations, actions);
            return;
        }

        if (_steps < _startSteps)
        {
            for (var copy = 0; copy < actions.Count; copy++)
            {
                actions.Space.Sample(_random, actions, copy);
            }
        }
        else
        {
            Explore(observations, actions);
        }

        _steps += actions.Count;
    }

    /// <summary>Starts the noise of finished copies anew.</summary>
    public void Observe(StepOutcome outcome)
    {
        for (var copy = 0; copy < outcome.Rewards.Length; copy++)
        {
            if (outcome.IsFinished(copy))
            {
                _noise?.Reset(copy);
            }
        }
    }

    /// <summary>Reports the refinements since the last report, if there were any.</summary>
    public void Report(IMetrics metrics)
    {
        if (_refiner is not null && _acted > 0)
        {
            metrics.Scalar("refine/share", (double)_refined / _acted);
            if (_refined > 0)
            {
                metrics.Scalar("refine/gain", _gain / _refined);
                metrics.Scalar("refine/ms", _milliseconds / _refined);
            }
        }

        (_acted, _refined, _gain, _milliseconds) = (0, 0, 0, 0);
    }

    public void Save(BinaryWriter writer)
    {
        writer.Write(_steps);
        _noise?.Save(writer);
        _refiner?.Save(writer);
    }

    public void Load(BinaryReader reader)
    {
        _steps = reader.ReadInt64();
        _noise?.Load(reader);
        _refiner?.Load(reader);
    }

    void Explore(SpaceBuffer observations, SpaceBuffer actions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var s = _input.Of(observations);
        var a = _explore(s);
        var normalized = a.cpu();
        var host = MemoryMarshal.Cast<byte, float>(normalized.bytes);
        var refined = _refiner is null ? [] : ChooseCopies(actions.Count);
        for (var copy = 0; copy < actions.Count; copy++)
        {
            if (!refined.Contains(copy))
            {
                _noise?.AddTo(Row(host, copy), copy, _random);
            }
        }

        if (refined.Length > 0)
        {
            var start = _clock.GetTimestamp();
            _gain += Refine(_refiner!, s, a, refined, host);
            _milliseconds += _clock.GetElapsedTime(start).TotalMilliseconds;
            _refined += refined.Length;
        }

        _acted += actions.Count;
        _scaling.Denormalize(normalized, actions);
    }

    /// <summary>The copies whose action is refined in this step.</summary>
    long[] ChooseCopies(int count) => _steps < _refine.StartSteps
        ? []
        : [.. Enumerable.Range(0, count).Where(_ => _random.NextDouble() < _refine.Share).Select(copy => (long)copy)];

    /// <summary>Replaces the actions of the chosen copies in <paramref name="host"/> by refined ones; their gains' sum.</summary>
    double Refine(IActionRefiner refiner, Tensor s, Tensor a, long[] copies, Span<float> host)
    {
        var rows = tensor(copies, device: _device);
        var (actions, gain) = refiner.Refine(s.index_select(0, rows), a.index_select(0, rows));
        var values = actions.cpu();
        var better = MemoryMarshal.Cast<byte, float>(values.bytes);
        for (var i = 0; i < copies.Length; i++)
        {
            Row(better, i).CopyTo(Row(host, (int)copies[i]));
        }

        return gain.sum().ToSingle();
    }

    Span<float> Row(Span<float> values, int copy) => values.Slice(copy * _scaling.Size, _scaling.Size);
}
