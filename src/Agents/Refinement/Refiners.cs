using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The refiners of an agent, one for each place that is on.</summary>
sealed class Refiners : IDisposable
{
    readonly RefinementOptions _options;
    readonly RefinementCritics _critics;
    readonly Device _device;
    readonly long _seed;

    /// <exception cref="ArgumentException">A place's critic is none of the agent's.</exception>
    public Refiners(RefinementOptions options, RefinementCritics critics, Device device, long seed, TimeProvider clock)
    {
        (_options, _critics, _device, _seed) = (options, critics, device, seed);
        Explore = Create(options.Explore, "explore", Purpose.Refinement);
        if (Create(options.Target, "target", Purpose.TargetRefinement, isOfMinibatches: true) is { } target)
        {
            Target = new BatchRefinement(target, options.Target.Share, options.Target.StartSteps, "target", clock);
        }

        if (Create(options.Guide, "guide", Purpose.GuideRefinement, isOfMinibatches: true) is { } guide)
        {
            Guide = new BatchRefinement(guide, options.Guide.Share, options.Guide.StartSteps, "guide", clock);
        }

        Evaluate = Create(options.Evaluate, "evaluate", Purpose.Refinement, isRepeatable: true);
    }

    /// <summary>Of the actions executed while training.</summary>
    public IActionRefiner? Explore { get; }

    /// <summary>Of the critics' target.</summary>
    public BatchRefinement? Target { get; }

    /// <summary>Of what the actor learns towards.</summary>
    public BatchRefinement? Guide { get; }

    /// <summary>Of the actions executed when playing: a function of the state alone.</summary>
    public IActionRefiner? Evaluate { get; }

    /// <summary>Writes the generators of learning. That of <see cref="Explore"/> is part of the behaviour's state.</summary>
    public void Save(BinaryWriter writer)
    {
        Target?.Save(writer);
        Guide?.Save(writer);
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    public void Load(BinaryReader reader)
    {
        Target?.Load(reader);
        Guide?.Load(reader);
    }

    public void Dispose()
    {
        Explore?.Dispose();
        Target?.Dispose();
        Guide?.Dispose();
        Evaluate?.Dispose();
    }

    IActionRefiner? Create(RefinementPlace place, string name, Purpose purpose, bool isOfMinibatches = false, bool isRepeatable = false)
    {
        if (!place.IsOn)
        {
            return null;
        }

        var critic = _critics.Named(place.Critic, $"agent.refine.{name}.critic");
        var seed = Seeds.Of(_seed, purpose);
        var generator = new Generator(seed, _device);
        var optimizer = ActionSearch.Create(
            place.Method, place.Passes, _options.Gradient, _options.Sharp, _options.AdrGd, generator);
        var gradient = _options.Gradient with { Steps = place.Passes ?? _options.Gradient.Steps };
        if (isOfMinibatches && place.Method == "gradient")
        {
            var (first, second) = _critics.Pair(place.Critic);
            IActionRefiner? quick = MinibatchRefiner.Serves(first, gradient, _device)
                ? new MinibatchRefiner(first, second, gradient, place.Radius)
                : second is not null && TwinAscent.Serves(gradient, _device) ? new TwinAscent(first, second, gradient, place.Radius) : null;
            if (quick is not null)
            {
                generator.Dispose();
                return quick;
            }
        }

        return new CriticAscent(critic, optimizer, generator, place.Radius, isRepeatable ? seed : null);
    }
}
