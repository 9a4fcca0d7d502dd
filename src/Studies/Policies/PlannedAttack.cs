using RL.Agents;

namespace RL.Studies;

/// <summary>One attack of a comparison: what the user called ε and passes, and what it comes to.</summary>
/// <param name="EpsilonText">ε as typed.</param>
/// <param name="Budget">Passes as typed: default or a number.</param>
/// <param name="Options">The attack.</param>
public sealed record PlannedAttack(string EpsilonText, string Budget, ObservationAttackOptions Options);
