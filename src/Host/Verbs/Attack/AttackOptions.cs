using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Agents;
using RL.Environments;
using RL.Studies;

namespace RL.Host;

/// <summary>The options of `./rl attack` that say how to attack.</summary>
sealed class AttackOptions
{
    const string DefaultBudget = "default";

    readonly Option<string> _methods = new("--method")
    {
        Description = $"Methods, separated by commas: {string.Join(", ", AttackMethods.Names)}.",
        HelpName = "NAMES",
        DefaultValueFactory = _ => "noise,fgsm,pgd,adr-gd,sharp",
    };

    readonly Option<string?> _epsilon = new("--epsilon")
    {
        Description = "ε, one or several separated by commas: how far each element of an observation may move; of images as a share of "
            + "the range (1/255), of others in standard deviations. Default: 1/255,3/255 or 0.05,0.15.",
        HelpName = "NUMBERS",
    };

    readonly Option<string> _passes = new("--passes")
    {
        Description = "Gradient passes per attacked step, one or several budgets separated by commas; default is each method's "
            + "own.",
        HelpName = "default|NUMBERS",
        DefaultValueFactory = _ => DefaultBudget,
    };

    readonly Option<string?> _loss = new("--loss")
    {
        Description = "What is maximised. Discrete actions: cross-entropy (default) or margin; continuous ones: deviation of the "
            + "action (default), or critic: minus its value.",
        HelpName = "cross-entropy|margin|deviation|critic",
    };

    readonly Option<bool> _targeted = new("--targeted") { Description = "Aim at one action: the least likely, or --target." };

    readonly Option<string?> _target = new("--target")
    {
        Description = "The action to aim at: its number, or its elements from -1 to 1, separated by commas. Implies --targeted.",
        HelpName = "ACTION",
    };

    readonly Option<double?> _stepSize = new("--step-size")
    {
        Description = "Step of pgd in units of ε. Default: 2.5 / steps.",
        HelpName = "X",
    };

    readonly Option<int> _restarts = new("--restarts")
    {
        Description = "Random points that pgd starts from beside the observation; they share its passes.",
        HelpName = "N",
    };

    readonly Option<double> _momentum = new("--momentum") { Description = "Momentum of pgd, from 0 to 1.", HelpName = "X" };

    readonly Option<string?> _layers = new("--layers")
    {
        Description = "ReLU layers that ADR-GD relaxes, separated by commas: from 0 at the input, or from -1 at the output. Default: all; "
            + "the last one of networks that see images.",
        HelpName = "NUMBERS",
    };

    readonly Option<double?> _confidence = new("--confidence")
    {
        Description = "Attack only where the policy is surer than this, from 0 to 1: max π - min π, or the mean size of a "
            + "continuous action.",
        HelpName = "X",
    };

    readonly Option<int?> _budget = new("--budget")
    {
        Description = "Attack at most so many steps of an episode.",
        HelpName = "N",
    };

    readonly Option<bool> _wholeBytes = new("--whole-bytes") { Description = "Round attacked images to whole bytes." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[]
        {
            _methods, _epsilon, _passes, _loss, _targeted, _target, _stepSize, _restarts, _momentum, _layers, _confidence,
            _budget, _wholeBytes,
        })
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Every attack that is asked for, budget by budget, ε by ε, method by method.</summary>
    /// <exception cref="UserException">Something is not allowed, for this policy or at all.</exception>
    public IReadOnlyList<PlannedAttack> Plan(ParseResult parsed, IPolicyNetwork policy, Space observations, ulong seed)
    {
        var isImage = !ObservationUnits.NeedDeviation(observations);
        var methods = Require.EachOf("--method", parsed.GetValue(_methods)!, [.. AttackMethods.Names]);
        var radii = Words(parsed.GetValue(_epsilon) ?? (isImage ? "1/255,3/255" : "0.05,0.15"));
        var target = parsed.GetValue(_target);
        var common = new ObservationAttackOptions
        {
            Loss = Loss(parsed),
            Targeted = parsed.GetValue(_targeted) || target is not null,
            Target = target is null ? null : [.. Words(target).Select(word => Number("--target", word))],
            StepSize = parsed.GetValue(_stepSize),
            Restarts = parsed.GetValue(_restarts),
            Momentum = parsed.GetValue(_momentum),
            Layers = parsed.GetValue(_layers) is { } layers ? [.. Words(layers).Select(Layer)] : null,
            Confidence = parsed.GetValue(_confidence),
            Budget = parsed.GetValue(_budget),
            WholeBytes = parsed.GetValue(_wholeBytes),
            Seed = Seeds.Of((long)seed, Purpose.Attack),
        };
        var plan =
            from budget in Words(parsed.GetValue(_passes)!)
            from radius in radii
            from method in methods
            select new PlannedAttack(radius, budget, common with
            {
                Method = method,
                Epsilon = Radius(radius, isImage),
                Passes = AttackMethods.Passes(method, Passes(budget)),
            });
        var attacks = plan.ToList();
        var problems = attacks.Select(attack => ObservationAttack.Problem(policy, attack.Options)).OfType<string>();
        return problems.FirstOrDefault() is { } problem ? throw new UserException(problem) : attacks;
    }

    ObservationLoss Loss(ParseResult parsed)
    {
        if (parsed.GetValue(_loss) is not { } loss)
        {
            return ObservationLoss.Default;
        }

        var losses = Enum.GetValues<ObservationLoss>().Where(value => value != ObservationLoss.Default)
            .ToDictionary(value => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));
        Require.OneOf("--loss", loss, losses.Keys);
        return losses[loss];
    }

    static string[] Words(string list) => list.Split(',', StringSplitOptions.TrimEntries);

    static double Radius(string word, bool isImage)
    {
        var radius = Number("--epsilon", word);
        Require.Within("--epsilon", radius, 0, isImage ? 1 : double.MaxValue);
        return radius;
    }

    static int? Passes(string word) => word == DefaultBudget
        ? null
        : int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var passes) && passes > 0
            ? passes
            : throw new UserException(
                $"--passes is {word}; allowed: {DefaultBudget} and whole numbers from 1, separated by commas.");

    static int Layer(string word) =>
        int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var layer)
            ? layer
            : throw new UserException($"--layers is {word}; allowed: whole numbers, separated by commas.");

    /// <summary>0.5, 1e-3 or 1/255.</summary>
    static double Number(string option, string word)
    {
        var parts = word.Split('/');
        var numbers = parts.Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number : double.NaN).ToArray();
        var value = numbers is [var only] ? only : numbers is [var above, var below] ? above / below : double.NaN;
        return double.IsFinite(value)
            ? value
            : throw new UserException($"{option} is {word}; allowed: numbers like 0.05 or 1/255, separated by commas.");
    }
}
