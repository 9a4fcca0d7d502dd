namespace RL.Studies;

/// <summary>What is known of a state and an ε.</summary>
public enum StateVerdict
{
    /// <summary>Between the two: no attack was found, and no proof.</summary>
    Open,

    /// <summary>Proven: no perturbation up to ε changes the action.</summary>
    Certified,

    /// <summary>An attack within ε changes it.</summary>
    Broken,
}

/// <summary>What any perturbation of a state's observation up to ε can do to the policy.</summary>
/// <param name="Verdict">
/// Of discrete actions, whether another one can become greedy; of continuous ones, whether an element can move by more than a quarter of its
/// range.
/// </param>
/// <param name="AttackMargin">
/// What the attack left: of discrete actions the greedy one's logit minus the best other one's, of continuous ones half the unit range minus the
/// largest change. Below 0 if broken.
/// </param>
/// <param name="Margin">What is proven to be left; null where the attack has settled it.</param>
/// <param name="Reachable">Of discrete actions, how many could become greedy for all that is proven; null where nothing was.</param>
/// <param name="ActionLower">Of continuous actions, proven bounds of each element in units of half its range; null where nothing was.</param>
/// <param name="ActionUpper">See <paramref name="ActionLower"/>.</param>
/// <param name="ValueDrop">Of policies with a critic, by how much Q of the true observation can fall at most; null where it was not bounded.</param>
/// <param name="Method">What settled it, or was tried last.</param>
/// <param name="Milliseconds">CPU time of the bounds.</param>
public sealed record StateCertificate(
    StateVerdict Verdict, double AttackMargin, double? Margin, int? Reachable, IReadOnlyList<double>? ActionLower,
    IReadOnlyList<double>? ActionUpper, double? ValueDrop, string Method, double Milliseconds);

/// <summary>All states under one ε.</summary>
/// <param name="Epsilon">ε.</param>
/// <param name="EpsilonText">As tables show it.</param>
/// <param name="States">In the order in which play met them.</param>
/// <param name="AttackMilliseconds">CPU time of the attack, per state.</param>
/// <param name="CertifiedEpisodes">How many of the whole episodes are certified in every step; null where states were sampled.</param>
public sealed record EpsilonCertificates(
    double Epsilon, string EpsilonText, IReadOnlyList<StateCertificate> States, double AttackMilliseconds, int? CertifiedEpisodes)
{
    /// <summary>Share of the states with a verdict.</summary>
    public double Share(StateVerdict verdict) => States.Count(state => state.Verdict == verdict) / (double)States.Count;
}

/// <summary>How far a state's observation may move for certain, and how far it takes an attack to change the action.</summary>
/// <param name="Certified">The largest ε with a certificate, 0 if there is none; found by bisection to 1 %.</param>
/// <param name="Attacked">The smallest ε tried at which an attack changes the action; null if none did.</param>
public sealed record StateRadius(double Certified, double? Attacked);
