using System.ComponentModel.DataAnnotations;
using System.Globalization;
using RL.Agents;
using RL.Environments;

namespace RL.Studies;

/// <summary>A comparison of attacks on observations: every method with every ε and every budget of passes.</summary>
public sealed record AttackStudyOptions : PolicyAttackOptions
{
    /// <summary>One part in so many of the range is a step of a byte.</summary>
    const double ByteStep = 255;

    /// <summary>The methods to compare.</summary>
    [AttackMethodNames] public IReadOnlyList<string> Methods { get; init; } = ["noise", "fgsm", "pgd", "adr-gd", "sharp"];

    /// <summary>
    /// ε, how far each element of an observation may move: of images as a share of the range (1/255), of others in standard deviations.
    /// Null: 1/255,3/255 or 0.05,0.15.
    /// </summary>
    [Range(0, double.MaxValue)] public IReadOnlyList<double>? Epsilon { get; init; }

    /// <summary>Gradient passes per attacked step; default is each method's own number.</summary>
    [Range(1, 10_000_000)] public IReadOnlyList<int?> Passes { get; init; } = [null];

    /// <summary>
    /// Whether to show beside each attack the share of sampled states in which no perturbation up to ε changes the action, proven by
    /// <see cref="CertificationStudy"/> with CROWN.
    /// </summary>
    public bool Certify { get; init; }

    /// <summary>Every attack, budget by budget, ε by ε, method by method.</summary>
    /// <param name="policy">What is attacked.</param>
    /// <param name="observations">Its observations.</param>
    /// <param name="seed">Of the study.</param>
    /// <exception cref="ArgumentException">An option is not allowed, for this policy or at all.</exception>
    public IReadOnlyList<PlannedAttack> Plan(IPolicyNetwork policy, Space observations, ulong seed)
    {
        this.Checked();
        var isImage = !ObservationUnits.NeedDeviation(observations);
        var radii = Epsilon ?? (isImage ? [1 / ByteStep, 3 / ByteStep] : [0.05, 0.15]);
        if (isImage && radii.FirstOrDefault(radius => radius > 1) is > 1 and var tooLarge)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"ε is {tooLarge}; allowed for images: 0 to 1, a share of their range."));
        }

        var plan =
            from budget in Passes
            from radius in radii
            from method in Methods
            select new PlannedAttack(
                Text(radius),
                budget?.ToString(CultureInfo.InvariantCulture) ?? "default",
                new ObservationAttackOptions(this)
                {
                    Method = method,
                    Epsilon = radius,
                    Passes = AttackMethods.Passes(method, budget),
                    Targeted = Targeted || Target is not null,
                    Seed = Seeds.Of((long)seed, Purpose.Attack),
                });
        var attacks = plan.ToList();
        attacks.ForEach(attack => ObservationAttack.ThrowUnlessFits(policy, attack.Options));
        return attacks;
    }

    /// <summary>0.05, but 3/255 or 0.25/255 for what is long as a decimal fraction.</summary>
    internal static string Text(double radius)
    {
        var steps = Math.Round(radius * ByteStep, 6);
        var text = radius.ToString(CultureInfo.InvariantCulture);
        return steps / ByteStep == radius && text.Length > FormattableString.Invariant($"{steps}/{ByteStep}").Length
            ? string.Create(CultureInfo.InvariantCulture, $"{steps}/{ByteStep}")
            : text;
    }
}
